//go:build linux && (amd64 || arm64)

package sandbox_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fflambda/fflambda/shared/sandbox"
)

func TestReport(t *testing.T) {
	t.Parallel()
	for want, r := range map[string]sandbox.Report{
		"landlock abi 7, seccomp on": {Landlock: 7, Seccomp: true},
		"landlock off, seccomp on":   {Seccomp: true},
		"landlock off, seccomp off":  {},
	} {
		if got := r.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// inside runs a shell's builtins, for it can make no process.
func inside(t *testing.T, c sandbox.Config, script string, change func(*exec.Cmd)) (out string, err error) {
	t.Helper()
	needKernel(t)
	cmd := exec.CommandContext(t.Context(), "/bin/sh", "-c", script)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if change != nil {
		change(cmd)
	}
	if err := c.Wrap(cmd); err != nil {
		t.Fatal(err)
	}
	err = cmd.Run()
	return said.String(), err
}

func TestEnvironmentIsItsOwn(t *testing.T) {
	t.Parallel()
	out, err := inside(t, sandbox.Config{Env: []string{"AV_LOG_FORCE_NOCOLOR=1"}}, "export -p", func(c *exec.Cmd) { c.Env = []string{"SECRET=x"} })
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for line := range strings.Lines(out) {
		name, _, _ := strings.Cut(strings.TrimPrefix(line, "export "), "=")
		names = append(names, strings.TrimSpace(name))
	}
	slices.Sort(names)
	if diff := cmp.Diff([]string{"AV_LOG_FORCE_NOCOLOR", "HOME", "LANG", "PATH", "PWD"}, names); diff != "" { // PWD is the shell's
		t.Error(diff)
	}
}

// The limits are set, no core dump is ever written, and a limit above our own is cut to it.
func TestLimits(t *testing.T) {
	t.Parallel()
	limits := sandbox.Limits{FileBytes: 1 << 20, MemoryBytes: 64 << 20, CPU: 7e9, Files: 99}
	out, err := inside(t, sandbox.Config{Limits: limits}, "ulimit -f; ulimit -d; ulimit -t; ulimit -n; ulimit -c; ulimit -Ht", nil)
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if diff := cmp.Diff("2048\n65536\n7\n99\n0\n12\n", out); diff != "" { // blocks of 512 bytes, kilobytes, seconds, files
		t.Error(diff)
	}
	if out, err := inside(t, sandbox.Config{Limits: sandbox.Limits{Files: 1 << 30}}, "ulimit -n", nil); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// What the caller gave stays: folder, streams, further descriptors, exit code, process group.
func TestCallersThingsStay(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	out, err := inside(t, sandbox.Config{Folder: dir}, "echo made > file; echo three >&3; echo $$; exit 7", func(c *exec.Cmd) {
		c.Dir, c.ExtraFiles = dir, []*os.File{w}
		c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	})
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 7 {
		t.Fatalf("%v: %s", err, out)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	var three bytes.Buffer
	if _, err := three.ReadFrom(r); err != nil || three.String() != "three\n" {
		t.Errorf("descriptor 3 says %q: %v", three.String(), err)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "file")); err != nil || string(text) != "made\n" {
		t.Errorf("file holds %q: %v", text, err)
	}
}

// A further folder may be read and not written; without a folder nothing can be written.
func TestReadOnly(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "in"), []byte("media\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := inside(t, sandbox.Config{Read: []string{dir, "/does/not/exist"}}, `read x < in; echo $x; echo y > in`, func(c *exec.Cmd) { c.Dir = dir })
	if err == nil || !strings.HasPrefix(out, "media\n") || !strings.Contains(out, "Permission denied") {
		t.Errorf("%v: %q", err, out)
	}
	if out, err := inside(t, sandbox.Config{}, `read x < in; echo $x`, func(c *exec.Cmd) { c.Dir = dir }); strings.Contains(out, "media") {
		t.Errorf("%v: %q was read", err, out)
	}
}

// A sandbox that cannot be set up does not run the program, says why, and names no path.
func TestCannotBeSetUp(t *testing.T) {
	t.Parallel()
	out, err := inside(t, sandbox.Config{Folder: "/nonexistent/job"}, "echo ran", nil)
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != sandbox.ExitCode {
		t.Errorf("%v, want exit code %d", err, sandbox.ExitCode)
	}
	if want := "sandbox: landlock: the job's folder: no such file or directory\n"; out != want {
		t.Errorf("says %q, want %q", out, want)
	}
	cmd := exec.CommandContext(t.Context(), "/nonexistent/ffmpeg")
	if err := (sandbox.Config{}).Wrap(cmd); err == nil {
		t.Error("a program that is not there was wrapped")
	}
}
