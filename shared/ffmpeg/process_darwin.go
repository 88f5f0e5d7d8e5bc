package ffmpeg

import "syscall"

const maxrssUnit = 1 // bytes: getrusage(2)

// ownGroup makes the child the leader of a process group. macOS cannot tie its life to ours.
func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
