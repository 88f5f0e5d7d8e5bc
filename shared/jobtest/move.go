package jobtest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/fflambda/fflambda/shared/job"
)

const (
	claimants = 16
	lease     = time.Minute
)

func testClaimRace(t *testing.T, table Table) {
	ctx := within(t)
	j := create(t, table, New("alice", job.FFmpeg))
	at := j.CreatedAt.Add(time.Second)
	errs := each(claimants, func(int) error {
		_, err := table.Move(ctx, j.ID, job.Claim(at, lease))
		return err
	})
	wantOneWinner(t, table, j.ID, errs)
	if got, err := table.Find(ctx, j.ID); err != nil || got.Attempt != 1 || got.State != job.Running {
		t.Errorf("after the race: %s at attempt %d, %v; want running at attempt 1", got.State, got.Attempt, err)
	}
}

// testFinishRace lets every way to end a running job race: the worker's, the owner's and rescue's.
func testFinishRace(t *testing.T, table Table) {
	ctx := within(t)
	j := create(t, table, New("alice", job.FFmpeg))
	at := j.CreatedAt.Add(time.Second)
	move(t, table, j.ID, job.Claim(at, lease))
	ends := []job.Move{
		job.Succeed(at, 1, nil), job.Fail(at, 1, job.Failure{Code: job.Internal}), job.Cancel(at),
		job.GiveUp(at, 1, at.Add(time.Hour), job.Failure{Code: job.WorkerLost}),
	}
	errs := each(claimants, func(i int) error {
		_, err := table.Move(ctx, j.ID, ends[i%len(ends)])
		return err
	})
	wantOneWinner(t, table, j.ID, errs)
}

func wantOneWinner(t *testing.T, table Table, id string, errs []error) {
	t.Helper()
	stands, err := table.Find(within(t), id)
	if err != nil {
		t.Fatal(err)
	}
	winners := 0
	for _, err := range errs {
		if err == nil {
			winners++
			continue
		}
		wantConflict(t, err, stands)
	}
	if winners != 1 {
		t.Errorf("%d of %d won, want 1", winners, len(errs))
	}
}

// testMoves tries every move from every state. Which are legal is written out here once more.
func testMoves(t *testing.T, table Table) {
	f := job.Failure{Code: job.Internal, Message: "no"}
	late := 2 * lease // after the lease of running jobs
	for _, test := range []struct {
		move  func(at time.Time) job.Move
		legal []job.State
	}{
		{job.Enqueue, []job.State{job.Pending}},
		{func(at time.Time) job.Move { return job.Resend(at, at) }, []job.State{job.Queued}},
		{func(at time.Time) job.Move { return job.Retry(at, 0, f, at.Add(time.Minute)) }, []job.State{job.Running}},
		{func(at time.Time) job.Move { return job.Claim(at, lease) }, []job.State{job.Pending, job.Queued}},
		{func(at time.Time) job.Move { return job.Renew(at, 0, lease) }, []job.State{job.Running}},
		{func(at time.Time) job.Move { return job.Succeed(at, 0, []job.Output{{Name: "a", Key: "b"}}) }, []job.State{job.Running}},
		{func(at time.Time) job.Move { return job.Fail(at, 0, f) }, []job.State{job.Running}},
		{func(at time.Time) job.Move { return job.Refuse(at, f) }, []job.State{job.Pending, job.Queued}},
		{func(at time.Time) job.Move { return job.Release(at, 0) }, []job.State{job.Running}},
		{func(at time.Time) job.Move { return job.TakeBack(at.Add(late), 0, at.Add(late)) }, []job.State{job.Running}},
		{func(at time.Time) job.Move { return job.GiveUp(at.Add(late), 0, at.Add(late), f) }, []job.State{job.Running}},
		{job.Cancel, []job.State{job.Pending, job.Queued, job.Running}},
	} {
		for _, from := range job.States() {
			j := inState(t, table, from)
			m := test.move(j.UpdatedAt.Add(time.Second))
			t.Run(fmt.Sprintf("%s/%s", m.Name, from), func(t *testing.T) {
				testMove(t, table, j, m, slices.Contains(test.legal, from))
			})
		}
	}
}

