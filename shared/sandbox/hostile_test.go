//go:build linux && (amd64 || arm64)

package sandbox_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/fflambda/fflambda/shared/sandbox"
	"github.com/fflambda/fflambda/shared/sandbox/attack"
)

// reachedCode is what a hostile program ends with that got what it wanted.
const reachedCode = 66

// hostile makes the test binary the program of that name, for what ffmpeg cannot do. It says how it was kept from it.
// It calls the kernel directly: Go's own files and sockets want calls that are denied.
func hostile(name string, words []string) int {
	if name == "decoy" {
		return decoy()
	}
	word := ""
	if len(words) > 0 {
		word = words[0]
	}
	pid, _ := strconv.Atoi(word)
	var err error
	switch {
	case onFile(word, words)[name] != nil:
		err = onFile(word, words)[name]()
	case onProcess(pid)[name] != nil:
		err = onProcess(pid)[name]()
	case onKernel()[name] != nil:
		err = onKernel()[name]()
	case onMachine()[name] != nil:
		err = onMachine()[name]()
	default:
		fmt.Println("no such program")
		return reachedCode
	}
	if err == nil {
		fmt.Println("reached")
		return reachedCode
	}
	fmt.Printf("%s: %v\n", name, sentence(err))
	return 0
}

// sentence writes an errno as ffmpeg does.
func sentence(err error) string {
	text := err.Error()
	return strings.ToUpper(text[:1]) + text[1:]
}

// decoy plays the worker: it has a secret in its environment, and ends with its standard input.
func decoy() int {
	if err := sandbox.Undumpable(); err != nil {
		return 1
	}
	fmt.Println("ready")
	_, _ = os.Stdin.Read(make([]byte, 1))
	return 0
}

func call(number uintptr, args ...uintptr) error {
	var a [6]uintptr
	copy(a[:], args)
	if _, _, errno := unix.Syscall6(number, a[0], a[1], a[2], a[3], a[4], a[5]); errno != 0 {
		return errno
	}
	return nil
}

// denied tells a call that is denied from one that only did not like its arguments: those programs are not to do harm
// where the sandbox fails.
func denied(err error) error {
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EACCES) {
		return err
	}
	return nil
}

func pointer(s string) uintptr {
	p, _ := unix.BytePtrFromString(s)
	return uintptr(unsafe.Pointer(p))
}

func onFile(path string, words []string) map[string]func() error {
	second := ""
	if len(words) > 1 {
		second = words[1]
	}
	return map[string]func() error{
		"open":      func() error { return opened(path, unix.O_RDONLY) },
		"write":     func() error { return opened(path, unix.O_WRONLY|unix.O_CREAT) },
		"list":      func() error { return opened(path, unix.O_RDONLY|unix.O_DIRECTORY) },
		"handle":    func() error { _, _, err := unix.NameToHandleAt(unix.AT_FDCWD, path, 0); return err },
		"mkdir":     func() error { return unix.Mkdir(path, 0o700) },
		"remove":    func() error { return unix.Unlink(path) },
		"move":      func() error { return unix.Rename(path, second) },
		"link":      func() error { return unix.Link(path, second) },
		"symlink":   func() error { return unix.Symlink(path, second) },
		"chmod":     func() error { return unix.Chmod(path, 0o777) },
		"chown":     func() error { return unix.Chown(path, os.Getuid(), os.Getgid()) },
		"utimes":    func() error { return unix.UtimesNanoAt(unix.AT_FDCWD, path, make([]unix.Timespec, 2), 0) },
		"attribute": func() error { return unix.Setxattr(path, "user.x", []byte("x"), 0) },
		"truncate":  func() error { return unix.Truncate(path, 0) },
		"mount":     func() error { return unix.Mount("none", path, "tmpfs", 0, "") },
		"run":       func() error { return executed(path) },
		"seek":      func() error { return stretched(path) },
	}
}

func onProcess(pid int) map[string]func() error {
	number := uintptr(pid)
	return map[string]func() error{
		"kill":         func() error { return unix.Kill(pid, unix.SIGKILL) },
		"tgkill":       func() error { return call(unix.SYS_TGKILL, number, number, uintptr(unix.SIGKILL)) },
		"queue-signal": func() error { return call(unix.SYS_RT_SIGQUEUEINFO, number, uintptr(unix.SIGUSR1), 0) },
		"pidfd":        func() error { _, err := unix.PidfdOpen(pid, 0); return err },
		"pidfd-signal": func() error { return denied(unix.PidfdSendSignal(-1, unix.SIGKILL, nil, 0)) },
		"own-signal":   func() error { _, err := unix.FcntlInt(0, unix.F_SETOWN, pid); return err },
		"ptrace":       func() error { return unix.PtraceSeize(pid) },
		"vmread":       func() error { return denied(call(unix.SYS_PROCESS_VM_READV, number)) },
		"vmwrite":      func() error { return denied(call(unix.SYS_PROCESS_VM_WRITEV, number)) },
		"prlimit": func() error {
			return unix.Prlimit(pid, unix.RLIMIT_CORE, &unix.Rlimit{}, nil)
		},
		"affinity": func() error { return pinned(pid) },
		"setns":    func() error { return opened(fmt.Sprintf("/proc/%d/ns/net", pid), unix.O_RDONLY) },
		"perf": func() error {
			_, err := unix.PerfEventOpen(&unix.PerfEventAttr{}, pid, -1, -1, 0)
			return denied(err)
		},
	}
}

