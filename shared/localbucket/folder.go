package localbucket

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"os"
	"path"
	"sync"

	"github.com/versity/versitygw/backend/posix"

	"github.com/fflambda/fflambda/shared/job"
)

// folder is the bucket's folder. Links do not lead out of it. Where it was taken away and something else is in its
// place, a copy of it or an empty one, that is the bucket from then on: for the gateway it is so too.
type folder struct {
	path string // absolute

	mu   sync.Mutex
	root *os.Root
}

// open is the folder as it is at its path now. It is not to be closed. A folder that is gone is a *job.Fault.
func (f *folder) open() (*os.Root, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now, err := os.Stat(f.path)
	if err != nil {
		return nil, job.DiskFault(err)
	}
	if f.root != nil {
		if was, err := f.root.Stat("."); err == nil && os.SameFile(was, now) {
			return f.root, nil
		}
	}
	root, err := os.OpenRoot(f.path)
	if err != nil {
		return nil, job.DiskFault(err)
	}
	f.root = root // somebody may still use the other one: it is closed when nobody does
	return root, nil
}

func (f *folder) close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.root == nil {
		return nil
	}
	return f.root.Close()
}

// excuse asks the client of a disk that is full to try again, and makes an internal error of the gateway one that
// passes, where it is the disk's.
func (f *folder) excuse(r *http.Response) {
	switch r.StatusCode {
	case http.StatusInternalServerError:
		if f.writable() == nil {
			return
		}
		r.StatusCode, r.Status = http.StatusServiceUnavailable, ""
	case http.StatusInsufficientStorage:
	default:
		return
	}
	r.Header.Set("Retry-After", retryAfter)
}

// Check writes a file into the bucket's folder and asks the S3 for the bucket, for the health check. What is known of
// the reason why that fails is a *job.Fault.
func (s *Store) Check(ctx context.Context) error {
	if err := s.folder.writable(); err != nil {
		return fmt.Errorf("check bucket %s: %w", s.Name(), job.DiskFault(err))
	}
	return s.Bucket.Check(ctx)
}

// Head is the Bucket's, but tells a folder that is gone from an object that is none.
func (s *Store) Head(ctx context.Context, key string) (job.ObjectInfo, error) {
	if _, err := s.folder.open(); err != nil {
		return job.ObjectInfo{}, fmt.Errorf("head %s: %w", key, err)
	}
	return s.Bucket.Head(ctx, key)
}

// writable writes as much as a small output is, where half-received files are.
func (f *folder) writable() error {
	root, err := f.open()
	if err != nil {
		return err
	}
	if err := root.MkdirAll(posix.MetaTmpDir, 0o700); err != nil {
		return err
	}
	name := path.Join(posix.MetaTmpDir, receiving+rand.Text())
	if err := root.WriteFile(name, make([]byte, 64<<10), 0o600); err != nil {
		_ = root.Remove(name) // it may have been made
		return err
	}
	return root.Remove(name)
}
