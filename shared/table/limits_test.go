package table_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/jobtest"
	"github.com/fflambda/fflambda/shared/table"
)

// TestLargeJobs: what fits an item once it is compressed is kept, and what does not is refused and changes nothing.
func TestLargeJobs(t *testing.T) {
	t.Parallel()
	jobs := open(t, local(t), table.Config{}).Jobs()
	j := jobtest.New("alice", job.FFmpeg)
	j.Commands.Lines = []string{strings.Repeat("-i {{in}} -t 5 ", 350<<10/15)}
	create(t, jobs, j)
	at := j.CreatedAt.Add(time.Second)
	move(t, jobs, j.ID, job.Claim(at, time.Minute))
	if _, err := jobs.Move(t.Context(), j.ID, job.Succeed(at, 1, outputs(j.ID, 10_000, noise))); !errors.Is(err, job.ErrTooLarge) {
		t.Errorf("10,000 outputs with random names: %v, want job.ErrTooLarge", err)
	}
	if got := find(t, jobs, j.ID); got.State != job.Running || got.Attempt != 1 {
		t.Errorf("after a refused move the job is %s at attempt %d", got.State, got.Attempt)
	}
	many := outputs(j.ID, 10_000, func() string { return strings.Repeat("a-long-name-", 16) })
	got := move(t, jobs, j.ID, job.Succeed(at, 1, many))
	if d := cmp.Diff(many, got.Outputs); d != "" {
		t.Errorf("outputs (-want +got):\n%s", d)
	}
	if d := cmp.Diff(got, find(t, jobs, j.ID)); d != "" {
		t.Errorf("stored (-want +got):\n%s", d)
	}
	wide := jobtest.New("alice", job.FFmpeg)
	for len(wide.Commands.Lines) < 8000 {
		wide.Commands.Lines = append(wide.Commands.Lines, noise())
	}
	if _, _, err := jobs.Create(t.Context(), wide); !errors.Is(err, job.ErrTooLarge) {
		t.Errorf("Create of 800 KB of noise: %v, want job.ErrTooLarge", err)
	}
	if _, err := jobs.Find(t.Context(), wide.ID); !errors.Is(err, job.ErrNotFound) {
		t.Errorf("Find of the refused job: %v, want job.ErrNotFound", err)
	}
}

// noise is 100 letters that cannot be compressed well.
func noise() string {
	b := make([]byte, 100)
	for i := range b {
		b[i] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"[rand.IntN(64)]
	}
	return string(b)
}

func outputs(id string, n int, name func() string) []job.Output {
	all := make([]job.Output, n)
	for i := range all {
		file := fmt.Sprintf("%s%05d.jpg", name(), i)
		all[i] = job.Output{Name: file, Key: job.OutputKey(id, 1, file), ContentType: "image/jpeg", Bytes: int64(i)}
	}
	return all
}

// TestRetention: what is past its time is gone, deleted or not, and counted no more.
func TestRetention(t *testing.T) {
	t.Parallel()
	jobs := open(t, local(t), table.Config{Retention: 24 * time.Hour}).Jobs()
	today := time.Now().UTC().Truncate(24 * time.Hour)
	made := map[string]job.Job{}
	for what, finished := range map[string]time.Time{
		"old":    today.Add(-24*time.Hour - time.Millisecond), // the day before yesterday, which ended 24 hours before today began
		"young":  today.Add(-24 * time.Hour),
		"recent": today.Add(-time.Hour),
	} {
		j := jobtest.New("alice", job.Transcodes)
		j.CreatedAt = finished.Add(-time.Hour)
		j.UpdatedAt = j.CreatedAt
		create(t, jobs, j)
		made[what] = move(t, jobs, j.ID, job.Cancel(finished))
	}
	active := jobtest.New("alice", job.Transcodes)
	active.CreatedAt = today.Add(-1000 * time.Hour)
	active.UpdatedAt = active.CreatedAt
	made["active"] = create(t, jobs, active)
	for what, j := range made {
		if _, err := jobs.Find(t.Context(), j.ID); errors.Is(err, job.ErrNotFound) != (what == "old") {
			t.Errorf("Find of the %s job: %v", what, err)
		}
	}
	for _, order := range []job.Order{job.NewestFirst, job.UpdatedAsc, job.UpdatedDesc} {
		for _, since := range []time.Time{{}, today.Add(-2000 * time.Hour)} {
			page, err := jobs.List(t.Context(), job.Query{Owner: "alice", API: job.Transcodes, Order: order, Since: since, Limit: 10})
			if err != nil || len(page.Jobs) != 3 || page.Total != 3 {
				t.Errorf("order %d, since %s: %d jobs of %d, %v; want 3 of 3", order, since, len(page.Jobs), page.Total, err)
			}
		}
	}
	if _, err := jobs.Move(t.Context(), made["old"].ID, job.Cancel(time.Now())); !errors.Is(err, job.ErrNotFound) {
		t.Errorf("Move of the old job: %v, want job.ErrNotFound", err)
	}
	again := jobtest.New("alice", job.Transcodes)
	again.ID = made["old"].ID
	create(t, jobs, again)
}

