package worker_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/sqlite"
	"github.com/fflambda/fflambda/shared/worker"
)

// The pools of these tests pause for no time at all: their Chance is -0.5.

func TestPause(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		tries  int
		chance float64
		want   time.Duration
	}{
		{1, 0.5, 5 * time.Second}, {2, 0.5, 20 * time.Second}, {3, 0.5, time.Minute}, {99, 0.5, time.Minute},
		{1, 0, 2500 * time.Millisecond}, {3, 0, 30 * time.Second}, {3, 0.999, 90*time.Second - 60*time.Millisecond},
	} {
		if got := worker.Pause(c.tries, c.chance); got != c.want || got > job.MaxWait {
			t.Errorf("after %d tries with %v: %s, want %s", c.tries, c.chance, got, c.want)
		}
	}
}

// TestRetry: a failure that can go away by itself costs a try, not the job, and the job is told of its end once.
func TestRetry(t *testing.T) {
	t.Parallel()
	h := newHome(t, 5)
	h.tries = 3
	h.bucket.err = errors.New("the bucket is busy")
	j := h.add(t)
	pool := h.pool(t, writes, false)
	for try := 1; try <= 3; try++ {
		if try == 3 {
			h.bucket.err = nil
		}
		if err := h.push(t.Context(), t, pool); err != nil {
			t.Fatal(err)
		}
		got, err := h.table.Jobs().Find(t.Context(), j.ID)
		if err != nil {
			t.Fatal(err)
		}
		want := job.Queued
		if try == 3 {
			want = job.Succeeded
		}
		if got.State != want || got.Attempt != try || got.Failure != nil || got.Setback == nil || got.Setback.Code != job.Internal {
			t.Errorf("try %d: %s at attempt %d, failure %v, setback %v; want %s", try, got.State, got.Attempt, got.Failure, got.Setback, want)
		}
	}
	h.empty(t)
	if keys := h.bucket.keys(); len(keys) != 1 {
		t.Errorf("the bucket holds %q, want the last attempt's file", keys)
	}
}

// TestRetriesEnd: the last try fails with what it failed by.
func TestRetriesEnd(t *testing.T) {
	t.Parallel()
	h := newHome(t, 5)
	h.tries = 2
	h.bucket.err = errors.New("the bucket is busy")
	j := h.add(t)
	h.run(t, writes)
	if done := h.until(t, j.ID, ended); done.State != job.Failed || done.Failure.Code != job.Internal || done.Attempt != 2 {
		t.Errorf("%s at attempt %d, %v; want failed at 2", done.State, done.Attempt, done.Failure)
	}
	h.empty(t)
}

// TestNoRetry: what would fail again is not tried again.
func TestNoRetry(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]string{"ffmpeg's own error": "exit 1", "a missing output": "true"} {
		h := newHome(t, 5)
		h.tries = 3
		j := h.add(t)
		if err := h.push(t.Context(), t, h.pool(t, script, false)); err != nil {
			t.Fatal(err)
		}
		if done := h.until(t, j.ID, ended); done.State != job.Failed || done.Attempt != 1 {
			t.Errorf("%s: %s at attempt %d", name, done.State, done.Attempt)
		}
	}
}

// TestEarly: a message that comes before its job may run is replaced by one that comes later, and does not count as a
// delivery without a decision.
func TestEarly(t *testing.T) {
	t.Parallel()
	h := newHome(t, 1)
	now := time.Now()
	j := h.create(t, now, job.Claim(now, time.Minute),
		job.Retry(now, 1, job.Failure{Code: job.InputUnreachable}, now.Add(time.Minute)), job.Enqueue(now))
	if err := h.queue.Send(t.Context(), j.ID, "alice", 0); err != nil {
		t.Fatal(err)
	}
	if err := h.push(t.Context(), t, h.pool(t, writes, false)); err != nil {
		t.Fatal(err)
	}
	if got := h.until(t, j.ID, in(job.Queued)); got.Attempt != 1 {
		t.Errorf("it was claimed: attempt %d", got.Attempt)
	}
	if c, err := h.queue.Count(t.Context()); err != nil || c != (sqlite.Counts{Waiting: 1}) {
		t.Errorf("messages: %+v, %v; want one that waits", c, err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer stop()
	if m, err := h.queue.Receive(ctx); err == nil {
		t.Errorf("a message of %s is there already", m.Body)
	}
}

// TestFrozen: a worker that was stopped for longer than its lease puts nothing into the bucket when it goes on.
func TestFrozen(t *testing.T) {
	t.Parallel()
	h := newHome(t, 5)
	h.bucket.beforePut = func() { t.Error("a file was put after the job was lost") }
	j := h.add(t)
	gate := filepath.Join(t.TempDir(), "gate")
	pool := h.pool(t, `until [ -e `+gate+` ]; do sleep 0.01; done; `+writes, false)
	pool.Slept()
	handled := make(chan error, 1)
	go func() { handled <- h.push(t.Context(), t, pool) }()
	h.until(t, j.ID, in(job.Running))
	now := time.Now()
	var other job.Job
	for _, m := range []job.Move{job.TakeBack(now, 1, now.Add(time.Hour)), job.Claim(now, time.Hour)} {
		var err error
		if other, err = h.table.Jobs().Move(t.Context(), j.ID, m); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(gate, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := <-handled; err != nil {
		t.Fatal(err)
	}
	if got := h.until(t, j.ID, in(job.Running)); got.Attempt != other.Attempt || !got.LeaseUntil.Equal(other.LeaseUntil) {
		t.Errorf("the job was touched: attempt %d, lease until %s", got.Attempt, got.LeaseUntil)
	}
	h.leftovers(t)
}
