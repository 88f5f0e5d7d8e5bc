package localbucket

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"

	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"

	"github.com/fflambda/fflambda/shared/job"
)

// Open opens the object's own file, or answers job.ErrNoObject. It is for reading: http.ServeContent of it costs a
// third of a GET through the S3 and knows If-Range. The file stays whole while it is open, even when the object is
// removed. The caller closes it.
func (s *Store) Open(_ context.Context, key string) (*os.File, job.ObjectInfo, error) {
	f, info, err := s.openFile(key)
	if err != nil {
		return nil, job.ObjectInfo{}, fmt.Errorf("open %s: %w", key, err)
	}
	return f, job.ObjectInfo{
		Key: key, Bytes: info.Size(), Modified: info.ModTime(),
		ContentType: attribute(f, "content-type"), ETag: attribute(f, "etag"),
	}, nil
}

func (s *Store) openFile(key string) (*os.File, fs.FileInfo, error) {
	// The gateway reads a//b and a/./b as a/b, so this does; a/../b is never a key of ours.
	name := path.Clean(key)
	parts := strings.Split(name, "/")
	if !fs.ValidPath(name) || parts[0] == posix.MetaTmpDir || strings.HasSuffix(key, "/") ||
		slices.Contains(strings.Split(key, "/"), "..") {
		return nil, nil, job.ErrNoObject
	}
	root, err := s.folder.open()
	if err != nil {
		return nil, nil, err
	}
	// os.Root keeps links inside the bucket; an object is none at all. S3 cannot make one, but a person can.
	for i := range parts {
		info, err := root.Lstat(path.Join(parts[:i+1]...))
		if err != nil {
			return nil, nil, absent(err)
		}
		if info.Mode()&fs.ModeSymlink != 0 || (i == len(parts)-1 && !info.Mode().IsRegular()) {
			return nil, nil, job.ErrNoObject
		}
	}
	f, err := root.Open(name)
	if err != nil {
		return nil, nil, absent(err)
	}
	info, err := f.Stat()
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return f, info, nil
}

// absent turns what a filesystem says of a file that cannot be there into job.ErrNoObject.
func absent(err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.ENAMETOOLONG) ||
		errors.Is(err, syscall.EINVAL) {
		return job.ErrNoObject
	}
	return err
}

// attribute is what the gateway stored with the object; empty where there is nothing.
func attribute(f *os.File, name string) string {
	value, err := (meta.XattrMeta{}).RetrieveAttribute(f, "", "", name)
	if err != nil {
		return ""
	}
	return string(value)
}
