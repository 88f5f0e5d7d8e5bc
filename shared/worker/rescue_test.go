package worker_test

import (
	"testing"
	"time"

	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/jobtest"
	"github.com/fflambda/fflambda/shared/sqlite"
)

// create stores a job in the given state without a message.
func (h *home) create(t *testing.T, at time.Time, moves ...job.Move) job.Job {
	t.Helper()
	j := jobtest.New("alice", job.FFmpeg)
	j.CreatedAt, j.UpdatedAt = job.Milli(at), job.Milli(at)
	if _, _, err := h.table.Jobs().Create(t.Context(), j); err != nil {
		t.Fatal(err)
	}
	for _, m := range moves {
		var err error
		if j, err = h.table.Jobs().Move(t.Context(), j.ID, m); err != nil {
			t.Fatal(err)
		}
	}
	return j
}

// TestRescueRound: every job that nobody sees to any more is sent again or failed, and no other one is touched.
func TestRescueRound(t *testing.T) {
	t.Parallel()
	h := newHome(t, 1)
	now := time.Now()
	long, lease := now.Add(-time.Hour), time.Minute
	unsent := h.create(t, long)
	fresh := h.create(t, now)
	lost := h.create(t, long, job.Claim(long, lease))
	hopeless := h.create(t, long, job.Claim(long, lease), job.TakeBack(long, 1, now), job.Claim(long, lease))
	running := h.create(t, long, job.Claim(now, lease))
	done := h.create(t, long, job.Claim(long, lease), job.Succeed(long, 1, nil))
	undecided := h.deadLetter(t)

	for range 2 { // a second round finds nothing more to do
		if err := h.rescue.Round(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]struct {
		id    string
		state job.State
		code  job.Code
	}{
		"never sent":      {unsent.ID, job.Queued, ""},
		"just created":    {fresh.ID, job.Pending, ""},
		"worker lost":     {lost.ID, job.Queued, ""},
		"lost too often":  {hopeless.ID, job.Failed, job.WorkerLost},
		"still running":   {running.ID, job.Running, ""},
		"long done":       {done.ID, job.Succeeded, ""},
		"a dead letter's": {undecided.ID, job.Failed, job.Internal},
	} {
		j, err := h.table.Jobs().Find(t.Context(), want.id)
		if err != nil || j.State != want.state || (j.Failure != nil) != (want.code != "") || j.Failure != nil && j.Failure.Code != want.code {
			t.Errorf("%s: %s %+v, %v; want %s %s", name, j.State, j.Failure, err, want.state, want.code)
		}
	}
	if c, err := h.queue.Count(t.Context()); err != nil || c != (sqlite.Counts{Waiting: 2}) {
		t.Errorf("messages: %+v, %v; want one each for the two that were sent again", c, err)
	}
}

// deadLetter is a queued job whose message was received too often without a decision.
func (h *home) deadLetter(t *testing.T) job.Job {
	t.Helper()
	j := h.create(t, time.Now(), job.Enqueue(time.Now()))
	if err := h.queue.Send(t.Context(), j.ID, "", 0); err != nil {
		t.Fatal(err)
	}
	m, err := h.queue.Receive(t.Context())
	if err == nil {
		err = h.queue.Extend(t.Context(), m, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	// The next receiver finds it dead, and waits in vain.
	other := h.create(t, time.Now(), job.Cancel(time.Now()))
	if err := h.queue.Send(t.Context(), other.ID, "", 0); err != nil {
		t.Fatal(err)
	}
	if m, err = h.queue.Receive(t.Context()); err != nil || m.Body != other.ID {
		t.Fatalf("received %+v, %v", m, err)
	}
	if err := h.queue.Delete(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	return j
}

// TestRescueRestart: at the start of the only server nothing runs, whatever the leases say, and nobody will send what is pending.
func TestRescueRestart(t *testing.T) {
	t.Parallel()
	h := newHome(t, 5)
	now := time.Now()
	var ids []string
	for range 150 { // more than one batch
		ids = append(ids, h.create(t, now.Add(time.Hour)).ID) // of a clock that was ahead
	}
	ids = append(ids, h.create(t, now, job.Claim(now, time.Hour)).ID)
	if err := h.rescue.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		if j, err := h.table.Jobs().Find(t.Context(), id); err != nil || j.State != job.Queued {
			t.Errorf("%s is %s, %v", id, j.State, err)
		}
	}
	if c, err := h.queue.Count(t.Context()); err != nil || c.Waiting != len(ids) {
		t.Errorf("messages: %+v, %v; want %d", c, err, len(ids))
	}
}
