package sqlite

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/jobtest"
)

// TestLost: a queued job counts as lost if and only if no message is for it, whoever holds that message.
func TestLost(t *testing.T) {
	t.Parallel()
	db := openTemp(t)
	q := db.Queue("jobs", QueueConfig{Visibility: time.Minute, MaxReceive: 1})
	queued := func() job.Job {
		j := jobtest.New("alice", job.FFmpeg)
		if _, _, err := db.Jobs().Create(t.Context(), j); err != nil {
			t.Fatal(err)
		}
		j, err := db.Jobs().Move(t.Context(), j.ID, job.Enqueue(time.Now()))
		if err != nil {
			t.Fatal(err)
		}
		return j
	}
	send := func(q *Queue, id string, delay time.Duration) {
		if err := q.Send(t.Context(), id, "alice", delay); err != nil {
			t.Fatal(err)
		}
	}
	first := queued()
	send(q, first.ID, 0)
	if m, err := q.Receive(t.Context()); err != nil || m.Body != first.ID { // somebody has it
		t.Fatal(m.Body, err)
	}
	send(q, queued().ID, 0)
	send(q, queued().ID, time.Hour)
	gone, elsewhere := queued(), queued()
	send(db.Queue("notices", QueueConfig{}), elsewhere.ID, 0)
	running := queued()
	if _, err := db.Jobs().Move(t.Context(), running.ID, job.Claim(time.Now(), time.Minute)); err != nil {
		t.Fatal(err)
	}
	for limit, want := range map[int][]string{10: {gone.ID, elsewhere.ID}, 1: {gone.ID}, 0: nil} {
		found, err := db.Jobs().Lost(t.Context(), q, limit)
		ids := map[string]bool{}
		for _, j := range found {
			ids[j.ID] = true
		}
		if err != nil || len(found) != len(want) || limit == 10 && (!ids[gone.ID] || !ids[elsewhere.ID]) {
			t.Errorf("limit %d: %v, %v; want %v", limit, ids, err, want)
		}
	}
}

// TestUntold: what is due to be told and in no message is found, however the message got lost.
func TestUntold(t *testing.T) {
	t.Parallel()
	db := openTemp(t)
	q := db.Queue("notices", QueueConfig{Visibility: time.Minute})
	now := time.Now()
	ended := func(hook string, at time.Time) string {
		j := jobtest.New("alice", job.FFmpeg)
		j.WebhookURL = hook
		j.CreatedAt, j.UpdatedAt = job.Milli(at.Add(-time.Second)), job.Milli(at.Add(-time.Second))
		if _, _, err := db.Jobs().Create(t.Context(), j); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Jobs().Move(t.Context(), j.ID, job.Cancel(at)); err != nil {
			t.Fatal(err)
		}
		return j.ID
	}
	send := func(id string, delay time.Duration) {
		if err := q.Send(t.Context(), id, "alice", delay); err != nil {
			t.Fatal(err)
		}
	}
	const hook = "https://hooks.example/"
	ended("", now.Add(-time.Hour)) // nobody is to be told
	send(ended(hook, now.Add(-time.Hour)), time.Hour)
	held := ended(hook, now.Add(-time.Hour))
	send(held, 0)
	if m, err := q.Receive(t.Context()); err != nil || m.Body != held {
		t.Fatal(m.Body, err)
	}
	gone := ended(hook, now.Add(-time.Hour))
	newer := ended(hook, now.Add(-time.Minute))
	elsewhere := ended(hook, now.Add(-time.Second))
	if err := db.Queue("jobs", QueueConfig{}).Send(t.Context(), elsewhere, "alice", 0); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		before time.Time
		limit  int
		want   []string
	}{{now, 10, []string{gone, newer, elsewhere}}, {now.Add(-30 * time.Second), 10, []string{gone, newer}}, {now, 1, []string{gone}}} {
		found, err := db.Jobs().Untold(t.Context(), q, c.before, c.limit)
		var ids []string
		for _, j := range found {
			ids = append(ids, j.ID)
		}
		if d := cmp.Diff(c.want, ids); d != "" || err != nil {
			t.Errorf("before %s, at most %d: %v (-want +got):\n%s", now.Sub(c.before), c.limit, err, d)
		}
	}
}

