package table_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/jobtest"
	"github.com/fflambda/fflambda/shared/table"
)

// TestLookup: what one call finds is what two would.
func TestLookup(t *testing.T) {
	t.Parallel()
	for _, s := range standIns {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			table := open(t, s.client(t), table.Config{})
			key, _ := job.NewKey("alice", time.Now())
			revoked, _ := job.NewKey("alice", time.Now())
			for _, k := range []job.Key{key, revoked} {
				if err := table.Keys().Add(t.Context(), k); err != nil {
					t.Fatal(err)
				}
			}
			if err := table.Keys().Revoke(t.Context(), revoked.ID, time.Now()); err != nil {
				t.Fatal(err)
			}
			j := jobtest.New("alice", job.FFmpeg)
			if _, _, err := table.Jobs().Create(t.Context(), j); err != nil {
				t.Fatal(err)
			}
			for _, c := range []struct {
				hash, id string
				key      job.Key
				job      job.Job
				err      error
			}{
				{key.Hash, j.ID, key, j, nil},
				{key.Hash, job.NewID(), key, job.Job{}, nil},
				{revoked.Hash, j.ID, job.Key{}, job.Job{}, job.ErrNoKey},
				{job.HashKey("nobody's"), job.NewID(), job.Key{}, job.Job{}, job.ErrNoKey},
			} {
				gotKey, gotJob, err := table.Lookup(t.Context(), c.hash, c.id)
				if !errors.Is(err, c.err) || cmp.Diff(c.key, gotKey) != "" || cmp.Diff(c.job, gotJob) != "" {
					t.Errorf("got %+v, %+v, %v; want %+v, %+v, %v", gotKey, gotJob, err, c.key, c.job, c.err)
				}
			}
		})
	}
}
