package job_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/fflambda/fflambda/shared/job"
)

// TestDiskFault: what a disk says becomes words that name no path, and everything else stays what it is.
func TestDiskFault(t *testing.T) {
	t.Parallel()
	for errno, word := range map[error]string{
		syscall.ENOSPC: "full", syscall.EDQUOT: "quota", syscall.EROFS: "read-only", syscall.EIO: "fails",
		syscall.EACCES: "may not be written", fs.ErrNotExist: "gone",
	} {
		err := job.DiskFault(fmt.Errorf("check: %w", &os.PathError{Op: "open", Path: "/srv/secret", Err: errno}))
		f, ok := errors.AsType[*job.Fault](err)
		if !ok || !strings.Contains(f.Why, word) || strings.Contains(f.Why, "/srv") || !errors.Is(err, job.ErrBusy) || !errors.Is(err, errno) {
			t.Errorf("%v becomes %v", errno, err)
		}
		if again := job.DiskFault(err); again != err { //nolint:errorlint // the very same
			t.Errorf("%v is wrapped twice: %v", errno, again)
		}
	}
	other := errors.New("something else")
	if err := job.DiskFault(other); err != other { //nolint:errorlint // the very same
		t.Errorf("%v becomes %v", other, err)
	}
}
