package command_test

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fflambda/fflambda/shared/command"
)

// shellParts are what a line is made of that a POSIX shell and Split read alike, one for each value of a byte modulo their
// number. No part ends in the midst of an escape, so no backslash stands before anything but what Split drops one for;
// and as any part can come within quotes or without, there is none of what means more to a shell.
var shellParts = []string{
	"a", "B7", "-i", "x=", ":", ",", ".", "/", "%03d", "+", "@", "é", "日本", " ", "  ", "\t", "'", "'", `"`, `"`,
	`\ `, "\\\t", `\'`, `\"`, `\\`, "\\\n", `'it'\''s'`, `""`, `''`, `'\'`,
}

// FuzzShell compares Split with the machine's own shell.
func FuzzShell(f *testing.F) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		f.Skip("there is no sh")
	}
	f.Add([]byte("\x00\x0d\x01\x0d\x02"))
	f.Add([]byte{16, 0, 13, 22, 18, 23, 24, 18, 13, 20, 26})
	f.Add([]byte{24, 24, 25, 13, 25, 0, 15, 27, 13, 28, 14, 27})
	f.Add([]byte{18, 20, 21, 22, 23, 24, 25, 18, 0, 20, 21, 22, 23, 24, 25})
	f.Add([]byte{16, 20, 21, 23, 24, 25, 16, 3, 29})
	f.Add([]byte{16, 22}) // closed by the second, and open again
	f.Add([]byte{18, 24, 23})
	f.Add([]byte{13, 25, 14})
	f.Fuzz(func(t *testing.T, parts []byte) {
		var b strings.Builder
		for _, part := range parts {
			b.WriteString(shellParts[int(part)%len(shellParts)])
		}
		line := b.String()
		// Each word with a NUL behind it; printf alone would write one for no word at all.
		out, err := exec.CommandContext(t.Context(), sh, "-c", `set -f; for w in `+line+` ; do printf '%s\0' "$w"; done`).Output()
		got, splitErr := command.Split(line)
		if (err != nil) != (splitErr != nil) {
			t.Fatalf("%q: %v, and for sh %v", line, splitErr, err)
		}
		if err != nil {
			return
		}
		var want []string
		for word := range bytes.SplitSeq(out, []byte{0}) {
			want = append(want, string(word))
		}
		want = want[:len(want)-1]
		if diff := cmp.Diff(append([]string{}, want...), append([]string{}, got...)); diff != "" {
			t.Errorf("%q (-sh +Split):\n%s", line, diff)
		}
	})
}
