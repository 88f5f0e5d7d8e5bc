package worker

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/fflambda/fflambda/shared/job"
)

// beat renews the lease until the returned function is called, which waits for the last renewal to end.
// When the job is not ours any more it cancels the work, with the reason as the cause.
func (a *attempt) beat(ctx context.Context, cancel context.CancelCauseFunc) (stop func()) {
	done := make(chan struct{})
	var beating sync.WaitGroup
	beating.Go(func() {
		tick := time.NewTicker(heartbeat)
		defer tick.Stop()
		// By time.Now and not by Now: what counts here is how long this process has been silent.
		renewed, extended := time.Now(), time.Now()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
			}
			switch err := a.renew(ctx); {
			case err == nil:
				renewed = time.Now()
			case errors.Is(err, job.ErrConflict), errors.Is(err, job.ErrNotFound):
				cancel(reason(err))
				return
			case time.Since(renewed) > lease-2*heartbeat:
				a.log.Error("heartbeat", "err", err)
				cancel(errLost)
				return
			default:
				a.log.Warn("heartbeat", "err", err)
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

func (a *attempt) renew(ctx context.Context) error {
	m := job.Renew(a.c.Now(), a.job.Attempt, lease)
	a.progress.fill(&m)
	_, err := a.c.Jobs.Move(ctx, a.job.ID, m)
	if err != nil {
		a.progress.unstored()
	}
	return err
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
