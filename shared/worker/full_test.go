package worker_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/worker"
)

// noRoom is a table whose owners all run as many jobs as they may.
type noRoom struct{}

func (noRoom) Find(context.Context, string) (job.Job, error) { return job.Job{}, job.ErrNotFound }
func (noRoom) Move(context.Context, string, job.Move) (job.Job, error) {
	return job.Job{}, fmt.Errorf("claim: %w", &job.Full{Owner: "alice", Limit: 1})
}

// written is a queue that writes down what is done with it.
type written struct{ did []string }

func (w *written) Send(_ context.Context, body, group string, delay time.Duration) error {
	w.did = append(w.did, fmt.Sprintf("send %s of %s in %s", body, group, delay))
	return nil
}
func (w *written) Delete(_ context.Context, m job.Message) error {
	w.did = append(w.did, "delete "+m.Receipt)
	return nil
}
func (w *written) Receive(context.Context) (job.Message, error)             { return job.Message{}, nil }
func (w *written) Extend(context.Context, job.Message, time.Duration) error { return nil }

// TestNoRoom: the message of a job that may not run yet is replaced by one that comes later, by a new one that was never
// received: however long the job waits, it is no dead letter.
func TestNoRoom(t *testing.T) {
	t.Parallel()
	for pushed, want := range map[bool][]string{
		false: {"send id of alice in 30s", "delete receipt"},
		true:  {"send id of alice in 30s"}, // whoever pushed it deletes it
	} {
		queue := &written{}
		pool, err := worker.New(worker.Config{
			Jobs: noRoom{}, Queue: queue, Pushed: pushed, Dir: t.TempDir(), Now: time.Now,
			Chance: func() float64 { return 0.5 }, Log: slog.New(slog.DiscardHandler),
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := pool.Handle(t.Context(), job.Message{Body: "id", Receipt: "receipt", Received: 2}); err != nil {
			t.Errorf("pushed %v: %v", pushed, err)
		}
		if d := cmp.Diff(want, queue.did); d != "" {
			t.Errorf("pushed %v (-want +got):\n%s", pushed, d)
		}
	}
}
