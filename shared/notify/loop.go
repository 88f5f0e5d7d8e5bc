package notify

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/fflambda/fflambda/shared/job"
)

// pause is how long a receiver waits after a queue or a handler that failed.
const pause = time.Second

type queue interface {
	Receive(ctx context.Context) (job.Message, error)
	Delete(ctx context.Context, m job.Message) error
}

// Loop hands a queue's messages to a handler, where no event source mapping does.
type Loop struct {
	Queue  queue
	Handle func(ctx context.Context, body string) error // nil: the message is done; else it comes again
	AtOnce int                                          // messages that are handled at the same time
	Log    *slog.Logger
}

// Run returns when ctx has ended. What is being handled then is told by its context, and comes again if it was not done.
func (l Loop) Run(ctx context.Context) {
	var receivers sync.WaitGroup
	for range l.AtOnce {
		receivers.Go(func() {
			for ctx.Err() == nil {
				if err := l.next(ctx); err != nil && ctx.Err() == nil {
					l.Log.Error("message put off", "err", err)
					wait(ctx, pause)
				}
			}
		})
	}
	receivers.Wait()
}

// next takes one message, handles it, and deletes it. One that somebody else holds by then is theirs.
func (l Loop) next(ctx context.Context) error {
	m, err := l.Queue.Receive(ctx)
	if err != nil {
		return err
	}
	if err := l.Handle(ctx, m.Body); err != nil {
		return err
	}
	if err := l.Queue.Delete(context.WithoutCancel(ctx), m); err != nil && !errors.Is(err, job.ErrGone) {
		return err
	}
	return nil
}

func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