// TestExpire: finished jobs go when their time is over, in any number, but not before somebody was told.
func TestExpire(t *testing.T) {
	t.Parallel()
	db := openTemp(t)
	jobs := db.Jobs()
	long := time.Now().Add(-time.Hour)
	finished := func(j job.Job, at time.Time) job.Job {
		j.CreatedAt, j.UpdatedAt = job.Milli(at), job.Milli(at)
		if _, _, err := jobs.Create(t.Context(), j); err != nil {
			t.Fatal(err)
		}
		j, err := jobs.Move(t.Context(), j.ID, job.Cancel(at))
		if err != nil {
			t.Fatal(err)
		}
		return j
	}
	old := finished(jobtest.New("alice", job.FFmpeg), long)
	tells := jobtest.New("alice", job.FFmpeg)
	tells.WebhookURL = "https://hooks.example/"
	untold := finished(tells, long)
	tells.ID = job.NewID()
	told := finished(tells, long)
	if _, err := jobs.Move(t.Context(), told.ID, job.Tell(0, job.Notice{Tries: 1})); err != nil {
		t.Fatal(err)
	}
	fresh := finished(jobtest.New("bob", job.FFmpeg), time.Now())
	waits := jobtest.New("carol", job.FFmpeg)
	waits.CreatedAt, waits.UpdatedAt = job.Milli(long), job.Milli(long)
	if _, _, err := jobs.Create(t.Context(), waits); err != nil {
		t.Fatal(err)
	}
	if n, err := jobs.Expire(t.Context(), time.Now().Add(-time.Minute)); err != nil || n != 2 {
		t.Errorf("%d jobs are deleted, %v; want 2", n, err)
	}
	for j, there := range map[string]bool{old.ID: false, told.ID: false, untold.ID: true, fresh.ID: true, waits.ID: true} {
		if _, err := jobs.Find(t.Context(), j); (err == nil) != there {
			t.Errorf("job %s: %v, want it there: %t", j, err, there)
		}
	}
	page, err := jobs.List(t.Context(), job.Query{Owner: "alice", API: job.FFmpeg, Limit: 10})
	if err != nil || page.Total != 1 {
		t.Errorf("alice's list says %d jobs, %v; want 1", page.Total, err)
	}
}

// BenchmarkRescue is what a round of rescue asks of the table, beside 100,000 finished jobs and 1,000 that wait.
//
//	go test ./shared/sqlite -run '^$' -bench Rescue -benchtime 200x
func BenchmarkRescue(b *testing.B) {
	for _, finished := range []int{0, 100_000} {
		b.Run(fmt.Sprint(finished), func(b *testing.B) {
			db := openTemp(b)
			q := db.Queue("jobs", QueueConfig{Visibility: time.Minute})
			fill(b, db, finished)
			for range 1000 {
				j := jobtest.New("alice", job.FFmpeg)
				if _, _, err := db.Jobs().Create(b.Context(), j); err != nil {
					b.Fatal(err)
				}
				if err := job.Dispatch(b.Context(), db.Jobs(), q, j, time.Now()); err != nil {
					b.Fatal(err)
				}
			}
			for b.Loop() {
				for _, o := range []job.Overdue{{State: job.Pending}, {State: job.Running}, {Notice: true}} {
					o.Before, o.Limit = time.Now(), 100
					if found, err := db.Jobs().Overdue(b.Context(), o); err != nil || len(found) > 0 {
						b.Fatal(len(found), err)
					}
				}
				if found, err := db.Jobs().Lost(b.Context(), q, 100); err != nil || len(found) > 0 {
					b.Fatal(len(found), err)
				}
			}
		})
	}
}
