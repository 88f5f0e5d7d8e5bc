//go:build linux && (amd64 || arm64)

package sandbox

import (
	"debug/elf"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// marker is argv[0] of a second start. What follows it are the plan as JSON, and the program's own argv.
const marker = "__sandbox"

// quickStart spares the second start the garbage collector, for all that it does is to start: about 3 of the 16 ms that
// a program of 29 MB takes. It is taken out again for the program.
const quickStart = "GOGC=off"

// plan is what a second start is told: everything but the program's words.
type plan struct {
	Program string   `json:"program"`          // absolute, without symbolic links
	Loader  string   `json:"loader,omitempty"` // of a dynamic program: its ld.so
	Folder  string   `json:"folder,omitempty"`
	Read    []string `json:"read,omitempty"`
	Keep    int      `json:"keep"` // descriptors 0 to Keep-1 are the program's
	Limits  Limits   `json:"limits"`
}

// Detect asks the kernel what it can do.
func Detect() Report {
	var action uint32 = unix.SECCOMP_RET_ERRNO
	return Report{Landlock: landlockABI(), Seccomp: seccompKnows(&action)}
}

// String is for logs and records: "landlock abi 7, seccomp on".
func (r Report) String() string {
	landlock, seccomp := "landlock off", "seccomp off"
	if r.Landlock > 0 {
		landlock = fmt.Sprintf("landlock abi %d", r.Landlock)
	}
	if r.Seccomp {
		seccomp = "seccomp on"
	}
	return landlock + ", " + seccomp
}

// Wrap makes cmd, which has not been started, run inside. It replaces Path, Args and Env, and leaves Dir, the standard
// streams, ExtraFiles and SysProcAttr as they are: set these before. The program's process id, process group, parent
// death signal and CPU affinity are those of cmd's process. No descriptor but 0, 1, 2 and ExtraFiles reaches it.
//
// ErrUnavailable means that this kernel has no seccomp. Any other error names a program that cannot be read.
func (c Config) Wrap(cmd *exec.Cmd) error {
	if cmd.Err != nil {
		return cmd.Err
	}
	if !Detect().Seccomp {
		return ErrUnavailable
	}
	program, err := filepath.EvalSymlinks(cmd.Path)
	if err != nil {
		return fmt.Errorf("find the program: %w", err)
	}
	loader, err := loaderOf(program)
	if err != nil {
		return fmt.Errorf("read the program, which has to be one and not a script: %w", err)
	}
	told, err := json.Marshal(plan{
		Program: program, Loader: loader, Folder: c.Folder, Read: c.Read,
		Keep: 3 + len(cmd.ExtraFiles), Limits: c.Limits,
	})
	if err != nil {
		return fmt.Errorf("write the sandbox's plan: %w", err)
	}
	cmd.Args = append([]string{marker, string(told)}, cmd.Args...)
	cmd.Path = "/proc/self/exe" // of the child after the fork: this very program, even where its file was replaced
	cmd.Env = append(c.environment(), quickStart)
	return nil
}

// loaderOf is the absolute path of the ld.so that a program asks for, and empty for a static one.
func loaderOf(program string) (string, error) {
	f, err := elf.Open(program)
	if err != nil {
		return "", err
	}
	defer f.Close() //nolint:errcheck // only read
	for _, p := range f.Progs {
		if p.Type != elf.PT_INTERP {
			continue
		}
		name, err := io.ReadAll(io.LimitReader(p.Open(), unix.PathMax))
		if err != nil {
			return "", err
		}
		loader := strings.TrimRight(string(name), "\x00")
		if !filepath.IsAbs(loader) {
			return "", errors.New("its loader is not an absolute path")
		}
		return loader, nil
	}
	return "", nil
}

// Undumpable keeps every other process of the same user from this one: its environment, memory and descriptors in
// /proc, and ptrace. The worker calls it at its start. It also turns core dumps off.
func Undumpable() error {
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("make this process not dumpable: %w", err)
	}
	return nil
}
