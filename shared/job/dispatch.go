package job

import (
	"context"
	"errors"
	"time"
)

type mover interface {
	Move(ctx context.Context, id string, m Move) (Job, error)
}

// sender is a queue. Messages of one group are one owner's: a queue that can delivers them fairly between groups.
type sender interface {
	Send(ctx context.Context, body, group string, delay time.Duration) error
}

// Dispatch is the second half of the outbox: it sends a Pending job's message and then marks the job Queued.
// One that waits for its next try gets a message that comes when it may run.
// A worker that is faster than the mark is no error. After any other one the job is still Pending, and rescue dispatches it.
func Dispatch(ctx context.Context, jobs mover, queue sender, j Job, at time.Time) error {
	if err := queue.Send(ctx, j.ID, j.Owner, j.Waits(at)); err != nil {
		return err
	}
	_, err := jobs.Move(ctx, j.ID, Enqueue(at))
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
	return notices.Send(ctx, j.ID, j.Owner, 0)
}
