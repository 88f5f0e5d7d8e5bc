package ffmpeg

import "syscall"

const maxrssUnit = 1 << 10 // kilobytes: getrusage(2)

// ownGroup makes the child the leader of a process group, and has the kernel kill it when we die without saying so.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
