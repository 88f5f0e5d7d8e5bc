package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/link"
	"github.com/fflambda/fflambda/shared/worker"
)

// unnamedLife is how old a file of a finished job has to be that its record does not name: what a lost attempt has left.
const unnamedLife = 24 * time.Hour

// sweeper deletes the files that were written before the given time, the records of jobs that finished before it, and what
// no record names. Temporary files go after their own time, but for those that a job still needs.
func (l *local) sweeper(links func(context.Context) (*link.Signer, error)) func(ctx context.Context, before time.Time) (removed int, err error) {
	own := worker.Own{Links: links, Jobs: l.db.Jobs(), Bucket: bucketName}
	held := func(ctx context.Context) (map[string]bool, error) { return l.held(ctx, own) }
	return func(ctx context.Context, before time.Time) (int, error) {
		files, err := l.store.Sweep(ctx, before)
		temp, tempErr := l.store.SweepTemp(ctx, time.Now().Add(-job.TempLife), held)
		unnamed, unnamedErr := l.store.SweepUnnamed(ctx, time.Now().Add(-unnamedLife), l.named)
		records, recordsErr := l.db.Jobs().Expire(ctx, before)
		if records > 0 {
			l.log.Info("records of jobs are past their retention", "deleted", records)
		}
		return files + temp + unnamed, errors.Join(err, tempErr, unnamedErr, recordsErr)
	}
}

// named are the keys of a job's outputs; ok is false while it has none yet, but is about to.
func (l *local) named(ctx context.Context, id string) (keys map[string]bool, ok bool, err error) {
	j, err := l.db.Jobs().Find(ctx, id)
	if errors.Is(err, job.ErrNotFound) {
		return nil, true, nil
	}
	if err != nil {
		return nil, false, err
	}
	keys = map[string]bool{}
	for _, o := range j.Outputs {
		keys[o.Key] = true
	}
	return keys, j.State.Terminal(), nil
}

// held are the keys of the temporary files that jobs name which are not finished. All such jobs are read, but only
// when there is a temporary file that is old enough to be removed.
func (l *local) held(ctx context.Context, own worker.Own) (map[string]bool, error) {
	keys := map[string]bool{}
	ever := time.Now().AddDate(100, 0, 0)
	for _, state := range []job.State{job.Pending, job.Queued, job.Running} {
		jobs, err := l.db.Jobs().Overdue(ctx, job.Overdue{State: state, Before: ever, Limit: math.MaxInt32})
		if err != nil {
			return nil, err
		}
		for _, j := range jobs {
			if err := hold(ctx, own, j, keys); err != nil {
				return nil, fmt.Errorf("job %s: %w", j.ID, err)
			}
		}
	}
	return keys, nil
}

// hold adds the temporary files that the job's inputs are. A link that leads nowhere holds nothing.
func hold(ctx context.Context, own worker.Own, j job.Job, keys map[string]bool) error {
	for _, in := range j.Inputs {
		url, err := own.Resolve(ctx, j, in.URL)
		if _, failed := errors.AsType[*job.Failure](err); failed {
			continue
		}
		if err != nil {
			return err
		}
		if o, ok := job.ParseObject(url); ok && strings.HasPrefix(o.Key, job.TempPrefix) {
			keys[o.Key] = true
		}
	}
	return nil
}
