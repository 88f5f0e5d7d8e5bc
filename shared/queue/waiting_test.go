package queue_test

import (
	"testing"
	"time"

	"github.com/fflambda/fflambda/shared/jobtest"
)

// TestWaiting: what waits is known 5 seconds later at the most, and SQS is not asked for it in between.
func TestWaiting(t *testing.T) {
	t.Parallel()
	q := open(t, jobtest.QueueOptions{Visibility: time.Minute, MaxReceive: 3})
	now := time.Now()
	q.Clock(func() time.Time { return now })
	for i, want := range []int{0, 0, 2, 2, 4} {
		if i%2 == 1 {
			for range 2 {
				if err := q.Send(t.Context(), "x", "alice", 0); err != nil {
					t.Fatal(err)
				}
			}
		}
		if n, err := q.Waiting(t.Context()); err != nil || n != want {
			t.Errorf("look %d: %d wait, %v; want %d", i, n, err, want)
		}
		if i%2 == 1 {
			now = now.Add(5 * time.Second)
		}
	}
}
