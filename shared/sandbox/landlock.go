//go:build linux && (amd64 || arm64)

package sandbox

import (
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Rights of Landlock (linux/landlock.h), by what they are good for.
const (
	execute    = unix.LANDLOCK_ACCESS_FS_EXECUTE
	readFile   = unix.LANDLOCK_ACCESS_FS_READ_FILE
	readFolder = readFile | unix.LANDLOCK_ACCESS_FS_READ_DIR

	// What may be done in the job's folder. Links, devices, sockets and pipes cannot be made, not even there: the
	// worker, which has more rights, would follow them.
	readWrite = readFolder | unix.LANDLOCK_ACCESS_FS_WRITE_FILE | unix.LANDLOCK_ACCESS_FS_TRUNCATE |
		unix.LANDLOCK_ACCESS_FS_REMOVE_FILE | unix.LANDLOCK_ACCESS_FS_REMOVE_DIR |
		unix.LANDLOCK_ACCESS_FS_MAKE_REG | unix.LANDLOCK_ACCESS_FS_MAKE_DIR | unix.LANDLOCK_ACCESS_FS_REFER

	ofFile = execute | readFile | unix.LANDLOCK_ACCESS_FS_WRITE_FILE | unix.LANDLOCK_ACCESS_FS_TRUNCATE // all that a rule for a file may name
)

// fonts are where text filters find theirs, with fontconfig's settings and its cache.
func fonts() []string {
	return []string{"/etc/fonts", "/usr/share/fonts", "/usr/local/share/fonts", "/usr/share/fontconfig", "/var/cache/fontconfig"}
}

// machine is what libraries ask about the machine: the number of processors and memory nodes, which of them are theirs
// (libnuma reads that in the process's own status, which keeps its place when the program replaces this one), random numbers.
func machine() []string {
	return []string{"/proc/self/status", "/sys/devices/system/cpu", "/sys/devices/system/node", "/dev/urandom", "/dev/random"}
}

// libraries are what a dynamic program is made of. Static ones need none of it.
func libraries() []string {
	return []string{"/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/alternatives"}
}

// landlockABI is the kernel's version of Landlock, 0 where it has none or it is off.
func landlockABI() int {
	abi, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if errno != 0 {
		return 0
	}
	return int(abi)
}

// governed is all that a kernel of this ABI can forbid: rights without a rule are denied.
func governed(abi int) unix.LandlockRulesetAttr {
	a := unix.LandlockRulesetAttr{Handled_access_fs: 1<<13 - 1} // ABI 1: everything from EXECUTE to MAKE_SYM
	if abi >= 2 {
		a.Handled_access_fs |= unix.LANDLOCK_ACCESS_FS_REFER
	}
	if abi >= 3 {
		a.Handled_access_fs |= unix.LANDLOCK_ACCESS_FS_TRUNCATE
	}
	if abi >= 4 {
		a.Handled_access_net = unix.LANDLOCK_ACCESS_NET_BIND_TCP | unix.LANDLOCK_ACCESS_NET_CONNECT_TCP
	}
	if abi >= 5 {
		a.Handled_access_fs |= unix.LANDLOCK_ACCESS_FS_IOCTL_DEV
	}
	if abi >= 6 {
		a.Scoped = unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | unix.LANDLOCK_SCOPE_SIGNAL
	}
	return a
}

// size is how much of the struct a kernel of this ABI knows.
func size(abi int) uintptr {
	switch {
	case abi >= 6:
		return 24
	case abi >= 4:
		return 16
	}
	return 8
}

// confine lets this thread reach what the plan names and nothing else. A kernel without Landlock lets it be.
func confine(p plan) error {
	abi := landlockABI()
	if abi == 0 {
		return nil
	}
	attr := governed(abi)
	fd, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&attr)), size(abi), 0) //nolint:gosec // the kernel takes pointers
	if errno != 0 {
		return errno
	}
	rules := ruleset{fd: int(fd), governed: attr.Handled_access_fs}
	if err := rules.allowAll(p); err != nil {
		return err
	}
	if _, _, errno := unix.Syscall(unix.SYS_LANDLOCK_RESTRICT_SELF, fd, 0, 0); errno != 0 {
		return errno
	}
	return unix.Close(int(fd))
}

// ruleset is the list of exceptions from "everything is denied".
type ruleset struct {
	fd       int
	governed uint64
}

func (r ruleset) allowAll(p plan) error {
	if err := r.allow(p.Program, readFile|execute); err != nil {
		return fmt.Errorf("the program: %w", err)
	}
	if p.Folder != "" {
		if err := r.allow(p.Folder, readWrite); err != nil {
			return fmt.Errorf("the job's folder: %w", err)
		}
	}
	if p.Loader != "" {
		if err := r.allow(p.Loader, readFile|execute); err != nil {
			return fmt.Errorf("the program's loader: %w", err)
		}
	}
	if err := r.allow("/dev/null", readFile|unix.LANDLOCK_ACCESS_FS_WRITE_FILE); err != nil {
		return fmt.Errorf("the null device: %w", err)
	}
	readable := append(append(fonts(), machine()...), p.Read...)
	if p.Loader != "" {
		readable = append(readable, libraries()...)
	}
	for _, path := range readable {
		err := r.allow(path, readFolder)
		if err != nil && !errors.Is(err, unix.ENOENT) && !errors.Is(err, unix.EACCES) { // what cannot be opened cannot be read either
			return err
		}
	}
	return nil
}

// allow gives rights to path and, for a folder, to all beneath it.
func (r ruleset) allow(path string, rights uint64) error {
	fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd) //nolint:errcheck // O_PATH
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		return err
	}
	if stat.Mode&unix.S_IFMT != unix.S_IFDIR {
		rights &= ofFile
	}
	rule := unix.LandlockPathBeneathAttr{Allowed_access: rights & r.governed, Parent_fd: int32(fd)}
	if _, _, errno := unix.Syscall6(unix.SYS_LANDLOCK_ADD_RULE, uintptr(r.fd), unix.LANDLOCK_RULE_PATH_BENEATH,
		uintptr(unsafe.Pointer(&rule)), 0, 0, 0); errno != 0 { //nolint:gosec // the kernel takes pointers
		return errno
	}
	return nil
}
