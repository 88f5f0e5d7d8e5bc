package functions_test

import (
	"fmt"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestScripts runs those of scripts/ that are hard to try, with programs that play what they call.
func TestScripts(t *testing.T) {
	t.Parallel()
	scripts, err := filepath.Abs(filepath.Join("..", "scripts"))
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:   filepath.Join("testdata", "scripts"),
		Setup: func(env *testscript.Env) error { env.Setenv("SCRIPTS", scripts); return nil },
		Condition: func(name string) (bool, error) {
			if name == "x86_64" {
				return runtime.GOARCH == "amd64", nil
			}
			return false, fmt.Errorf("unknown condition %s", name)
		},
	})
}
