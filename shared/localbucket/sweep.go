package localbucket

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"sync"
	"time"

	"github.com/versity/versitygw/backend/posix"

	"github.com/fflambda/fflambda/shared/job"
)

// Sweep removes the uploads and outputs that were written before the given time, the folders that this leaves
// empty, and what interrupted uploads of that age have left. removed counts objects. A file that cannot be removed
// does not keep it from the others; err is the first such failure. Calling it again is always right.
func (s *Store) Sweep(ctx context.Context, before time.Time) (removed int, err error) {
	root, err := s.folder.open()
	if err != nil {
		return 0, fmt.Errorf("sweep: %w", err)
	}
	objects := sweep{root: root, before: before}
	objects.folder(ctx, path.Clean(job.UploadPrefix))
	objects.folder(ctx, path.Clean(job.OutputPrefix))

	leftovers := sweep{root: root, before: before, keepFresh: true}
	leftovers.folder(ctx, posix.MetaTmpDir)

	if err := errors.Join(objects.err, leftovers.err); err != nil {
		return objects.removed, fmt.Errorf("sweep: %w", err)
	}
	return objects.removed, nil
}

// SweepTemp removes the temporary files that were uploaded before the given time, but for those that held names by
// their keys. held is asked only where there are any, and after they were looked for.
func (s *Store) SweepTemp(ctx context.Context, before time.Time, held func(context.Context) (map[string]bool, error)) (removed int, err error) {
	root, err := s.folder.open()
	if err != nil {
		return 0, fmt.Errorf("sweep temporary files: %w", err)
	}
	w := sweep{root: root, before: before}
	w.held = sync.OnceValues(func() (map[string]bool, error) { return held(ctx) })
	w.folder(ctx, path.Clean(job.TempPrefix))
	if w.err != nil {
		return w.removed, fmt.Errorf("sweep temporary files: %w", w.err)
	}
	return w.removed, nil
}

type sweep struct {
	root   *os.Root
	before time.Time
	held   func() (keys map[string]bool, err error) // to be spared; nil: none
	// keepFresh spares an empty folder that was changed since before: in the gateway's own folder it is an upload
	// in parts that has just begun. Anywhere else the gateway makes it again when it needs it.
	keepFresh bool

	removed int
	err     error
}

// folder sweeps one folder and reports whether it is empty now.
func (w *sweep) folder(ctx context.Context, name string) (empty bool) {
	entries, err := fs.ReadDir(w.root.FS(), name)
	if err != nil {
		w.note(err)
		return false
	}
	left := len(entries)
	for _, entry := range entries {
		if ctx.Err() != nil {
			w.note(ctx.Err())
			return false
		}
		info, err := entry.Info()
		if err != nil {
			w.note(err)
			continue
		}
		child := path.Join(name, entry.Name())
		old := info.ModTime().Before(w.before) // read before its content goes, which changes it
		if entry.IsDir() {
			old = w.folder(ctx, child) && (old || !w.keepFresh)
		}
		if old && !w.spared(child) && w.remove(child) {
			left--
			if !entry.IsDir() {
				w.removed++
			}
		}
	}
	return left == 0
}

// spared reports whether somebody still needs the object. Where that cannot be told, it may be.
func (w *sweep) spared(key string) bool {
	if w.held == nil {
		return false
	}
	held, err := w.held()
	w.note(err)
	return err != nil || held[key]
}

func (w *sweep) remove(name string) bool {
	err := w.root.Remove(name)
	if errors.Is(err, fs.ErrExist) { // "not empty": somebody has just put something in
		return false
	}
	w.note(err)
	return err == nil
}

func (w *sweep) note(err error) {
	if w.err == nil && err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, errUnfinished) {
		w.err = err
	}
}
