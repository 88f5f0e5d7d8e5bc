// Package standin starts the servers that stand in for AWS in tests: moto (Moto) and AWS's DynamoDB Local (DynamoDB).
// Each is started once in a test binary, when the first test asks for it, on a free port of 127.0.0.1, and it ends
// with the binary, however that ends. Only tests import the package.
package standin

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/fflambda/fflambda/shared/toolbox"
)

// require is the word in FFLAMBDA_REQUIRE that makes a missing stand-in a failure instead of a skip.
const require = "aws"

// errMissing is matched by the reason why a stand-in cannot be started on this machine.
var errMissing = errors.New("not installed")

var (
	moto     = sync.OnceValues(startMoto)
	dynamodb = sync.OnceValues(startDynamoDB)
)

// Moto returns the endpoint of moto, which plays every AWS service that we use. Any credentials do. What other tests
// of the binary make is in it too: name tables, queues and buckets after the test.
func Moto(tb testing.TB) (endpoint string) {
	tb.Helper()
	return need(tb, moto)
}

// DynamoDB returns the endpoint of DynamoDB Local, which keeps its tables in memory. Any credentials do. What other
// tests of the binary make is in it too.
func DynamoDB(tb testing.TB) (endpoint string) {
	tb.Helper()
	return need(tb, dynamodb)
}

func need(tb testing.TB, start func() (string, error)) string {
	tb.Helper()
	endpoint, err := start()
	switch {
	case errors.Is(err, errMissing) && !slices.Contains(strings.Split(os.Getenv("FFLAMBDA_REQUIRE"), ","), require):
		tb.Skipf("%v: `scripts/setup aws` installs it", err)
	case err != nil:
		tb.Fatal(err)
	}
	return endpoint
}

func startMoto() (string, error) {
	program, err := tool("moto_server")
	if err != nil {
		return "", err
	}
	return start("moto", func(port string) []string { return []string{program, "-H", "127.0.0.1", "-p", port} })
}

func startDynamoDB() (string, error) {
	for _, program := range []string{"javac", "mvn"} {
		if _, err := exec.LookPath(program); err != nil {
			return "", fmt.Errorf("DynamoDB Local needs %s, which is %w", program, errMissing)
		}
	}
	script := filepath.Join(root(), "scripts", "dynamodb-local")
	return start("DynamoDB Local", func(port string) []string { return []string{script, port} })
}

// tool finds one of the programs of `scripts/setup aws`.
func tool(name string) (string, error) {
	path, err := toolbox.Find(root(), name)
	if err != nil {
		return "", fmt.Errorf("%s is %w", name, errMissing)
	}
	return path, nil
}

// root is the top of the repository.
func root() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..", "..")
}
