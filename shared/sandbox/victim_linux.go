package sandbox

import (
	"os"
	"path/filepath"
)

// OOMScore of 1000 at most makes the kernel end a program that eats the memory rather than the worker, at 0.
const OOMScore = "800"

// Volunteer makes a process the one that the kernel ends where memory is short: pid is its id, or "self". In the sandbox a
// program is that from its beginning.
func Volunteer(pid string) {
	_ = os.WriteFile(filepath.Join("/proc", pid, "oom_score_adj"), []byte(OOMScore), 0) //nolint:gosec // exists; some containers do not let us, and nothing rests on it
}
