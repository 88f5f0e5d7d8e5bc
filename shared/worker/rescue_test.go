package worker_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/fflambda/fflambda/shared/cloud"
	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/jobtest"
	"github.com/fflambda/fflambda/shared/jobtest/standin"
	"github.com/fflambda/fflambda/shared/sqlite"
	dynamodbtable "github.com/fflambda/fflambda/shared/table"
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

// TestRescueLost: a queued job whose message is gone gets another one, and looks the same to its owner.
func TestRescueLost(t *testing.T) {
	t.Parallel()
	h := newHome(t, 5)
	now := time.Now()
	lost := h.create(t, now, job.Enqueue(now))
	honest := h.create(t, now, job.Enqueue(now))
	if err := h.queue.Send(t.Context(), honest.ID, "alice", 0); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := h.rescue.Round(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if got := h.until(t, lost.ID, in(job.Queued)); !got.UpdatedAt.Equal(lost.UpdatedAt) {
		t.Errorf("its owner sees a change at %s", got.UpdatedAt)
	}
	if n := count(t, h.queue); n != 2 {
		t.Errorf("%d messages, want one for each job", n)
	}
}

// TestRescueClock: a wall clock that is set while the process runs ends no lease and prolongs none.
func TestRescueClock(t *testing.T) {
	t.Parallel()
	for _, jump := range []time.Duration{-time.Hour, time.Hour} {
		h := newHome(t, 5)
		wall := func() time.Time { return time.Now().Add(jump) }
		started := h.table.Clock()
		claim := job.Claim(time.Now(), 0)
		claim.LeaseUntil = started.Add(30 * time.Second)
		j := h.create(t, time.Now(), claim)
		h.rescue.Now = wall
		for _, c := range []struct {
			passed time.Duration
			want   job.State
		}{{29 * time.Second, job.Running}, {31 * time.Second, job.Running}, {42 * time.Second, job.Queued}} {
			h.rescue.Clock, h.rescue.Slack = func() time.Time { return started.Add(c.passed) }, 10*time.Second
			if err := h.rescue.Round(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := h.until(t, j.ID, in(job.Running, job.Queued)); got.State != c.want {
				t.Errorf("the clock jumped by %s, %s after the claim: the job is %s, want %s", jump, c.passed, got.State, c.want)
			}
		}
	}
}

// TestRescueTwice: rounds at the same time do what one does, on both kinds of table.
func TestRescueTwice(t *testing.T) {
	t.Parallel()
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		h := newHome(t, 5)
		rescueTwice(t, h, h.table.Jobs())
	})
	t.Run("DynamoDB", func(t *testing.T) {
		t.Parallel()
		rescueTwice(t, newHome(t, 5), dynamo(t).Jobs())
	})
}

func rescueTwice(t *testing.T, h *home, jobs jobtest.Table) {
	long, now := time.Now().Add(-time.Hour), time.Now()
	lease := time.Minute
	create := func(moves ...job.Move) string {
		j := jobtest.New("alice", job.FFmpeg)
		j.CreatedAt, j.UpdatedAt = job.Milli(long.Add(-time.Minute)), job.Milli(long.Add(-time.Minute))
		if _, _, err := jobs.Create(t.Context(), j); err != nil {
			t.Fatal(err)
		}
		for _, m := range moves {
			if _, err := jobs.Move(t.Context(), j.ID, m); err != nil {
				t.Fatal(err)
			}
		}
		return j.ID
	}
	const each = 5
	want := map[string]job.State{}
	for range each {
		want[create()] = job.Queued
		want[create(job.Claim(long, lease))] = job.Queued
		want[create(job.Enqueue(long))] = job.Queued
		want[create(job.Claim(long, lease), job.TakeBack(long.Add(time.Second), 1, now), job.Claim(long.Add(2*time.Second), lease))] = job.Failed
		want[create(job.Claim(now, lease))] = job.Running
		want[create(job.Cancel(long))] = job.Cancelled
	}
	r := *h.rescue
	r.Jobs = jobs
	r.Lost = func(ctx context.Context, now time.Time, limit int) ([]job.Job, error) {
		return jobs.Overdue(ctx, job.Overdue{State: job.Queued, Before: now.Add(-30 * time.Minute), Limit: limit})
	}
	var rounds sync.WaitGroup
	for range 4 {
		rounds.Go(func() {
			if err := r.Round(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	rounds.Wait()
	for id, state := range want {
		if j, err := jobs.Find(t.Context(), id); err != nil || j.State != state || j.Attempt > 2 {
			t.Errorf("job %s is %s at attempt %d, %v; want %s", id, j.State, j.Attempt, err, state)
		}
	}
	// What was never sent may be sent by each of those that found it: only then does the table know.
	if n := count(t, h.queue); n < 3*each || n > 3*each+3*each {
		t.Errorf("%d messages for %d jobs", n, 3*each)
	}
	before := count(t, h.queue)
	if err := r.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := count(t, h.queue); n != before {
		t.Errorf("one more round sent %d messages", n-before)
	}
}

// dynamo is an empty table in a stand-in for DynamoDB.
func dynamo(t *testing.T) *dynamodbtable.Table {
	t.Helper()
	endpoint, name := standin.DynamoDB(t), "t"+job.NewID()
	client := dynamodb.NewFromConfig(cloud.Prepare(aws.Config{
		Region: "us-east-1", BaseEndpoint: &endpoint, Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	}))
	if err := dynamodbtable.CreateTable(t.Context(), client, name); err != nil {
		t.Fatal(err)
	}
	return dynamodbtable.New(client, dynamodbtable.Config{Name: name})
}
