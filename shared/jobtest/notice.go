package jobtest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fflambda/fflambda/shared/job"
)

// told makes a job with a webhook, moves it to its end and returns it.
func told(t *testing.T, table Table, end func(at time.Time) job.Move) job.Job {
	t.Helper()
	j := New("alice", job.FFmpeg)
	j.WebhookURL = "https://hooks.example/"
	j = create(t, table, j)
	if d := cmp.Diff(job.Notice{}, j.Notice); d != "" {
		t.Errorf("a new job's notice (-want +got):\n%s", d)
	}
	j = move(t, table, j.ID, job.Claim(j.CreatedAt.Add(time.Second), lease))
	return move(t, table, j.ID, end(j.UpdatedAt.Add(time.Second)))
}

// testNotice: a job's end makes its notice due, whatever the end, and only where somebody is to be told.
func testNotice(t *testing.T, table Table) {
	late := 2 * lease
	ends := []func(at time.Time) job.Move{
		func(at time.Time) job.Move { return job.Succeed(at, 1, nil) },
		func(at time.Time) job.Move { return job.Fail(at, 1, job.Failure{Code: job.FFmpegFailed}) },
		job.Cancel,
		func(at time.Time) job.Move {
			return job.GiveUp(at.Add(late), 1, at.Add(late), job.Failure{Code: job.WorkerLost})
		},
	}
	var want []string
	for _, end := range ends {
		j := told(t, table, end)
		if j.Notice.DueAt.IsZero() || j.Notice.DueAt.After(j.UpdatedAt) {
			t.Errorf("%s: the notice is due at %s, want %s or before", j.State, j.Notice.DueAt, j.UpdatedAt)
		}
		wantStored(t, table, j)
		want = append(want, j.ID)
	}
	inState(t, table, job.Succeeded) // with nobody to tell
	waiting := New("alice", job.FFmpeg)
	waiting.Inbox = "inbox/alice/a.mp4"
	waiting = create(t, table, waiting)

	// The last one ended latest.
	if d := diff(want[3:], due(t, table, 10)[3:]); d != "" {
		t.Errorf("the last due notice (-want +got):\n%s", d)
	}
	for i, id := range want {
		later := job.Notice{DueAt: time.Now().Add(1000 * time.Hour), Tries: 1, Error: "500", Calls: job.Calls{Count: 1, Status: 500}}
		j := move(t, table, id, job.Tell(0, later))
		later.DueAt = job.Milli(later.DueAt)
		if d := cmp.Diff(later, j.Notice); d != "" {
			t.Errorf("after a try (-want +got):\n%s", d)
		}
		wantStored(t, table, j)
		if n := len(due(t, table, 10)); n != len(want)-i-1 {
			t.Errorf("%d notices are due, want %d", n, len(want)-i-1)
		}
		j = move(t, table, id, job.Tell(1, job.Notice{Tries: 2}))
		wantStored(t, table, j)
		_, err := table.Move(within(t), id, job.Tell(2, job.Notice{Tries: 3}))
		wantConflict(t, err, j) // nothing is left to tell
	}
	_, err := table.Move(within(t), waiting.ID, job.Tell(0, job.Notice{}))
	wantConflict(t, err, waiting)
}

// testNoticeRace: of two that tried to tell at the same time, one notes it.
func testNoticeRace(t *testing.T, table Table) {
	ctx := within(t)
	j := told(t, table, job.Cancel)
	errs := each(claimants, func(int) error {
		_, err := table.Move(ctx, j.ID, job.Tell(0, job.Notice{DueAt: time.Now(), Tries: 1}))
		return err
	})
	wantOneWinner(t, table, j.ID, errs)
}

// testRetell: a notice that was told or given up can be made due once more, by one of those who try to.
func testRetell(t *testing.T, table Table) {
	ctx := within(t)
	j := told(t, table, job.Cancel)
	calls := job.Calls{Count: 1, Status: 204, DeliveredAt: time.Now().Add(time.Microsecond)}
	j = move(t, table, j.ID, job.Tell(0, job.Notice{Tries: 1, Calls: calls}))
	calls.DeliveredAt = job.Milli(calls.DeliveredAt)
	if d := cmp.Diff(job.Notice{Tries: 1, Calls: calls}, j.Notice); d != "" {
		t.Errorf("after a delivery (-want +got):\n%s", d)
	}
	wantStored(t, table, j)
	at := job.Milli(time.Now())
	errs := each(claimants, func(int) error {
		_, err := table.Move(ctx, j.ID, job.Retell(at, j.Notice))
		return err
	})
	wantOneWinner(t, table, j.ID, errs)
	j.Notice = job.Notice{DueAt: at, Calls: calls}
	wantStored(t, table, j)
	if d := diff([]string{j.ID}, due(t, table, 10)); d != "" {
		t.Errorf("due (-want +got):\n%s", d)
	}

	quiet := inState(t, table, job.Succeeded)
	_, err := table.Move(ctx, quiet.ID, job.Retell(at, quiet.Notice))
	wantConflict(t, err, quiet) // there is nobody to tell
	waiting := New("alice", job.FFmpeg)
	waiting.WebhookURL = "https://hooks.example/"
	waiting = create(t, table, waiting)
	_, err = table.Move(ctx, waiting.ID, job.Retell(at, waiting.Notice))
	wantConflict(t, err, waiting)
}

// due lists the notices that are due within a day, oldest first.
func due(t *testing.T, table Table, limit int) []string {
	t.Helper()
	jobs, err := table.Overdue(within(t), job.Overdue{Notice: true, Before: time.Now().Add(24 * time.Hour), Limit: limit})
	if err != nil {
		t.Fatal(err)
	}
	return ids(jobs)
}
