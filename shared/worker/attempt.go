package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/fflambda/fflambda/shared/job"
)

// ErrStopping has the running job handed back, where it is the cause that ends the context of Handle.
var ErrStopping = errors.New("the worker is stopping")

// Why else a running attempt is made to stop: causes of its context.
var (
	errCancelled = errors.New("the job was cancelled")
	errLost      = errors.New("the lease was lost")
	errTimeout   = errors.New("the job's time is over")
	errDeadline  = errors.New("the worker's time is over")
)

// outcome is how an attempt left its job.
type outcome int

const (
	ended      outcome = iota // in a terminal state, or in somebody else's hands: its message is done with
	handedBack                // the message was replaced, or must come again
)

// attempt is one run of one claimed job.
type attempt struct {
	*Pool
	job      job.Job
	message  job.Message
	dir      string
	progress tracker
	pulse    pulse
	kept     []string // keys written so far; deleted again unless the job succeeds
	log      *slog.Logger
}

func newAttempt(p *Pool, j job.Job, m job.Message) *attempt {
	a := &attempt{Pool: p, job: j, message: m}
	a.dir = filepath.Join(p.c.Dir, fmt.Sprintf("%s-%d", j.ID, j.Attempt))
	a.log = p.c.Log.With("job", j.ID, "attempt", j.Attempt)
	return a
}

// run takes the claimed job to its end. ctx ends, with ErrStopping as its cause, when the pool's grace is over.
func (a *attempt) run(ctx context.Context) outcome {
	start := a.c.Now()
	a.log.Info("job started", "api", a.job.API, "owner", a.job.Owner, "sandbox", a.job.Sandbox)
	work, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	timed, stopTimer := a.limit(work)
	defer stopTimer()

	stopBeating := a.beat(ctx, cancel)
	outputs, err := a.steps(timed)
	stopBeating()
	if rmErr := os.RemoveAll(a.dir); rmErr != nil {
		a.log.Error("working folder stays", "err", rmErr)
	}
	// What ended the context is the reason, whatever the step that noticed it made of it.
	if cause := context.Cause(timed); err != nil && cause != nil {
		err = cause
	}
	return a.conclude(context.WithoutCancel(ctx), outputs, err, a.c.Now().Sub(start))
}

// limit ends the work when the job's time is over, or in time before the worker's own end, where it has one.
func (a *attempt) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	if deadline, ok := ctx.Deadline(); ok && deadline.Add(-lastWords).Before(time.Now().Add(a.job.Timeout)) {
		return context.WithDeadlineCause(ctx, deadline.Add(-lastWords), errDeadline)
	}
	return context.WithTimeoutCause(ctx, a.job.Timeout, errTimeout)
}

// conclude writes the attempt's end into the table, or gives the job back.
func (a *attempt) conclude(ctx context.Context, outputs []job.Output, err error, took time.Duration) outcome {
	log := a.log.With("took", took.Round(time.Millisecond))
	var f *job.Failure
	switch {
	case err == nil:
		return a.finish(ctx, job.Succeed(a.c.Now(), a.job.Attempt, outputs), log)
	case errors.Is(err, ErrStopping):
		log.Info("job handed back")
		a.forget(ctx)
		return a.handBack(ctx, job.Release(a.c.Now(), a.job.Attempt))
	case errors.Is(err, errCancelled), errors.Is(err, errLost):
		log.Info("job given up", "why", err)
		a.forget(ctx)
		return ended
	case errors.Is(err, errTimeout):
		f = job.Failf(job.TimedOut, "The job ran longer than its limit of %s. Allow it more time, or give it less to do.", a.job.Timeout)
	case errors.Is(err, errDeadline):
		f = job.Failf(job.TimedOut, "The job ran for %s, and this server's workers have no more time than that. Give it less to do: shorter inputs, a faster preset, a smaller resolution.", took.Round(time.Second))
	case !errors.As(err, &f):
		log.Error("job broke", "err", err)
		f = job.Failf(job.Internal, "Something went wrong on the server while it ran this job. Try again.").Again()
	}
	if f.Retry && a.job.Tries() < a.c.MaxAttempts {
		return a.retry(ctx, *f, log)
	}
	return a.finish(ctx, job.Fail(a.c.Now(), a.job.Attempt, *f), log)
}

