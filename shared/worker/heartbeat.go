package worker

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/fflambda/fflambda/shared/job"
)

// pulse is what an attempt knows of its own lease.
type pulse struct {
	mu      sync.Mutex
	renewed time.Time // by time.Now: its monotonic part goes on while this process is stopped
	end     context.CancelCauseFunc
}

// felt says that the lease was renewed just now.
func (p *pulse) felt() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.renewed = time.Now()
}

// last is when that was.
func (p *pulse) last() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.renewed
}

// beat renews the lease until the returned function is called, which waits for the last renewal to end.
// When the job is not ours any more it cancels the work, with the reason as the cause.
func (a *attempt) beat(ctx context.Context, cancel context.CancelCauseFunc) (stop func()) {
	a.pulse.end = cancel
	a.pulse.felt()
	done := make(chan struct{})
	var beating sync.WaitGroup
	beating.Go(func() {
		tick := time.NewTicker(heartbeat)
		defer tick.Stop()
		ended, stopListening := a.listen()
		defer stopListening()
		extended := time.Now()
		if a.skewed() && a.holds(ctx) != nil {
			return
		}
		for {
			select {
			case <-done:
				return
			case j := <-ended: // not by this attempt, which ends it after the last beat
				cancel(reason(&job.Conflict{Job: j}))
				return
			case <-tick.C:
			}
			if a.holds(ctx) != nil {
				return
			}
			if !a.c.Pushed && time.Since(extended) > visibility/4 {
				extended = time.Now()
				a.extend(ctx)
			}
		}
	})
	return sync.OnceFunc(func() {
		close(done)
		beating.Wait()
	})
}

// skewed reports whether the claim's lease went by a clock that its answer has put right: then it may be over already.
func (a *attempt) skewed() bool {
	return a.job.LeaseUntil.Sub(a.c.Clock().Add(lease)).Abs() > 2*heartbeat
}

// holds renews the lease, and ends the work where it is lost: an error tells that. One that cannot be renewed for the
// moment is not lost before it is nearly over.
func (a *attempt) holds(ctx context.Context) error {
	switch err := a.renew(ctx); {
	case err == nil:
		a.pulse.felt()
		return nil
	case errors.Is(err, job.ErrConflict), errors.Is(err, job.ErrNotFound):
		a.pulse.end(reason(err))
		return reason(err)
	case a.since(a.pulse.last()) > lease-2*heartbeat:
		a.log.Error("heartbeat", "err", err)
		a.pulse.end(errLost)
		return errLost
	default:
		a.log.Warn("heartbeat", "err", err)
		return nil
	}
}

// awake makes sure of the lease before something is put where others can see it: this process may have been stopped for
// longer than the lease, and its next heartbeat come too late.
func (a *attempt) awake(ctx context.Context) error {
	if a.since(a.pulse.last()) < 2*heartbeat {
		return nil
	}
	return a.holds(ctx)
}

func (a *attempt) renew(ctx context.Context) error {
	m := job.Renew(a.c.Now(), a.job.Attempt, lease)
	m.LeaseUntil = a.c.Clock().Add(lease)
	a.progress.fill(&m)
	_, err := a.c.Jobs.Move(ctx, a.job.ID, m)
	if err != nil {
		a.progress.unstored()
	}
	return err
}

// listen is Ended of the job, or a channel that stays silent.
func (a *attempt) listen() (ended <-chan job.Job, stop func()) {
	if a.c.Ended == nil {
		return nil, func() {}
	}
	return a.c.Ended(a.job.ID)
}

// extend hides the message for longer. Losing it is harmless: whoever gets it finds the job running.
func (a *attempt) extend(ctx context.Context) {
	if err := a.c.Queue.Extend(ctx, a.message, visibility); err != nil {
		a.log.Warn("message not extended", "err", err)
	}
}

func reason(err error) error {
	var c *job.Conflict
	if errors.As(err, &c) && c.Job.State == job.Cancelled {
		return errCancelled
	}
	return errLost
}
