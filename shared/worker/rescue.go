package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/fflambda/fflambda/shared/job"
)

const (
	pendingFor = 30 * time.Second // how long a job may wait for its message to be sent by whoever wrote the job
	noticeFor  = time.Minute      // how long a due notice may wait for whoever was sent to tell it
	batch      = 100              // jobs of one kind that one round takes on
)

type rescueJobs interface {
	jobs
	Overdue(ctx context.Context, o job.Overdue) ([]job.Job, error)
}

type rescueQueue interface {
	Send(ctx context.Context, body, group string, delay time.Duration) error
	Dead(ctx context.Context, limit int) ([]job.Message, error)
	Delete(ctx context.Context, m job.Message) error
}

// Rescue finds jobs that nobody would see to any more: a crashed process cannot report itself.
// Every round is idempotent, and two at once do no harm.
type Rescue struct {
	Jobs        rescueJobs
	Queue       rescueQueue
	Notices     sender
	MaxAttempts int // tries that a job gets before it fails as worker_lost

	// Lost finds queued jobs whose message is gone, as far as that can be told, the oldest first and at most limit.
	Lost func(ctx context.Context, now time.Time, limit int) ([]job.Job, error)

	// Untold finds ended jobs whose notice was due before then and whose message is gone, the oldest first and at most limit.
	// Nil where nobody can tell which messages there are: then all whose notice was due before then are announced again.
	Untold func(ctx context.Context, before time.Time, limit int) ([]job.Job, error)

	Now   func() time.Time
	Clock func() time.Time // as the Pool's; nil: Now
	Slack time.Duration    // how long a lease must have been over by Clock: how wrong that may be
	Log   *slog.Logger
}

// Run makes a round at every tick until ctx ends.
func (r *Rescue) Run(ctx context.Context, every time.Duration) {
	for ctx.Err() == nil {
		wait(ctx, every)
		if err := r.Round(ctx); err != nil && ctx.Err() == nil {
			r.Log.Error("rescue", "err", err)
		}
	}
}

// Round sees to dead letters, to pending jobs whose message was never sent, to running ones whose lease has ended, to
// queued ones whose message is gone, and to finished jobs whose end nobody was told of. What it costs goes by the number of
// those, and not by how many are finished.
func (r *Rescue) Round(ctx context.Context) error {
	// Dead letters come first, or their jobs would look as if a message had got lost. The clock may be a store's, which is
	// known once it has answered: leases come after something else.
	letters := errors.Join(r.dead(ctx), r.pending(ctx, r.Now().Add(-pendingFor)))
	return errors.Join(letters, r.running(ctx, r.clock().Add(-r.Slack)), r.lost(ctx), r.untold(ctx, r.Now().Add(-noticeFor)))
}

// Restart is the first round of the only server on a table: whatever is marked running was run by a process
// that is not there any more, and whatever is pending or due to be told has nobody who will still send it.
// Lost messages are left to the first Round: to look for them takes longer the more jobs wait, and a start should not.
func (r *Rescue) Restart(ctx context.Context) error {
	// No lease and no UpdatedAt is later than this, even if the clock went back since.
	ever := r.Now().Add(100 * 365 * 24 * time.Hour)
	return errors.Join(r.running(ctx, ever), r.pending(ctx, ever), r.untold(ctx, r.Now()))
}

func (r *Rescue) clock() time.Time {
	if r.Clock == nil {
		return r.Now()
	}
	return r.Clock()
}

// lost sends another message, once it is noted: of two rounds at the same time, one does. One batch a round, so that a
// store which cannot tell for sure never has more than that sent in vain.
func (r *Rescue) lost(ctx context.Context) error {
	if r.Lost == nil {
		return nil
	}
	found, err := r.Lost(ctx, r.Now(), batch)
	if err != nil {
		return err
	}
	return doEach(found, func(j job.Job) error {
		r.Log.Info("sending again", "job", j.ID, "sent", j.SentAt)
		at := r.Now()
		if _, err := r.Jobs.Move(ctx, j.ID, job.Resend(at, j.SentAt)); err != nil {
			return err
		}
		return r.Queue.Send(ctx, j.ID, j.Owner, j.Waits(at))
	})
}

