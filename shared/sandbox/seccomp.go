//go:build linux && (amd64 || arm64)

package sandbox

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// What the filter answers. Unknown calls "do not exist": C libraries then fall back to older calls, which they do not
// after a refusal (clone3, for one). The calls that a program may report about are refused, so that messages read well.
const (
	allowed = unix.SECCOMP_RET_ALLOW
	refused = unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)
	unknown = unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)
	ignored = unix.SECCOMP_RET_ERRNO // with 0: success
	killed  = unix.SECCOMP_RET_KILL_PROCESS

	// Offsets in struct seccomp_data (linux/seccomp.h), little endian.
	offsetCall = 0
	offsetArch = 4
	offsetArgs = 16
)

// program is a filter in the making. Each rule is a block that ends in an answer or falls through to the next.
type program []unix.SockFilter

func (p *program) add(code uint16, k uint32) {
	*p = append(*p, unix.SockFilter{Code: code, K: k})
}

func (p *program) load(offset uint32) { p.add(unix.BPF_LD|unix.BPF_W|unix.BPF_ABS, offset) }
func (p *program) answer(a uint32)    { p.add(unix.BPF_RET|unix.BPF_K, a) }

// unless skips the next n instructions where the loaded word is not k.
func (p *program) unless(k uint32, n uint8) {
	*p = append(*p, unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jf: n, K: k})
}

// on gives each call an answer.
func (p *program) on(calls []uint32, answer uint32) {
	for _, call := range calls {
		p.unless(call, 1)
		p.answer(answer)
	}
}

// onlyWith allows a call where the low word of an argument, after a mask, is one of values, and refuses it otherwise.
func (p *program) onlyWith(call uint32, argument int, mask uint32, values ...uint32) {
	p.unless(call, uint8(3+2*len(values)))
	p.load(offsetArgs + 8*uint32(argument))
	p.add(unix.BPF_ALU|unix.BPF_AND|unix.BPF_K, mask)
	p.on(values, allowed)
	p.answer(refused)
}

// onlyAt allows a call whose argument is exactly this 64-bit value, such as a pointer, and refuses it otherwise.
func (p *program) onlyAt(call uint32, argument int, value uint64) {
	p.unless(call, 6)
	p.load(offsetArgs + 8*uint32(argument))
	p.unless(uint32(value), 3)
	p.load(offsetArgs + 8*uint32(argument) + 4)
	p.unless(uint32(value>>32), 1)
	p.answer(allowed)
	p.answer(refused)
}

// callFilter is the list of what a program may ask of the kernel. Its own process id and the address of its name are
// the two things that are known before it starts.
func callFilter(pid uint32, name uint64) program {
	const newSpace = unix.CLONE_NEWNS | unix.CLONE_NEWCGROUP | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC | unix.CLONE_NEWUSER |
		unix.CLONE_NEWPID | unix.CLONE_NEWNET
	var p program
	p.load(offsetArch)
	p.unless(audit, 1)
	p.add(unix.BPF_JMP|unix.BPF_JA, 1)
	p.answer(killed) // 32-bit calls on a 64-bit kernel have other numbers
	p.load(offsetCall)
	p.on(commonCalls(), allowed) // by far the most frequent first
	p.on(archCalls(), allowed)
	p.on(ignoredCalls(), ignored)
	p.on(refusedCalls(), refused)

	p.onlyAt(unix.SYS_EXECVE, 0, name)                                                // the program itself, once: afterwards nothing is there
	p.onlyAt(unix.SYS_PRLIMIT64, 2, 0)                                                // reads limits, sets none
	p.onlyWith(unix.SYS_CLONE, 0, unix.CLONE_THREAD|newSpace, unix.CLONE_THREAD)      // threads, no processes
	p.onlyWith(unix.SYS_TGKILL, 0, ^uint32(0), pid)                                   // abort()
	p.onlyWith(unix.SYS_IOCTL, 1, ^uint32(0), unix.TCGETS, unix.TIOCGWINSZ, fionread) // is this a terminal, how much is there to read
	p.onlyWith(unix.SYS_PRCTL, 0, ^uint32(0), unix.PR_SET_NAME, unix.PR_GET_NAME, unix.PR_SET_VMA, unix.PR_CAPBSET_READ)
	p.onlyWith(unix.SYS_FCNTL, 1, ^uint32(0), unix.F_DUPFD, unix.F_DUPFD_CLOEXEC, unix.F_GETFD, unix.F_SETFD, unix.F_GETFL, unix.F_SETFL,
		unix.F_GETLK, unix.F_SETLK, unix.F_SETLKW) // without F_SETOWN, which sends signals
	p.answer(unknown) // x32's numbers, from 0x40000000 on, among all others
	return p
}

// fionread is FIONREAD, which package unix does not have on every system.
const fionread = unix.TIOCINQ

// filterCalls puts the filter on this thread. name is where the program's path lies in memory.
func filterCalls(name uintptr) error {
	filter := callFilter(uint32(os.Getpid()), uint64(name))
	prog := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	_, _, errno := unix.RawSyscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, 0, uintptr(unsafe.Pointer(&prog))) //nolint:gosec // the kernel takes pointers
	if errno != 0 {
		return errno
	}
	return nil
}

// seccompKnows asks whether the kernel filters calls and can answer with an error.
func seccompKnows(action *uint32) bool {
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_GET_ACTION_AVAIL, 0, uintptr(unsafe.Pointer(action))) //nolint:gosec // the kernel takes pointers
	return errno == 0
}
