// Package toolbox finds the Python programs that `scripts/setup aws` installs: sam, moto_server and their like. What runs
// or tests the service on stand-ins for AWS uses it.
package toolbox

import (
	"os"
	"os/exec"
	"path/filepath"
)

// Find is the program's path: in FFLAMBDA_TOOLS, in bin/tools/aws of the repository at root, or else on the PATH.
// The error is exec.LookPath's.
func Find(root, name string) (string, error) {
	for _, dir := range []string{os.Getenv("FFLAMBDA_TOOLS"), filepath.Join(root, "bin", "tools", "aws")} {
		if dir == "" {
			continue
		}
		if path, err := exec.LookPath(filepath.Join(dir, "bin", name)); err == nil {
			return path, nil
		}
	}
	return exec.LookPath(name)
}