// finish makes the terminal move. Losing that race is an ordinary end: the job is cancelled, or somebody else's.
func (a *attempt) finish(ctx context.Context, m job.Move, log *slog.Logger) outcome {
	a.progress.fill(&m)
	j, err := a.move(ctx, m)
	if late, ok := errors.AsType[*job.Conflict](err); ok && late.Job.State == m.To && late.Job.Attempt == a.job.Attempt {
		j, err = late.Job, nil // it was written, and only the answer got lost: what it names must stay
	}
	switch {
	case errors.Is(err, job.ErrConflict):
		log.Info("job given up", "why", err)
		a.forget(ctx)
		return ended
	case errors.Is(err, job.ErrTooLarge) && m.To == job.Succeeded:
		a.forget(ctx)
		f := job.Failf(job.OutputTooLarge, "The job made more files than its record can name (400 KB). Keep fewer of them, give them shorter names, or pack them into one.")
		return a.finish(ctx, job.Fail(a.c.Now(), a.job.Attempt, *f), log)
	case err != nil:
		// Nobody heard how it ended: the lease runs out and rescue decides. The kept files are not named anywhere.
		log.Error("job cannot be finished", "err", err)
		return handedBack
	}
	if j.State != job.Succeeded {
		a.forget(ctx)
	}
	attrs := []any{"state", j.State}
	if j.Failure != nil {
		attrs = append(attrs, "code", j.Failure.Code, "message", j.Failure.Message)
	}
	log.Info("job ended", attrs...)
	if err := job.Announce(ctx, a.c.Notices, j); err != nil {
		log.Warn("its end is not announced; rescue will", "err", err)
	}
	return ended
}

// retry has the job run again after a pause.
func (a *attempt) retry(ctx context.Context, f job.Failure, log *slog.Logger) outcome {
	pause := Pause(a.job.Tries(), a.c.Chance())
	log.Info("job tried again", "code", f.Code, "message", f.Message, "pause", pause.Round(time.Millisecond))
	a.forget(ctx)
	at := a.c.Now()
	return a.handBack(ctx, job.Retry(at, a.job.Attempt, f, at.Add(pause)))
}

// handBack gives the job up unfinished: the record first, then a fresh message for it, then away with the old one.
// A crash in between leaves a pending job, which rescue sends again, or a message too many, which finds no work.
func (a *attempt) handBack(ctx context.Context, m job.Move) outcome {
	j, err := a.move(ctx, m)
	switch {
	case errors.Is(err, job.ErrConflict), errors.Is(err, job.ErrNotFound):
		a.log.Info("job given up", "why", err)
		return ended
	case err == nil:
		err = job.Dispatch(ctx, a.c.Jobs, a.c.Queue, j, a.c.Now())
	}
	if err == nil {
		err = a.drop(ctx, a.message)
	}
	if err != nil {
		a.log.Error("job handed back; rescue sees to it", "err", err)
	}
	return handedBack
}

// move is Table.Move, tried again while the lease lasts: a database that is busy or full for a moment must not cost a finished job.
func (a *attempt) move(ctx context.Context, m job.Move) (job.Job, error) {
	for delay := 100 * time.Millisecond; ; delay *= 2 {
		j, err := a.c.Jobs.Move(ctx, a.job.ID, m)
		if err == nil || errors.Is(err, job.ErrConflict) || errors.Is(err, job.ErrNotFound) || errors.Is(err, job.ErrTooLarge) || delay > lease/4 {
			return j, err
		}
		wait(ctx, delay)
	}
}

// forget deletes what this attempt has kept. What cannot be deleted is named nowhere, and the sweeper removes it in the end.
func (a *attempt) forget(ctx context.Context) {
	if len(a.kept) == 0 {
		return
	}
	if err := a.c.Bucket.Delete(ctx, a.kept...); err != nil {
		a.log.Warn("kept files stay", "err", err)
	}
}
