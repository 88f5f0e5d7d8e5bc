package job_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fflambda/fflambda/shared/job"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func inState(s job.State) job.Job {
	j := job.Job{ID: job.NewID(), Owner: "alice", API: job.FFmpeg, State: s, CreatedAt: noon, UpdatedAt: noon}
	if s == job.Running {
		j.Attempt, j.LeaseUntil, j.StartedAt = 1, noon.Add(30*time.Second), noon
	}
	return j
}

// TestMoves is the whole machine: every move from every state, and where it leads.
func TestMoves(t *testing.T) {
	t.Parallel()
	at := noon.Add(time.Second)
	later := noon.Add(time.Minute)
	moves := []struct {
		move job.Move
		from []job.State
		to   job.State
	}{
		{job.Enqueue(at), []job.State{job.Pending}, job.Queued},
		{job.Resend(at, noon), []job.State{job.Queued}, job.Queued},
		{job.Retry(at, 1, job.Failure{Code: job.InputUnreachable}, later), []job.State{job.Running}, job.Pending},
		{job.Claim(at, time.Minute), []job.State{job.Pending, job.Queued}, job.Running},
		{job.Renew(at, 1, time.Minute), []job.State{job.Running}, job.Running},
		{job.Succeed(at, 1, nil), []job.State{job.Running}, job.Succeeded},
		{job.Fail(at, 1, job.Failure{Code: job.FFmpegFailed}), []job.State{job.Running}, job.Failed},
		{job.Refuse(at, job.Failure{Code: job.Internal}), []job.State{job.Pending, job.Queued}, job.Failed},
		{job.Release(at, 1), []job.State{job.Running}, job.Pending},
		{job.TakeBack(at, 1, later), []job.State{job.Running}, job.Pending},
		{job.GiveUp(at, 1, later, job.Failure{Code: job.WorkerLost}), []job.State{job.Running}, job.Failed},
		{job.Cancel(at), []job.State{job.Pending, job.Queued, job.Running}, job.Cancelled},
	}
	for _, m := range moves {
		for _, s := range job.States() {
			t.Run(fmt.Sprintf("%s/%s", m.move.Name, s), func(t *testing.T) {
				t.Parallel()
				before := inState(s)
				after, err := m.move.Apply(before)
				legal := false
				for _, f := range m.from {
					legal = legal || f == s
				}
				if !legal {
					var c *job.Conflict
					if !errors.Is(err, job.ErrConflict) || !errors.As(err, &c) || c.Job.State != s {
						t.Fatalf("got %v, %v; want a conflict that shows the job", after.State, err)
					}
					return
				}
				if err != nil || after.State != m.to {
					t.Fatalf("got %s, %v; want %s", after.State, err, m.to)
				}
				if moved := !after.UpdatedAt.Equal(before.UpdatedAt); moved != (s != m.to) {
					t.Errorf("UpdatedAt moved: %t, from %s to %s", moved, s, m.to)
				}
				if after.FinishedAt.IsZero() == m.to.Terminal() {
					t.Errorf("FinishedAt is %v in state %s", after.FinishedAt, m.to)
				}
				if (after.Failure != nil) != (m.to == job.Failed) {
					t.Errorf("Failure is %v in state %s", after.Failure, m.to)
				}
				if after.LeaseUntil.IsZero() == (m.to == job.Running) {
					t.Errorf("LeaseUntil is %v in state %s", after.LeaseUntil, m.to)
				}
			})
		}
	}
}

func TestMoveFences(t *testing.T) {
	t.Parallel()
	running := inState(job.Running)
	running.Attempt = 3
	for name, m := range map[string]job.Move{
		"older attempt":      job.Succeed(noon, 2, nil),
		"newer attempt":      job.Renew(noon, 4, time.Minute),
		"lease not over":     job.TakeBack(noon, 3, running.LeaseUntil),
		"lease over, not it": job.GiveUp(noon, 2, noon.Add(time.Hour), job.Failure{}),
	} {
		if _, err := m.Apply(running); !errors.Is(err, job.ErrConflict) {
			t.Errorf("%s: got %v, want a conflict", name, err)
		}
	}
}

func TestUpdatedGrowsWhenTheClockGoesBack(t *testing.T) {
	t.Parallel()
	j := inState(job.Pending)
	for _, m := range []job.Move{job.Enqueue(noon.Add(-time.Hour)), job.Claim(noon.Add(-2*time.Hour), time.Minute), job.Succeed(noon, 1, nil)} {
		next, err := m.Apply(j)
		if err != nil {
			t.Fatal(err)
		}
		if !next.UpdatedAt.After(j.UpdatedAt) {
			t.Errorf("%s: UpdatedAt %v is not after %v", m.Name, next.UpdatedAt, j.UpdatedAt)
		}
		j = next
	}
	if j.FinishedAt.Before(j.StartedAt) || j.StartedAt.Before(j.CreatedAt) {
		t.Errorf("created %v, started %v, finished %v", j.CreatedAt, j.StartedAt, j.FinishedAt)
	}
}

