//go:build linux && (amd64 || arm64)

package sandbox_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/fflambda/fflambda/shared/sandbox"
	"github.com/fflambda/fflambda/shared/sandbox/attack"
)

const (
	hostileWord = "__hostile"
	secretName  = "AWS_SECRET_ACCESS_KEY"
)

// TestMain lets the test binary play the sandbox and the hostile programs. The tests themselves run in a second start
// that has a secret in its environment from the beginning, as a worker has.
func TestMain(m *testing.M) {
	sandbox.Main()
	if len(os.Args) > 2 && os.Args[1] == hostileWord {
		os.Exit(hostile(os.Args[2], os.Args[3:]))
	}
	if os.Getenv(secretName) != attack.Canary {
		_ = os.Setenv(secretName, attack.Canary)
		self, err := os.Executable()
		if err == nil {
			err = syscall.Exec(self, os.Args, os.Environ())
		}
		_, _ = os.Stderr.WriteString(err.Error())
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func required(word string) bool {
	return slices.Contains(strings.Split(os.Getenv("FFLAMBDA_REQUIRE"), ","), word)
}

// needKernel skips a test where the kernel lacks a layer.
func needKernel(t *testing.T) {
	t.Helper()
	if r := sandbox.Detect(); !r.Seccomp || r.Landlock < 3 {
		if required("sandbox") {
			t.Fatalf("%s: want Landlock 3 and seccomp", r)
		}
		t.Skipf("%s: needs Landlock 3 (Linux 6.2) and seccomp", r)
	}
}

// tool is one ffmpeg under test.
type tool struct{ name, path string }

// tools are the ffmpegs that there are: the system's, which is dynamic, and our own static one.
func tools(t testing.TB) []tool {
	t.Helper()
	var found []tool
	if path, err := exec.LookPath("ffmpeg"); err == nil {
		found = append(found, tool{"system", path})
	} else if required("ffmpeg") {
		t.Fatal(err)
	}
	root := os.Getenv("FFLAMBDA_FFMPEG_STATIC")
	if root == "" {
		root = "../../build/ffmpeg/rootfs"
	}
	path, err := filepath.Abs(filepath.Join(root, "bin", "ffmpeg"))
	if err == nil {
		_, err = os.Stat(path)
	}
	switch {
	case err == nil:
		found = append(found, tool{"static", path})
	case required("ffmpeg-static"):
		t.Fatal(err)
	}
	if len(found) == 0 {
		t.Skip("no ffmpeg")
	}
	return found
}

// victim starts the decoy and returns it with a function that says whether it is still there.
func victim(t *testing.T) (pid int, alive func() bool) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, hostileWord, "decoy")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(stdout).ReadString('\n'); line != "ready\n" {
		t.Fatalf("decoy says %q: %v", line, err)
	}
	wait := sync.OnceValue(func() error { _ = stdin.Close(); return cmd.Wait() })
	t.Cleanup(func() { _ = wait() })
	return cmd.Process.Pid, func() bool { return wait() == nil }
}