// untold announces again, and makes the notice due anew, so that the next round has others before it. The teller finds
// a notice that is not due any more told already: a message too many is harmless.
func (r *Rescue) untold(ctx context.Context, before time.Time) error {
	if r.Untold == nil {
		return r.each(ctx, job.Overdue{Notice: true, Before: before}, func(j job.Job) error { return r.announce(ctx, j) })
	}
	found, err := r.Untold(ctx, before, batch)
	if err != nil {
		return err
	}
	return doEach(found, func(j job.Job) error { return r.announce(ctx, j) })
}

func (r *Rescue) announce(ctx context.Context, j job.Job) error {
	r.Log.Info("announcing again", "job", j.ID)
	due := j.Notice
	due.DueAt = r.Now()
	j, err := r.Jobs.Move(ctx, j.ID, job.Tell(due.Tries, due))
	if err != nil {
		return err
	}
	return job.Announce(ctx, r.Notices, j)
}

func (r *Rescue) pending(ctx context.Context, before time.Time) error {
	return r.each(ctx, job.Overdue{State: job.Pending, Before: before}, func(j job.Job) error {
		r.Log.Info("sending again", "job", j.ID)
		return job.Dispatch(ctx, r.Jobs, r.Queue, j, r.Now())
	})
}

func (r *Rescue) running(ctx context.Context, before time.Time) error {
	return r.each(ctx, job.Overdue{State: job.Running, Before: before}, func(j job.Job) error {
		if j.Tries() >= r.MaxAttempts {
			r.Log.Warn("giving up", "job", j.ID, "attempt", j.Attempt)
			f := job.Failf(job.WorkerLost, "The worker that ran this job vanished in %s. Perhaps the job needs more memory than there is.", tries(j.Tries())).Again()
			return r.end(ctx, j.ID, job.GiveUp(r.Now(), j.Attempt, before, *f))
		}
		r.Log.Warn("taking back", "job", j.ID, "attempt", j.Attempt)
		j, err := r.Jobs.Move(ctx, j.ID, job.TakeBack(r.Now(), j.Attempt, before))
		if err != nil {
			return err
		}
		return job.Dispatch(ctx, r.Jobs, r.Queue, j, r.Now())
	})
}

// end makes a terminal move and announces it.
func (r *Rescue) end(ctx context.Context, id string, m job.Move) error {
	j, err := r.Jobs.Move(ctx, id, m)
	if err != nil {
		return err
	}
	return job.Announce(ctx, r.Notices, j)
}

// dead fails the jobs whose message was received too often without a decision.
func (r *Rescue) dead(ctx context.Context) error {
	letters, err := r.Queue.Dead(ctx, batch)
	if err != nil {
		return err
	}
	var errs []error
	for _, m := range letters {
		f := job.Failf(job.Internal, "No worker could take this job in %s. Try again.", tries(m.Received)).Again()
		f.Dead = true
		err := r.end(ctx, m.Body, job.Refuse(r.Now(), *f))
		if err != nil && !errors.Is(err, job.ErrConflict) && !errors.Is(err, job.ErrNotFound) {
			errs = append(errs, err)
			continue
		}
		r.Log.Warn("dead letter", "job", m.Body, "received", m.Received)
		if err := r.Queue.Delete(ctx, m); err != nil && !errors.Is(err, job.ErrGone) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// each does do for every overdue job, batch after batch.
func (r *Rescue) each(ctx context.Context, o job.Overdue, do func(job.Job) error) error {
	o.Limit = batch
	for {
		found, err := r.Jobs.Overdue(ctx, o)
		if err != nil {
			return err
		}
		err = doEach(found, do)
		// A job that failed here would be found again at once: leave it to the next round.
		if len(found) < batch || err != nil || ctx.Err() != nil {
			return err
		}
	}
}

// doEach does do for each job. A lost race means that somebody else was faster.
func doEach(found []job.Job, do func(job.Job) error) error {
	var errs []error
	for _, j := range found {
		if err := do(j); err != nil && !errors.Is(err, job.ErrConflict) {
			errs = append(errs, fmt.Errorf("job %s: %w", j.ID, err))
		}
	}
	return errors.Join(errs...)
}

func tries(n int) string {
	if n == 1 {
		return "its only try"
	}
	return fmt.Sprintf("%d tries in a row", n)
}
