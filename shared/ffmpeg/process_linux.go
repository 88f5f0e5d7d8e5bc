package ffmpeg

import "syscall"

// ownGroup makes the child the leader of a process group, and has the kernel kill it when we die without saying so.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
