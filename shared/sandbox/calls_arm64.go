//go:build linux

package sandbox

import "golang.org/x/sys/unix"

const audit = unix.AUDIT_ARCH_AARCH64

// archCalls are what is named differently here.
func archCalls() []uint32 {
	return []uint32{unix.SYS_FSTATAT, unix.SYS_RENAMEAT, unix.SYS_GETRLIMIT}
}