func testMove(t *testing.T, table Table, j job.Job, m job.Move, legal bool) {
	got, err := table.Move(within(t), j.ID, m)
	if !legal {
		wantConflict(t, err, j)
		wantStored(t, table, j)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	m.At = putOff(m.At, got)
	want, err := m.Apply(j)
	if err != nil {
		t.Fatal(err)
	}
	if d := diff(want, got); d != "" {
		t.Errorf("Move answered another job (-want +got):\n%s", d)
	}
	wantStored(t, table, want)
}

// inState makes a job and moves it to s.
func inState(t *testing.T, table Table, s job.State) job.Job {
	t.Helper()
	j := create(t, table, New("alice", job.Transcodes))
	at := j.CreatedAt.Add(time.Second)
	ways := map[job.State][]job.Move{
		job.Queued:    {job.Enqueue(at)},
		job.Running:   {job.Enqueue(at), job.Claim(at, lease)},
		job.Succeeded: {job.Claim(at, lease), job.Succeed(at, 1, nil)},
		job.Failed:    {job.Claim(at, lease), job.Fail(at, 1, job.Failure{Code: job.FFmpegFailed})},
		job.Cancelled: {job.Cancel(at)},
	}
	for _, m := range ways[s] {
		j = move(t, table, j.ID, m)
	}
	if j.State != s {
		t.Fatalf("the job is %s, want %s", j.State, s)
	}
	return j
}

// testLease: rescue takes a job only when its lease has ended before the given time, to the millisecond.
func testLease(t *testing.T, table Table) {
	ctx := within(t)
	j := inState(t, table, job.Running)
	_, err := table.Move(ctx, j.ID, job.TakeBack(j.LeaseUntil, 1, j.LeaseUntil))
	wantConflict(t, err, j)
	_, err = table.Move(ctx, j.ID, job.GiveUp(j.LeaseUntil, 1, j.LeaseUntil, job.Failure{Code: job.WorkerLost}))
	wantConflict(t, err, j)
	after := j.LeaseUntil.Add(time.Millisecond)
	back := move(t, table, j.ID, job.TakeBack(after, 1, after))
	if back.State != job.Pending || back.Tries() != 1 || !back.LeaseUntil.IsZero() {
		t.Errorf("taken back: %s, %d tries, lease until %s; want pending, 1, none", back.State, back.Tries(), back.LeaseUntil)
	}
}

// testOldAttempt: a worker that has lost its job can do nothing to it any more.
func testOldAttempt(t *testing.T, table Table) {
	j := inState(t, table, job.Running)
	at := j.LeaseUntil.Add(time.Second)
	move(t, table, j.ID, job.TakeBack(at, 1, at))
	second := move(t, table, j.ID, job.Claim(at, lease).Held("seccomp on"))
	if second.Attempt != 2 || second.Sandbox != "seccomp on" {
		t.Fatalf("the second claim is attempt %d, held by %q", second.Attempt, second.Sandbox)
	}
	for _, m := range []job.Move{
		job.Renew(at, 1, lease), job.Succeed(at, 1, []job.Output{{Name: "old"}}), job.Fail(at, 1, job.Failure{Code: job.Internal}),
		job.Release(at, 1), job.TakeBack(at, 1, at.Add(time.Hour)),
	} {
		_, err := table.Move(within(t), j.ID, m)
		wantConflict(t, err, second)
	}
	wantStored(t, table, second)
}

func testRelease(t *testing.T, table Table) {
	j := inState(t, table, job.Running)
	at := j.UpdatedAt
	for n := 1; n <= 3; n++ {
		at = at.Add(time.Second)
		j = move(t, table, j.ID, job.Release(at, n))
		if j.State != job.Pending || j.Tries() != 0 {
			t.Fatalf("released: %s with %d tries, want pending with 0", j.State, j.Tries())
		}
		j = move(t, table, j.ID, job.Claim(at, lease))
		if j.Attempt != n+1 || j.Tries() != 1 {
			t.Fatalf("claimed again: attempt %d, %d tries; want %d, 1", j.Attempt, j.Tries(), n+1)
		}
	}
	wantStored(t, table, j)
}

// testRetry: a failure that can go away by itself is followed by another try, not before its time.
func testRetry(t *testing.T, table Table) {
	j := inState(t, table, job.Running)
	at := j.UpdatedAt.Add(time.Second)
	why := job.Failure{Code: job.InputUnreachable, Message: "https://a.example answered 503", Retry: true}
	back := move(t, table, j.ID, job.Retry(at, 1, why, at.Add(5*time.Second)))
	if back.State != job.Pending || back.Tries() != 1 || back.Failure != nil || diff(&why, back.Setback) != "" {
		t.Fatalf("%s after %d tries, failure %v, setback %v", back.State, back.Tries(), back.Failure, back.Setback)
	}
	wantStored(t, table, back)
	back = move(t, table, j.ID, job.Enqueue(back.UpdatedAt.Add(time.Millisecond)))
	_, err := table.Move(within(t), j.ID, job.Claim(back.NotBefore.Add(-time.Second), lease))
	wantConflict(t, err, back)
	second := move(t, table, j.ID, job.Claim(back.NotBefore, lease))
	if second.Attempt != 2 || !second.NotBefore.IsZero() || second.Setback == nil {
		t.Errorf("attempt %d, not before %s, setback %v", second.Attempt, second.NotBefore, second.Setback)
	}
	wantStored(t, table, second)

	// A wait that no job has is a clock's mistake.
	j = inState(t, table, job.Running)
	j = move(t, table, j.ID, job.Retry(j.UpdatedAt.Add(time.Second), 1, why, j.UpdatedAt.Add(time.Hour)))
	wantStored(t, table, move(t, table, j.ID, job.Claim(j.UpdatedAt.Add(time.Second), lease)))
}

// testResend: of many that found a job's message gone, one sends another, and the job looks the same to its owner.
func testResend(t *testing.T, table Table) {
	ctx := within(t)
	j := inState(t, table, job.Queued)
	at := j.SentAt.Add(time.Minute)
	queued := job.Overdue{State: job.Queued, Before: j.SentAt.Add(time.Second), Limit: 10}
	if found, err := table.Overdue(ctx, queued); err != nil || diff([]job.Job{j}, found) != "" {
		t.Errorf("overdue: %v, %v; want the job", ids(found), err)
	}
	errs := each(claimants, func(int) error {
		_, err := table.Move(ctx, j.ID, job.Resend(at, j.SentAt))
		return err
	})
	wantOneWinner(t, table, j.ID, errs)
	j.SentAt = at
	wantStored(t, table, j)
	if found, err := table.Overdue(ctx, queued); err != nil || len(found) > 0 {
		t.Errorf("overdue after a new message: %v, %v; want none", ids(found), err)
	}
}

func testRenew(t *testing.T, table Table) {
	j := inState(t, table, job.Running)
	percent := 12.5
	m := job.Renew(j.StartedAt.Add(2*time.Second), 1, lease)
	m.Progress = &job.Progress{Percent: &percent, Speed: 2}
	m.Inputs = []job.Input{{Name: "in.mp4", URL: "https://media.example/in.mp4", Bytes: 7}}
	got := move(t, table, j.ID, m)
	if got.UpdatedAt != j.UpdatedAt {
		t.Errorf("a heartbeat moved UpdatedAt from %s to %s", j.UpdatedAt, got.UpdatedAt)
	}
	plain := move(t, table, j.ID, job.Renew(j.StartedAt.Add(4*time.Second), 1, lease))
	if plain.Progress.Percent == nil || *plain.Progress.Percent != percent || plain.Inputs[0].Bytes != 7 {
		t.Errorf("a heartbeat without news lost progress or inputs: %+v", plain)
	}
	wantStored(t, table, plain)
}
