package sqlite

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/jobtest"
)

// TestStamps: within an owner and API, no change has an earlier time than one before it, and each end a later one than all
// before it: by clocks that go back, and after a restart.
func TestStamps(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "fflambda.db")
	db := openAt(t, path)
	noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	var newest time.Time
	life := func(db *DB, clock time.Time) {
		t.Helper()
		j := jobtest.New("alice", job.Transcodes)
		j.CreatedAt, j.UpdatedAt = clock, clock
		changed := func(j job.Job, err error) {
			t.Helper()
			if err != nil || j.UpdatedAt.Before(newest) || j.State.Terminal() && !j.UpdatedAt.After(newest) {
				t.Errorf("%v: %s at %s, after %s", err, j.State, j.UpdatedAt, newest)
			}
			newest = j.UpdatedAt
		}
		created, _, err := db.Jobs().Create(t.Context(), j)
		changed(created, err)
		for _, m := range []job.Move{job.Enqueue(clock), job.Claim(clock, time.Minute), job.Succeed(clock, 1, nil)} {
			changed(db.Jobs().Move(t.Context(), j.ID, m))
		}
	}
	life(db, noon)
	life(db, noon)
	life(db, noon.Add(-time.Hour))
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db = openAt(t, path)
	life(db, noon.Add(-2*time.Hour))
	if late := newest.Sub(noon); late > 20*time.Millisecond {
		t.Errorf("16 changes at noon or before have put it off by %s", late)
	}
	life(db, noon.Add(time.Hour))
	if late := newest.Sub(noon.Add(time.Hour)); late > 5*time.Millisecond {
		t.Errorf("a clock that is right again is %s behind", late)
	}
}

// TestDueByOwnClock: what is to be done after a change does not wait for the time that the change was put off to.
func TestDueByOwnClock(t *testing.T) {
	t.Parallel()
	jobs := openTemp(t).Jobs()
	now := job.Milli(time.Now())
	ahead := jobtest.New("alice", job.Transcodes)
	ahead.CreatedAt = now.Add(1000 * time.Hour)
	ahead.UpdatedAt = ahead.CreatedAt
	waiting, telling := jobtest.New("alice", job.Transcodes), jobtest.New("alice", job.Transcodes)
	telling.WebhookURL = "https://hooks.example/"
	for _, j := range []job.Job{ahead, waiting, telling} {
		if _, _, err := jobs.Create(t.Context(), j); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := jobs.Move(t.Context(), telling.ID, job.Cancel(now)); err != nil {
		t.Fatal(err)
	}
	soon := now.Add(time.Minute)
	for want, o := range map[string]job.Overdue{
		waiting.ID: {State: job.Pending, Before: soon, Limit: 10},
		telling.ID: {Notice: true, Before: soon, Limit: 10},
	} {
		found, err := jobs.Overdue(t.Context(), o)
		if err != nil || len(found) != 1 || found[0].ID != want || found[0].UpdatedAt.Before(ahead.CreatedAt) {
			t.Errorf("overdue are %+v, %v; want %s", found, err, want)
		}
	}
}
