package home

import (
	"context"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/fflambda/fflambda/shared/job"
)

// again is how soon a message comes again whose handling could not even begin, after the first time; each later one is
// six times as long. The visibility timeout, after which it would come by itself, is far longer. With 3 deliveries the
// store may be away for more than a minute before the message is a dead letter.
const again = 10 * time.Second

type extender interface {
	Extend(ctx context.Context, m job.Message, visibility time.Duration) error
}

// Messages is the handler of a function that an event source mapping gives messages with ids of jobs. Those that handle
// fails are named in the answer, and come again soon; SQS moves one that comes too often to the dead-letter queue.
// A message that is none of ours is logged and taken as handled: it would not become better.
func Messages(queue extender, log *slog.Logger, handle func(ctx context.Context, m job.Message) error) any {
	return func(ctx context.Context, event events.SQSEvent) (events.SQSEventResponse, error) {
		var (
			failed events.SQSEventResponse
			mu     sync.Mutex
			all    sync.WaitGroup
		)
		for _, r := range event.Records {
			m := message(r)
			if !job.IsID(m.Body) {
				log.Error("message that names no job", "message", r.MessageId, "queue", r.EventSourceARN, "body", job.Clip(m.Body, 100))
				continue
			}
			all.Go(func() {
				err := handle(ctx, m)
				if err == nil {
					return
				}
				log.Error("message put off", "job", m.Body, "received", m.Received, "err", err)
				if err := queue.Extend(context.WithoutCancel(ctx), m, pause(m)); err != nil {
					log.Warn("it comes again when its visibility timeout ends", "job", m.Body, "err", err)
				}
				mu.Lock()
				defer mu.Unlock()
				failed.BatchItemFailures = append(failed.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: r.MessageId})
			})
		}
		all.Wait()
		return failed, nil
	}
}

// pause is the time until m is to come again.
func pause(m job.Message) time.Duration {
	d := again
	for n := 1; n < m.Received && d < time.Hour; n++ {
		d *= 6
	}
	return d
}

// message is an SQS record as the service knows messages.
func message(r events.SQSMessage) job.Message {
	received, err := strconv.Atoi(r.Attributes["ApproximateReceiveCount"])
	if err != nil {
		received = 1
	}
	return job.Message{Body: r.Body, Receipt: r.ReceiptHandle, Received: received}
}
