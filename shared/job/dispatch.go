package job

import (
	"context"
	"errors"
	"time"
)

type mover interface {
	Move(ctx context.Context, id string, m Move) (Job, error)
}

type sender interface {
	Send(ctx context.Context, body string, delay time.Duration) error
}

// Dispatch is the second half of the outbox: it sends a Pending job's message and then marks the job Queued.
// A worker that is faster than the mark is no error. After any other one the job is still Pending, and rescue dispatches it.
func Dispatch(ctx context.Context, jobs mover, queue sender, id string, at time.Time) error {
	if err := queue.Send(ctx, id, 0); err != nil {
		return err
	}
	_, err := jobs.Move(ctx, id, Enqueue(at))
	if errors.Is(err, ErrConflict) {
		return nil
	}
	return err
}

// Announce sends the message that has a finished job's end told: to its webhook, to the outbox. There may be nothing
// to tell. After an error the notice is still due, and rescue announces it.
func Announce(ctx context.Context, notices sender, j Job) error {
	if j.Notice.DueAt.IsZero() {
		return nil
	}
	return notices.Send(ctx, j.ID, 0)
}
