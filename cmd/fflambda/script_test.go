package main

import (
	"os"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestScripts runs the command-line stories in testdata/script. `fflambda` in them is the program under test.
func TestScripts(t *testing.T) {
	t.Parallel()
	requireFFmpeg(t)
	testscript.Run(t, testscript.Params{
		Dir:      "testdata/script",
		Deadline: time.Now().Add(3 * time.Minute), // a server that starts although it should not would wait for ever
		Setup: func(e *testscript.Env) error {
			bin := e.WorkDir + "/bin"
			if err := os.MkdirAll(bin, 0o700); err != nil {
				return err
			}
			self, err := os.Executable()
			if err != nil {
				return err
			}
			script := "#!/bin/sh\n" + asProgram + "=1 exec " + self + " \"$@\"\n"
			e.Setenv("PATH", bin+string(os.PathListSeparator)+e.Getenv("PATH"))
			return os.WriteFile(bin+"/fflambda", []byte(script), 0o700)
		},
	})
}