// TestSlowClock: a move by a clock that is behind the job's last change comes after that change.
func TestSlowClock(t *testing.T) {
	t.Parallel()
	jobs := open(t, local(t), table.Config{}).Jobs()
	j := create(t, jobs, jobtest.New("alice", job.Transcodes))
	for _, m := range []func(time.Time) job.Move{
		job.Enqueue, func(at time.Time) job.Move { return job.Claim(at, time.Minute) }, job.Cancel,
	} {
		last := j.UpdatedAt
		j = move(t, jobs, j.ID, m(last.Add(-time.Hour)))
		if want := last.Add(time.Millisecond); j.UpdatedAt != want {
			t.Errorf("%s at %s, want %s", j.State, j.UpdatedAt, want)
		}
	}
	if j.StartedAt != j.UpdatedAt.Add(-time.Millisecond) || j.FinishedAt != j.UpdatedAt {
		t.Errorf("started %s, finished %s, updated %s", j.StartedAt, j.FinishedAt, j.UpdatedAt)
	}
}

// TestOddQueries: bounds that no clock shows select nothing or all, and are no error.
func TestOddQueries(t *testing.T) {
	t.Parallel()
	jobs := open(t, local(t), table.Config{}).Ahead(time.Hour).Jobs()
	create(t, jobs, jobtest.New("alice", job.Transcodes))
	first, last := time.Date(0, 1, 1, 0, 0, 0, 0, time.FixedZone("", 24*3600-60)), time.Date(9999, 12, 31, 23, 59, 59, 0, time.FixedZone("", -24*3600+60))
	for _, test := range []struct {
		q    job.Query
		want int
	}{
		{job.Query{Since: first, Until: last}, 1},
		{job.Query{Since: last}, 0},
		{job.Query{Until: first}, 0},
		{job.Query{Offset: table.Depth + 1}, 0},
		{job.Query{Offset: -1}, 1},
	} {
		for _, order := range []job.Order{job.NewestFirst, job.UpdatedAsc} {
			test.q.Order = order
			if page := pageOf(t, jobs, test.q); len(page.Jobs) != test.want {
				t.Errorf("%+v: %d jobs, want %d", test.q, len(page.Jobs), test.want)
			}
		}
	}
}

func create(t *testing.T, jobs *table.Jobs, j job.Job) job.Job {
	t.Helper()
	stored, created, err := jobs.Create(t.Context(), j)
	if err != nil || !created {
		t.Fatalf("Create: %v, %v", created, err)
	}
	return stored
}

func move(t *testing.T, jobs *table.Jobs, id string, m job.Move) job.Job {
	t.Helper()
	j, err := jobs.Move(t.Context(), id, m)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func find(t *testing.T, jobs *table.Jobs, id string) job.Job {
	t.Helper()
	j, err := jobs.Find(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func wantTotal(t *testing.T, jobs *table.Jobs, api job.API, want int) {
	t.Helper()
	page, err := jobs.List(t.Context(), job.Query{Owner: "alice", API: api})
	if err != nil || page.Total != want {
		t.Errorf("total %d, %v; want %d", page.Total, err, want)
	}
}
