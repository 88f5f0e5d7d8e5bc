package job

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
)

// Fault is an error of a part that whoever runs the service can see to: a disk that is full, a database that somebody
// else holds. It can pass by itself, so it matches ErrBusy.
type Fault struct {
	Why string // for the health check: what is wrong, and what to do. Nothing secret, no path
	Err error
}

func (f *Fault) Error() string { return fmt.Sprintf("%s: %v", f.Why, f.Err) }

// Unwrap gives what was wrapped, and ErrBusy.
func (f *Fault) Unwrap() []error { return []error{ErrBusy, f.Err} }

// What is wrong with a disk, and what to do, whoever it is that says so.
const (
	WhyFull     = "the disk is full: make room"
	WhyReadOnly = "the disk is read-only: mount it for writing"
	WhyFails    = "the disk fails (input/output error)"
)

// DiskFault is err as a *Fault, where it is one of a disk or a folder; any other error is returned as it is.
func DiskFault(err error) error {
	if _, ok := errors.AsType[*Fault](err); ok {
		return err
	}
	for _, c := range []struct {
		is  error
		why string
	}{
		{syscall.ENOSPC, WhyFull},
		{syscall.EDQUOT, "the disk quota is used up: make room"},
		{syscall.EROFS, WhyReadOnly},
		{syscall.EIO, WhyFails},
		{fs.ErrPermission, "the folder may not be written by the server's user: give it the right to"},
		{fs.ErrNotExist, "the folder is gone: put it back"},
	} {
		if errors.Is(err, c.is) {
			return &Fault{Why: c.why, Err: err}
		}
	}
	return err
}
