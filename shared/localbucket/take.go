package localbucket

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/versity/versitygw/backend/posix"
)

// Take is Put for a file that its owner is done with: where the filesystem allows it, the object is f's own file under a
// second name, and no byte is copied. Nobody may write into the file from then on; its first name may be removed at any
// time. Where it cannot be linked (another filesystem, a key that is taken), it is Put. Config.OnPut is not told of it.
//
// Putting a small file costs half a millisecond over the socket, which is what counts for a job with 10,000 frames.
func (s *Store) Take(ctx context.Context, key string, f *os.File, contentType string) error {
	if err := s.take(key, f, contentType); err != nil {
		return s.Put(ctx, key, f, contentType)
	}
	return nil
}

func (s *Store) take(key string, f *os.File, contentType string) error {
	if !fs.ValidPath(key) || strings.HasPrefix(key, posix.MetaTmpDir+"/") || !filepath.IsAbs(f.Name()) {
		return fmt.Errorf("take %s: not a key of ours", key)
	}
	if err := f.Chmod(0o600); err != nil {
		return err
	}
	if err := label(f, contentType); err != nil {
		return err
	}
	root, err := s.folder.open()
	if err != nil {
		return err
	}
	if err := root.MkdirAll(path.Dir(key), 0o700); err != nil {
		return err
	}
	return os.Link(f.Name(), filepath.Join(s.dir, key))
}