func TestReleaseCostsNoTry(t *testing.T) {
	t.Parallel()
	j := inState(job.Queued)
	for _, m := range []job.Move{job.Claim(noon, time.Minute), job.Release(noon, 1), job.Claim(noon, time.Minute), job.TakeBack(noon, 2, noon.Add(time.Hour)), job.Claim(noon, time.Minute)} {
		var err error
		if j, err = m.Apply(j); err != nil {
			t.Fatal(err)
		}
	}
	if j.Attempt != 3 || j.Tries() != 2 {
		t.Errorf("attempt %d, tries %d; want 3 and 2", j.Attempt, j.Tries())
	}
}

// TestWaits: a job that waits for its next try is not claimed before, and one that would have to wait for longer than any
// job does has that from a clock that was wrong.
func TestWaits(t *testing.T) {
	t.Parallel()
	why := job.Failure{Code: job.InputUnreachable, Retry: true}
	j, err := job.Retry(noon, 1, why, noon.Add(5*time.Second)).Apply(inState(job.Running))
	if err != nil || j.Tries() != 1 || j.Failure != nil || cmp.Diff(&why, j.Setback) != "" {
		t.Fatalf("%v, %d tries, failure %v, setback %v", err, j.Tries(), j.Failure, j.Setback)
	}
	for at, early := range map[time.Duration]bool{
		0: true, 5*time.Second - time.Millisecond: true, 5 * time.Second: false, time.Hour: false, -time.Hour: false,
	} {
		c, err := job.Claim(noon.Add(at), time.Minute).Apply(j)
		if early != errors.Is(err, job.ErrConflict) || !early && (err != nil || !c.NotBefore.IsZero() || c.Setback == nil) {
			t.Errorf("claimed %s after the failure: %v, not before %v", at, err, c.NotBefore)
		}
	}
	if d := j.Waits(noon.Add(2 * time.Second)); d != 3*time.Second {
		t.Errorf("waits for %s, want 3 s", d)
	}
}

// TestResend: of two that found the message gone, one sends another.
func TestResend(t *testing.T) {
	t.Parallel()
	j, err := job.Enqueue(noon).Apply(inState(job.Pending))
	if err != nil || !j.SentAt.Equal(noon) {
		t.Fatalf("%v, sent at %v", err, j.SentAt)
	}
	again, err := job.Resend(noon.Add(time.Minute), j.SentAt).Apply(j)
	if err != nil || !again.SentAt.Equal(noon.Add(time.Minute)) || !again.UpdatedAt.Equal(j.UpdatedAt) {
		t.Fatalf("%v, sent at %v, updated at %v", err, again.SentAt, again.UpdatedAt)
	}
	if _, err := job.Resend(noon.Add(time.Minute), j.SentAt).Apply(again); !errors.Is(err, job.ErrConflict) {
		t.Errorf("the second one: %v, want a conflict", err)
	}
}

