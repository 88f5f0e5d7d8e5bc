//go:build linux

package sandbox

import "golang.org/x/sys/unix"

const audit = unix.AUDIT_ARCH_X86_64

// archCalls are the older forms that only this architecture has.
func archCalls() []uint32 {
	return []uint32{
		unix.SYS_OPEN, unix.SYS_STAT, unix.SYS_LSTAT, unix.SYS_NEWFSTATAT, unix.SYS_ACCESS, unix.SYS_READLINK, unix.SYS_GETDENTS,
		unix.SYS_MKDIR, unix.SYS_RMDIR, unix.SYS_UNLINK, unix.SYS_RENAME, unix.SYS_RENAMEAT, unix.SYS_DUP2, unix.SYS_POLL, unix.SYS_SELECT,
		unix.SYS_ALARM, unix.SYS_PAUSE, unix.SYS_TIME, unix.SYS_GETRLIMIT, unix.SYS_ARCH_PRCTL,
	}
}
