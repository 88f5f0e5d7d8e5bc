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
// One goroutine receives for all: every waiting receiver of a queue in AWS is a request that is paid for.
func (l Loop) Run(ctx context.Context) {
	var handlers sync.WaitGroup
	defer handlers.Wait()
	slots := make(chan struct{}, l.AtOnce)
	for ctx.Err() == nil {
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
			return
		}
		m, err := l.Queue.Receive(ctx)
		if err != nil {
			<-slots
			l.putOff(ctx, err)
			continue
		}
		handlers.Go(func() {
			defer func() { <-slots }()
			if err := l.handle(ctx, m); err != nil {
				l.putOff(ctx, err)
			}
		})
	}
}

// handle handles a message and deletes it. One that somebody else holds by then is theirs.
func (l Loop) handle(ctx context.Context, m job.Message) error {
	if err := l.Handle(ctx, m.Body); err != nil {
		return err
	}
	if err := l.Queue.Delete(context.WithoutCancel(ctx), m); err != nil && !errors.Is(err, job.ErrGone) {
		return err
	}
	return nil
}

func (l Loop) putOff(ctx context.Context, err error) {
	if ctx.Err() == nil {
		l.Log.Error("message put off", "err", err)
		wait(ctx, pause)
	}
}

func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
