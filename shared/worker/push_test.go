package worker_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/jobtest"
	"github.com/fflambda/fflambda/shared/sqlite"
	"github.com/fflambda/fflambda/shared/worker"
)

// push runs the message of the job as an event source mapping does: it has received it, and will delete it.
func (h *home) push(ctx context.Context, t *testing.T, pool *worker.Pool) error {
	t.Helper()
	m, err := h.queue.Receive(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return pool.Handle(ctx, m)
}

// TestPushed: the worker leaves the message to whoever pushed it, and clears up what a job before it has left.
func TestPushed(t *testing.T) {
	t.Parallel()
	h := newHome(t, 5)
	j := h.add(t)
	pool := h.pool(t, writes, true)
	if err := os.MkdirAll(filepath.Join(h.dir, "cut-off-1"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := h.push(t.Context(), t, pool); err != nil {
		t.Fatal(err)
	}
	h.until(t, j.ID, in(job.Succeeded))
	if n := count(t, h.queue); n != 1 {
		t.Errorf("%d messages, want the one that was pushed", n)
	}
	h.leftovers(t)
}

// TestDeadline: a job that would outlive its worker fails in time, and says so.
func TestDeadline(t *testing.T) {
	t.Parallel()
	h := newHome(t, 5)
	j := h.add(t)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second+300*time.Millisecond)
	defer cancel()
	if err := h.push(ctx, t, h.pool(t, "exec sleep 60", true)); err != nil {
		t.Fatal(err)
	}
	j = h.until(t, j.ID, ended)
	if j.State != job.Failed || j.Failure.Code != job.TimedOut || !strings.Contains(j.Failure.Message, "workers have no more time") {
		t.Errorf("%s, %+v; want timed_out with advice", j.State, j.Failure)
	}
	if ctx.Err() != nil {
		t.Error("the worker's own time was over before the job's end was written")
	}
	h.leftovers(t)
}

// TestPushedAndStopped: an environment that is shut down hands its job back, with a fresh message.
func TestPushedAndStopped(t *testing.T) {
	t.Parallel()
	h := newHome(t, 5)
	j := h.add(t)
	ctx, stop := context.WithCancelCause(t.Context())
	pool := h.pool(t, "exec sleep 60", true)
	handled := make(chan error, 1)
	go func() { handled <- h.push(ctx, t, pool) }()
	h.until(t, j.ID, in(job.Running))
	stop(worker.ErrStopping)
	if err := <-handled; err != nil {
		t.Fatal(err)
	}
	if j = h.until(t, j.ID, in(job.Queued)); j.Tries() != 0 {
		t.Errorf("%d tries were spent, want none", j.Tries())
	}
	if n := count(t, h.queue); n != 2 {
		t.Errorf("%d messages, want the old one and a fresh one", n)
	}
}

// TestAnnounce: a job's end is announced where somebody is to be told, and by rescue where that message got lost.
func TestAnnounce(t *testing.T) {
	t.Parallel()
	h := newHome(t, 5)
	pool := h.pool(t, writes, false)
	h.add(t) // with nobody to tell
	if err := h.push(t.Context(), t, pool); err != nil {
		t.Fatal(err)
	}
	j := jobtest.New("alice", job.FFmpeg)
	j.Inputs, j.WebhookURL = nil, "https://hooks.example/"
	j.Commands = &job.Commands{Lines: []string{"-f lavfi -i sine {{out.mp4}}"}, Outputs: []string{"out.mp4"}}
	if _, _, err := h.table.Jobs().Create(t.Context(), j); err != nil {
		t.Fatal(err)
	}
	if err := pool.Handle(t.Context(), job.Message{Body: j.ID}); err != nil {
		t.Fatal(err)
	}
	h.announced(t, j.ID)

	h.rescue.Now = func() time.Time { return time.Now().Add(time.Hour) } // the message was received, and nobody told
	if err := h.rescue.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.announced(t, j.ID)
	if _, err := h.table.Jobs().Move(t.Context(), j.ID, job.Tell(0, job.Notice{Tries: 1})); err != nil {
		t.Fatal(err)
	}
	if err := h.rescue.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.announced(t)
}

func count(t *testing.T, q *sqlite.Queue) int {
	t.Helper()
	c, err := q.Count(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return c.Waiting + c.InFlight
}

// announced takes what was announced, which must be these.
func (h *home) announced(t *testing.T, want ...string) {
	t.Helper()
	if n := count(t, h.notices); n != len(want) {
		t.Fatalf("%d notices, want %d", n, len(want))
	}
	for _, id := range want {
		m, err := h.notices.Receive(t.Context())
		if err != nil || m.Body != id {
			t.Fatalf("notice of %q, %v; want %q", m.Body, err, id)
		}
		if err := h.notices.Delete(t.Context(), m); err != nil && !errors.Is(err, job.ErrGone) {
			t.Fatal(err)
		}
	}
}
