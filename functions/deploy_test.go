package functions_test

import (
	"fmt"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestDeploy runs scripts/deploy with programs that play those it calls.
func TestDeploy(t *testing.T) {
	t.Parallel()
	scripts, err := filepath.Abs(filepath.Join("..", "scripts"))
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:   filepath.Join("testdata", "deploy"),
		Setup: func(env *testscript.Env) error { env.Setenv("DEPLOY", scripts); return nil },
		Condition: func(name string) (bool, error) {
			if name == "x86_64" {
				return runtime.GOARCH == "amd64", nil
			}
			return false, fmt.Errorf("unknown condition %s", name)
		},
	})
}