func onKernel() map[string]func() error {
	calls := map[string][]uintptr{
		"socket": {unix.SYS_SOCKET, unix.AF_INET, unix.SOCK_STREAM}, "netlink": {unix.SYS_SOCKET, unix.AF_NETLINK, unix.SOCK_RAW},
		"socketpair": {unix.SYS_SOCKETPAIR, unix.AF_UNIX, unix.SOCK_STREAM}, "uring": {unix.SYS_IO_URING_SETUP, 1},
		"memory-program": {unix.SYS_MEMFD_CREATE, pointer("x")}, "setsid": {unix.SYS_SETSID},
		"clone3": {unix.SYS_CLONE3}, "unshare": {unix.SYS_UNSHARE, unix.CLONE_NEWUSER}, "bpf": {unix.SYS_BPF},
		"userfault": {unix.SYS_USERFAULTFD}, "keyctl": {unix.SYS_KEYCTL, unix.KEYCTL_GET_KEYRING_ID},
		"module": {unix.SYS_INIT_MODULE}, "kexec": {unix.SYS_KEXEC_LOAD}, "reboot": {unix.SYS_REBOOT, 0},
		"clock": {unix.SYS_CLOCK_SETTIME, 99}, "setuid": {unix.SYS_SETUID, 65534}, "capset": {unix.SYS_CAPSET},
		"shm": {unix.SYS_SHMGET, 0, 4096, 0o600}, "mqueue": {unix.SYS_MQ_OPEN}, "dumpable": {unix.SYS_PRCTL, unix.PR_SET_DUMPABLE, 0},
		"seccomp": {unix.SYS_SECCOMP, 1}, "chroot": {unix.SYS_CHROOT, pointer(".")}, "type": {unix.SYS_IOCTL, 0, unix.TIOCSTI},
		"device":   {unix.SYS_MKNODAT, uintptr(0xffffffffffffff9c), pointer("device"), unix.S_IFCHR | 0o600, 0x103},
		"pipefile": {unix.SYS_MKNODAT, uintptr(0xffffffffffffff9c), pointer("pipe"), unix.S_IFIFO | 0o600},
	}
	programs := map[string]func() error{
		"fork":  func() error { return forked(uintptr(unix.SIGCHLD)) },
		"clone": func() error { return forked(unix.CLONE_NEWUSER | uintptr(unix.SIGCHLD)) },
		"shell": func() error { return executed("/bin/sh") },
		"again": func() error { return executed("/proc/self/exe") },
	}
	for name, c := range calls {
		programs[name] = func() error { return denied(call(c[0], c[1:]...)) }
	}
	return programs
}

func onMachine() map[string]func() error {
	return map[string]func() error{
		"environment": func() error {
			if strings.Contains(strings.Join(os.Environ(), "\n"), attack.Canary) {
				return nil
			}
			return errors.New("nothing there")
		},
		"descriptors": func() error {
			b := make([]byte, 1<<12)
			for fd := 3; fd < 4096; fd++ {
				if n, err := unix.Pread(fd, b, 0); err == nil && bytes.Contains(b[:n], []byte(attack.Canary)) {
					return nil
				}
			}
			return errors.New("nothing there")
		},
		"fill":  func() error { return filled("full") },
		"hoard": hoarded,
		"files": func() error {
			for range 4096 {
				if _, err := unix.Open("/dev/null", unix.O_RDONLY, 0); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

func opened(path string, flags int) error {
	fd, err := unix.Open(path, flags, 0o600)
	if err != nil {
		return err
	}
	return unix.Close(fd)
}

func executed(path string) error { return syscall.Exec(path, []string{path, "-c", "exit 66"}, nil) }

func forked(flags uintptr) error {
	pid, _, errno := unix.RawSyscall(unix.SYS_CLONE, flags, 0, 0)
	if errno != 0 {
		return errno
	}
	if pid == 0 { // the child: not to run on as a second Go program
		_, _, _ = unix.RawSyscall(unix.SYS_EXIT_GROUP, 0, 0, 0)
	}
	return nil
}

// pinned counts what has come of the wish: it is answered with success.
func pinned(pid int) error {
	var before, wish, after unix.CPUSet
	if err := unix.SchedGetaffinity(pid, &before); err != nil {
		return err
	}
	for i := range 1024 {
		if before.IsSet(i) {
			wish.Set(i)
			break
		}
	}
	_ = unix.SchedSetaffinity(pid, &wish)
	if err := unix.SchedGetaffinity(pid, &after); err != nil {
		return err
	}
	if before.Count() > 1 && after == wish {
		return nil
	}
	return errors.New("ignored")
}

func stretched(path string) error {
	fd, err := unix.Open(path, unix.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return unix.Ftruncate(fd, 1<<32)
}

func filled(path string) error {
	fd, err := unix.Open(path, unix.O_WRONLY|unix.O_CREAT, 0o600)
	if err != nil {
		return err
	}
	block := make([]byte, 1<<20)
	for range 64 {
		if n, err := unix.Write(fd, block); err != nil {
			return err
		} else if n < len(block) {
			continue // the next one fails
		}
	}
	return nil
}

func hoarded() error {
	for range 64 {
		b, err := unix.Mmap(-1, 0, 64<<20, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
		if err != nil {
			return err
		}
		b[0] = 1
	}
	return nil
}
