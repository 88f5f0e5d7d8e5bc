package table_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/jobtest"
	"github.com/fflambda/fflambda/shared/table"
)

func TestLimits(t *testing.T) {
	t.Parallel()
	for _, s := range standIns {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			client := s.client(t)
			jobtest.RunLimits(t, func(t *testing.T, l job.Limits) jobtest.Table {
				return open(t, client, table.Config{}).Jobs().Limited(l, nil)
			})
		})
	}
}

// TestQueuedLimit: the number is the queue's. Where it is not known, there is room.
func TestQueuedLimit(t *testing.T) {
	t.Parallel()
	store := open(t, local(t), table.Config{}).Jobs()
	first := jobtest.New("alice", job.FFmpeg)
	for _, c := range []struct {
		waiting int
		err     error
		id      string
		created bool
		full    *job.Full
	}{
		{2, nil, first.ID, true, nil},
		{3, nil, first.ID, false, nil}, // it comes again
		{3, nil, job.NewID(), false, &job.Full{Limit: 3}},
		{0, errors.New("no answer"), job.NewID(), true, nil},
	} {
		limited := store.Limited(job.Limits{Queued: 3}, func(context.Context) (int, error) { return c.waiting, c.err })
		j := jobtest.New("alice", job.FFmpeg)
		j.ID = c.id
		stored, created, err := limited.Create(t.Context(), j)
		full, _ := errors.AsType[*job.Full](err)
		if created != c.created || cmp.Diff(c.full, full) != "" || full == nil && (err != nil || stored.ID != c.id) {
			t.Errorf("%d waiting, %v: %s %v %v", c.waiting, c.err, stored.ID, created, err)
		}
	}
}

// TestLimitCost: an owner's limit costs no more with any number of jobs beyond it, or of others'.
func TestLimitCost(t *testing.T) {
	t.Parallel()
	client, m := measured(local(t))
	store := open(t, client, table.Config{}).Jobs()
	for range 30 {
		if _, _, err := store.Create(t.Context(), jobtest.New("alice", job.FFmpeg)); err != nil {
			t.Fatal(err)
		}
	}
	m.reset()
	_, _, err := store.Limited(job.Limits{QueuedOwner: 10}, nil).Create(t.Context(), jobtest.New("alice", job.FFmpeg))
	if _, full := errors.AsType[*job.Full](err); !full {
		t.Errorf("create: %v, want a *job.Full", err)
	}
	// Four lists, and the id; a list is at least half a unit.
	if calls, units := m.reset(); calls != 5 || units > 4 {
		t.Errorf("%d calls, %v units; want 5 and at most 4", calls, units)
	}
}