// TestCopy: a copy is a new job with the same work, and nothing of what became of the old one.
func TestCopy(t *testing.T) {
	t.Parallel()
	j := inState(job.Failed)
	j.Attempt, j.Metadata, j.BodyHash, j.KeyID, j.Failure = 3, "{}", "hash", "key", &job.Failure{Code: job.Internal}
	id := job.NewID()
	want := job.Job{
		ID: id, Owner: "alice", KeyID: "key", API: job.FFmpeg, State: job.Pending,
		CreatedAt: noon.Add(time.Hour), UpdatedAt: noon.Add(time.Hour), Inputs: []job.Input{}, Metadata: "{}",
	}
	if d := cmp.Diff(want, j.Copy(id, noon.Add(time.Hour))); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestIDs(t *testing.T) {
	t.Parallel()
	a := job.StableID("alice", job.FFmpeg, "k")
	if b := job.StableID("alice", job.FFmpeg, "k"); a != b {
		t.Errorf("%s and %s: the same pair must give the same id", a, b)
	}
	seen := map[string]bool{a: true}
	for _, id := range []string{
		job.StableID("bob", job.FFmpeg, "k"), job.StableID("alice", job.Transcodes, "k"), job.StableID("alice", job.FFmpeg, "l"),
		job.NewID(), job.NewID(),
	} {
		if seen[id] || !job.IsID(id) {
			t.Errorf("%s is seen twice, or no id", id)
		}
		seen[id] = true
	}
	if a[14] != '5' || job.NewID()[14] != '4' {
		t.Error("the version is not in its place")
	}
	for _, bad := range []string{"", "x", a[:35], a + "0", "ABCDEF00" + a[8:], a[:8] + "/" + a[9:]} {
		if job.IsID(bad) {
			t.Errorf("%q passes as an id", bad)
		}
	}
}

func TestObjects(t *testing.T) {
	t.Parallel()
	id := job.NewID()
	for _, c := range []struct {
		url    string
		want   job.Object
		owner  string
		job    string
		parsed bool
	}{
		{"gs://b/uploads/alice/a.mp4", job.Object{Bucket: "b", Key: "uploads/alice/a.mp4"}, "alice", "", true},
		{"s3://b/jobs/" + id + "/1/x.mp4", job.Object{Bucket: "b", Key: "jobs/" + id + "/1/x.mp4"}, "", id, true},
		{"S3://b/k", job.Object{Bucket: "b", Key: "k"}, "", "", true},
		{"gs://b/uploads//a.mp4", job.Object{Bucket: "b", Key: "uploads//a.mp4"}, "", "", true},
		{"gs://b/jobs/nonsense/1/x", job.Object{Bucket: "b", Key: "jobs/nonsense/1/x"}, "", "", true},
		{"gs://b/", job.Object{}, "", "", false},
		{"gs:///k", job.Object{}, "", "", false},
		{"https://b/k", job.Object{}, "", "", false},
		{"gs:b/k", job.Object{}, "", "", false},
	} {
		o, ok := job.ParseObject(c.url)
		if ok != c.parsed {
			t.Errorf("%s: parsed %t", c.url, ok)
			continue
		}
		if d := cmp.Diff(c.want, o); d != "" {
			t.Errorf("%s: %s", c.url, d)
		}
		owner, isUpload := o.UploadOwner()
		jobID, isOutput := o.JobID()
		if isUpload != (c.owner != "") || isOutput != (c.job != "") || isUpload && owner != c.owner || isOutput && jobID != c.job {
			t.Errorf("%s: owner %q, job %q", c.url, owner, jobID)
		}
	}
}

func TestOwners(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{"alice": true, "a": true, "A-1_b": true, "": false, "../x": false, "a/b": false, "-a": false, "a b": false, "ä": false} {
		if job.IsOwner(name) != want {
			t.Errorf("IsOwner(%q) is %t", name, !want)
		}
	}
}

// TestTell: only a finished job with somebody to tell has a notice, and one try of telling is noted once.
func TestTell(t *testing.T) {
	t.Parallel()
	quiet, err := job.Cancel(noon).Apply(inState(job.Running))
	if err != nil || !quiet.Notice.DueAt.IsZero() {
		t.Fatalf("a job without a webhook: %v, notice %+v", err, quiet.Notice)
	}
	j := inState(job.Running)
	j.WebhookURL = "https://hooks.example"
	if _, err := job.Tell(0, job.Notice{}).Apply(j); !errors.Is(err, job.ErrConflict) {
		t.Errorf("telling of a running job: %v, want a conflict", err)
	}
	j, err = job.Cancel(noon).Apply(j)
	if err != nil || !j.Notice.DueAt.Equal(j.FinishedAt) {
		t.Fatalf("%v, the notice is due at %s, want %s", err, j.Notice.DueAt, j.FinishedAt)
	}
	again := job.Notice{DueAt: noon.Add(5*time.Second + time.Microsecond), Tries: 1, Error: "503"}
	j, err = job.Tell(0, again).Apply(j)
	again.DueAt = noon.Add(5 * time.Second)
	if d := cmp.Diff(again, j.Notice); err != nil || d != "" || j.State != job.Cancelled {
		t.Fatalf("%v, %s, notice (-want +got):\n%s", err, j.State, d)
	}
	for _, m := range []job.Move{job.Tell(0, job.Notice{}), job.Tell(2, job.Notice{})} {
		if _, err := m.Apply(j); !errors.Is(err, job.ErrConflict) {
			t.Errorf("telling try %d, where try 1 is next: %v, want a conflict", m.Tries, err)
		}
	}
}

// TestRetell: what was told, given up or waits can be told once more from the beginning; what was called is not forgotten.
func TestRetell(t *testing.T) {
	t.Parallel()
	quiet := inState(job.Failed)
	running := inState(job.Running)
	running.WebhookURL = "https://hooks.example"
	for _, j := range []job.Job{quiet, running} {
		if _, err := job.Retell(noon, j.Notice).Apply(j); !errors.Is(err, job.ErrConflict) {
			t.Errorf("retelling of a %s job to %q: %v, want a conflict", j.State, j.WebhookURL, err)
		}
	}
	calls := job.Calls{Count: 6, Status: 503}
	for _, before := range []job.Notice{
		{Tries: 1, Calls: job.Calls{Count: 1, Status: 200, DeliveredAt: noon}},
		{Tries: 6, Error: "503", Calls: calls},
		{Tries: 2, Error: "503", Calls: calls, DueAt: noon.Add(time.Hour)},
	} {
		j := inState(job.Succeeded)
		j.WebhookURL, j.Notice = running.WebhookURL, before
		got, err := job.Retell(noon, before).Apply(j)
		want := job.Notice{DueAt: noon, Error: before.Error, Calls: before.Calls}
		if d := cmp.Diff(want, got.Notice); err != nil || d != "" {
			t.Errorf("%v, notice (-want +got):\n%s", err, d)
		}
		if _, err := job.Retell(noon, before).Apply(got); !errors.Is(err, job.ErrConflict) {
			t.Errorf("retelling twice: %v, want a conflict", err)
		}
	}
}
