//go:build linux && (amd64 || arm64)

package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Main returns at once, unless this process was started by a wrapped command: then it gives up all rights that the
// plan does not name, executes the program and never returns. Call it before anything else, tests in TestMain.
func Main() {
	if len(os.Args) < 3 || os.Args[0] != marker {
		return
	}
	runtime.LockOSThread() // no_new_privs, Landlock and seccomp are the thread's; exec ends the others
	err := enter(os.Args[1], os.Args[2:])
	fmt.Fprintf(os.Stderr, "sandbox: %v\n", err)
	os.Exit(ExitCode)
}

// enter returns only where something could not be done. Its errors name no path: a stranger may read them.
func enter(told string, argv []string) error {
	var p plan
	if err := json.Unmarshal([]byte(told), &p); err != nil {
		return errors.New("its plan is not JSON")
	}
	program, err := newExecution(p.Program, argv)
	if err != nil {
		return errors.New("an argument holds a NUL byte")
	}
	Volunteer("self")
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"close inherited descriptors", func() error { return closeFrom(p.Keep) }},
		{"no_new_privs", func() error { return unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) }},
		{"drop capabilities", dropCapabilities},
		{"landlock", func() error { return confine(p) }},
		{"limits", p.Limits.apply},
		{"seccomp", func() error { return filterCalls(program.path()) }},
	} {
		if err := step.do(); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
	}
	return fmt.Errorf("start the program: %w", program.run())
}

// closeFrom has the kernel close every descriptor from first on at exec. Kernels before 5.11 do not know the flag, and
// filters of containers that are older than the call refuse it: then each is marked by itself.
func closeFrom(first int) error {
	if err := unix.CloseRange(uint(first), ^uint(0)>>1, unix.CLOSE_RANGE_CLOEXEC); err == nil {
		return nil
	}
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return errors.New("cannot list them")
	}
	for _, entry := range open {
		if fd, err := strconv.Atoi(entry.Name()); err == nil && fd >= first {
			unix.CloseOnExec(fd)
		}
	}
	return nil
}

// dropCapabilities leaves root with none. With no_new_privs it gets none back from exec.
func dropCapabilities() error {
	if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); err != nil && !errors.Is(err, unix.EINVAL) {
		return err
	}
	head := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var none [2]unix.CapUserData
	return unix.Capset(&head, &none[0])
}

// apply sets the resource limits, soft and hard. A core dump never happens. A limit that is above our own hard one
// becomes that one.
func (l Limits) apply() error {
	signal.Ignore(syscall.SIGXFSZ) // too large a file is then EFBIG, about which ffmpeg says so, and no death without a word
	seconds := uint64(l.CPU.Seconds())
	for _, r := range []struct {
		name       int
		soft, hard uint64
	}{
		{unix.RLIMIT_FSIZE, uint64(l.FileBytes), uint64(l.FileBytes)},
		{unix.RLIMIT_CPU, seconds, seconds + 5},
		{unix.RLIMIT_NOFILE, uint64(l.Files), uint64(l.Files)},
		{unix.RLIMIT_NPROC, uint64(l.Threads), uint64(l.Threads)},
		{unix.RLIMIT_DATA, uint64(l.MemoryBytes), uint64(l.MemoryBytes)},
	} {
		if r.soft == 0 {
			continue
		}
		var now unix.Rlimit
		if err := unix.Getrlimit(r.name, &now); err != nil {
			return err
		}
		if err := unix.Setrlimit(r.name, &unix.Rlimit{Cur: min(r.soft, now.Max), Max: min(r.hard, now.Max)}); err != nil {
			return err
		}
	}
	return unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{})
}

// execution is a call of execve that is ready to be made: its words stay where they are in memory, because the
// system call filter knows the program by the address of its name.
type execution struct {
	name *byte
	argv []*byte
	envv []*byte
}

func newExecution(program string, argv []string) (e execution, err error) {
	if e.name, err = unix.BytePtrFromString(program); err != nil {
		return e, err
	}
	if e.argv, err = syscall.SlicePtrFromStrings(argv); err != nil {
		return e, err
	}
	environment := slices.DeleteFunc(os.Environ(), func(s string) bool { return s == quickStart })
	e.envv, err = syscall.SlicePtrFromStrings(environment)
	return e, err
}

func (e execution) path() uintptr { return uintptr(unsafe.Pointer(e.name)) } //nolint:gosec // the kernel takes pointers

// run executes the program in place of this one. It returns only on failure.
func (e execution) run() error {
	_, _, errno := unix.RawSyscall(unix.SYS_EXECVE, e.path(),
		uintptr(unsafe.Pointer(&e.argv[0])), uintptr(unsafe.Pointer(&e.envv[0]))) //nolint:gosec // the kernel takes pointers
	runtime.KeepAlive(e)
	return errno
}
