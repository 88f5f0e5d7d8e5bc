package ffmpeg

import "syscall"

// ownGroup makes the child the leader of a process group. macOS cannot tie its life to ours.
func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
