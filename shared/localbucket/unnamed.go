package localbucket

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"sync"
	"time"

	"github.com/fflambda/fflambda/shared/job"
)

// errUnfinished spares what a job may still name.
var errUnfinished = errors.New("the job is not finished")

// Named says which keys the job with that id names as its outputs. ok is false for one that is not finished.
type Named func(ctx context.Context, id string) (keys map[string]bool, ok bool, err error)

// SweepUnnamed removes the outputs that were written before the given time and that no job names: what attempts have left
// that were lost. The outputs of jobs that are not finished are left alone. named is asked only about jobs that have such old ones.
func (s *Store) SweepUnnamed(ctx context.Context, before time.Time, named Named) (removed int, err error) {
	root, err := s.folder.open()
	if err != nil {
		return 0, fmt.Errorf("sweep outputs: %w", err)
	}
	jobs := path.Clean(job.OutputPrefix)
	entries, err := fs.ReadDir(root.FS(), jobs)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("sweep outputs: %w", err)
	}
	var errs []error
	for _, e := range entries {
		if ctx.Err() != nil {
			return removed, ctx.Err()
		}
		if !e.IsDir() {
			continue
		}
		w := sweep{root: root, before: before, held: sync.OnceValues(func() (map[string]bool, error) {
			keys, ok, err := named(ctx, e.Name())
			if err == nil && !ok {
				err = errUnfinished
			}
			return keys, err
		})}
		if folder := path.Join(jobs, e.Name()); w.folder(ctx, folder) && !w.spared(folder) {
			w.remove(folder)
		}
		removed += w.removed
		errs = append(errs, w.err)
	}
	if err := errors.Join(errs...); err != nil {
		return removed, fmt.Errorf("sweep outputs: %w", err)
	}
	return removed, nil
}
