package sqlite

import (
	"errors"
	"io/fs"
	"os"

	driver "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/fflambda/fflambda/shared/job"
)

const (
	whyLocked = "another process holds the database: end it, or wait for it"
	whyGone   = "the database file is gone: put it back, or restart the server for an empty one"
)

// fault is err as a *job.Fault where SQLite says that the disk or another process is in the way. A file that is
// damaged is none: that does not pass.
func fault(err error) error {
	e, ok := errors.AsType[*driver.Error](err)
	if !ok {
		return err
	}
	why := ""
	switch e.Code() & 0xff { // the rest of an extended code says where it happened
	case sqlite3.SQLITE_FULL:
		why = job.WhyFull
	case sqlite3.SQLITE_READONLY:
		why = job.WhyReadOnly
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		why = whyLocked
	case sqlite3.SQLITE_IOERR:
		why = job.WhyFails
	case sqlite3.SQLITE_CANTOPEN:
		why = "the database cannot be opened: see to its folder, and to the limit of open files"
	default:
		return err
	}
	return &job.Fault{Why: why, Err: err}
}

// file is the database's file, as it was opened.
type file struct {
	path string
	info fs.FileInfo
}

// there fails where the file is not at its place any more. SQLite goes on with one that was removed, and all that is
// written into it is lost with the process.
func (f file) there() error {
	info, err := os.Stat(f.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &job.Fault{Why: whyGone, Err: err}
	case err == nil && !os.SameFile(info, f.info):
		return &job.Fault{Why: whyGone, Err: errors.New("another file is in its place")}
	}
	return nil // what else keeps it from being looked at, SQLite will say
}
