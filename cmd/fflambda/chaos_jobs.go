//go:build chaos

package main

import (
	"context"
	"errors"
	"time"

	"github.com/fflambda/fflambda/cmd/chaos/history"
	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/service"
)

// shortestLease is that of a table in a hurry: three heartbeats of a worker.
const shortestLease = 6 * time.Second

// chaosJobs is a table whose calls fail now and then, and in which time passes more quickly.
type chaosJobs struct {
	recorded
	chaos *chaos
}

func (t *chaosJobs) Create(ctx context.Context, j job.Job) (stored job.Job, created bool, err error) {
	stored, err = meet(ctx, t.chaos, "create", func() (job.Job, error) {
		stored, created, err = t.recorded.Create(ctx, j)
		return stored, err
	})
	return stored, created && err == nil, err
}

func (t *chaosJobs) Find(ctx context.Context, id string) (job.Job, error) {
	return meet(ctx, t.chaos, "find", func() (job.Job, error) { return t.recorded.Find(ctx, id) })
}

func (t *chaosJobs) List(ctx context.Context, q job.Query) (job.Page, error) {
	return meet(ctx, t.chaos, "list", func() (job.Page, error) { return t.recorded.List(ctx, q) })
}

func (t *chaosJobs) Move(ctx context.Context, id string, m job.Move) (job.Job, error) {
	if !m.LeaseUntil.IsZero() {
		m.LeaseUntil = m.At.Add(max(t.chaos.quick(m.LeaseUntil.Sub(m.At)), shortestLease))
	}
	if !m.NotBefore.IsZero() {
		m.NotBefore = m.At.Add(t.chaos.quick(m.NotBefore.Sub(m.At)))
	}
	if m.Told != nil && m.Told.DueAt.After(time.Now()) {
		told := *m.Told
		told.DueAt = time.Now().Add(t.chaos.quick(time.Until(told.DueAt)))
		m.Told = &told
	}
	return meet(ctx, t.chaos, m.Name, func() (job.Job, error) { return t.recorded.Move(ctx, id, m) })
}

// Overdue finds what waits for a part of the usual time. Leases are in the records, and quick there already.
func (t *chaosJobs) Overdue(ctx context.Context, o job.Overdue) ([]job.Job, error) {
	if age := time.Since(o.Before); age > 0 && (o.Notice || o.State != job.Running) {
		o.Before = time.Now().Add(-t.chaos.quick(age))
	}
	return meet(ctx, t.chaos, "overdue", func() ([]job.Job, error) { return t.recorded.Overdue(ctx, o) })
}

// recorded is a table with a record of what it was asked and what it answered.
type recorded struct {
	service.Jobs
	history *history.Writer
}

func (r recorded) Create(ctx context.Context, j job.Job) (stored job.Job, created bool, err error) {
	call := r.history.Begin(history.Begin{Kind: history.Create, Job: j.ID})
	stored, created, err = r.Jobs.Create(ctx, j)
	e := answered(stored, err)
	if err == nil && !created {
		e.Result = history.Taken
	}
	r.history.End(call, e)
	return stored, created, err
}

func (r recorded) Find(ctx context.Context, id string) (job.Job, error) {
	call := r.history.Begin(history.Begin{Kind: history.Find, Job: id})
	j, err := r.Jobs.Find(ctx, id)
	r.history.End(call, answered(j, err))
	return j, err
}

// Move leaves out what only tells how the world was told: it moves no job.
func (r recorded) Move(ctx context.Context, id string, m job.Move) (job.Job, error) {
	if m.Told != nil {
		return r.Jobs.Move(ctx, id, m)
	}
	call := r.history.Begin(history.Begin{
		Kind: history.Move, Job: id, Name: m.Name, From: m.From, To: m.To, Attempt: m.Attempt, NewAttempt: m.NewAttempt,
	})
	j, err := r.Jobs.Move(ctx, id, m)
	r.history.End(call, answered(j, err))
	return j, err
}

func answered(j job.Job, err error) history.End {
	var late *job.Conflict
	switch {
	case err == nil:
		return history.End{Result: history.OK, State: j.State, Attempt: j.Attempt}
	case errors.As(err, &late):
		return history.End{Result: history.Conflict, State: late.Job.State, Attempt: late.Job.Attempt}
	case errors.Is(err, job.ErrNotFound):
		return history.End{Result: history.Missing}
	}
	return history.End{Result: history.Unknown, Error: err.Error()}
}
