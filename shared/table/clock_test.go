package table_test

import (
	"errors"
	"testing"
	"time"

	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/jobtest"
	"github.com/fflambda/fflambda/shared/table"
)

// TestClock: machines whose clocks are wrong by minutes tell DynamoDB's time once it has answered them, and so they
// neither take each other's jobs nor leave them for long.
func TestClock(t *testing.T) {
	t.Parallel()
	client := local(t)
	right := open(t, client, table.Config{})
	for _, wrong := range []time.Duration{-10 * time.Minute, 10 * time.Minute} {
		worker := right.Twin(client).Wrong(wrong)
		if d := time.Until(worker.Clock()); (d - wrong).Abs() > time.Second {
			t.Fatalf("before any answer the clock is off by %s, want %s", d, wrong)
		}
		if _, err := worker.Jobs().Find(t.Context(), job.NewID()); !errors.Is(err, job.ErrNotFound) {
			t.Fatal(err)
		}
		if d := time.Until(worker.Clock()); d.Abs() > 3*time.Second {
			t.Errorf("after an answer the clock is off by %s", d)
		}
		j := jobtest.New("alice", job.FFmpeg)
		if _, _, err := right.Jobs().Create(t.Context(), j); err != nil {
			t.Fatal(err)
		}
		if _, err := worker.Jobs().Move(t.Context(), j.ID, job.Claim(worker.Clock(), 30*time.Second)); err != nil {
			t.Fatal(err)
		}
		for late, lost := range map[time.Duration]int{20 * time.Second: 0, 45 * time.Second: 1} {
			found, err := right.Jobs().Overdue(t.Context(), job.Overdue{State: job.Running, Before: right.Clock().Add(late - table.Slack), Limit: 10})
			if err != nil || len(found) != lost {
				t.Errorf("clock off by %s, %s after the claim: %d jobs count as lost, %v; want %d", wrong, late, len(found), err, lost)
			}
		}
		if _, err := right.Jobs().Move(t.Context(), j.ID, job.Cancel(right.Clock())); err != nil {
			t.Fatal(err)
		}
	}
}

// TestClockIsCalm: a clock that is as right as DynamoDB's word on the time is not moved by it.
func TestClockIsCalm(t *testing.T) {
	t.Parallel()
	jobs := open(t, local(t), table.Config{})
	for range 20 {
		before := time.Now()
		if err := jobs.Check(t.Context()); err != nil {
			t.Fatal(err)
		}
		if at := jobs.Clock(); at.Before(before) || at.After(time.Now()) {
			t.Fatalf("the clock was moved by %s", at.Sub(before))
		}
	}
}
