package main

import (
	"fmt"
	"syscall"
)

// mountDisk makes a disk of its own of a folder: so many bytes of memory. It takes root.
func mountDisk(dir string, bytes int64) error {
	return syscall.Mount("chaos", dir, "tmpfs", 0, fmt.Sprintf("size=%d", bytes))
}

func unmountDisk(dir string) error { return syscall.Unmount(dir, syscall.MNT_DETACH) }

// withUs has a server end with this process, however that ends.
func withUs() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL} // a Ctrl-C in the terminal is ours
}
