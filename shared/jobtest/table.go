package jobtest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/fflambda/fflambda/shared/job"
)

// Table is what RunTable tests: all that the service asks of a table of jobs.
type Table interface {
	Create(ctx context.Context, j job.Job) (stored job.Job, created bool, err error)
	Find(ctx context.Context, id string) (job.Job, error)
	List(ctx context.Context, q job.Query) (job.Page, error)
	Move(ctx context.Context, id string, m job.Move) (job.Job, error)
	Overdue(ctx context.Context, o job.Overdue) ([]job.Job, error)
}

// RunTable is the conformance suite of tables. open makes an empty one for each test, and closes it by t.Cleanup. RunQuota
// and RunPoller are more of it.
func RunTable(t *testing.T, open func(t *testing.T) Table) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, Table)
	}{
		{"create and find", testCreate},
		{"create keeps every byte", testBytes},
		{"create is idempotent", testIdempotent},
		{"claim has one winner", testClaimRace},
		{"finish has one winner", testFinishRace},
		{"moves", testMoves},
		{"lease", testLease},
		{"old attempt", testOldAttempt},
		{"release costs no try", testRelease},
		{"retry waits", testRetry},
		{"resend has one sender", testResend},
		{"renew keeps progress", testRenew},
		{"list filters", testFilters},
		{"list orders", testOrders},
		{"list window", testWindow},
		{"list pages while inserting", testPages},
		{"list totals follow moves", testTotals},
		{"overdue", testOverdue},
		{"notice", testNotice},
		{"notice has one teller", testNoticeRace},
		{"notice can be told again", testRetell},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.run(t, open(t))
		})
	}
}

func testCreate(t *testing.T, table Table) {
	ctx := within(t)
	if _, err := table.Find(ctx, job.NewID()); !errors.Is(err, job.ErrNotFound) {
		t.Errorf("Find of an unknown id: %v, want job.ErrNotFound", err)
	}
	if _, err := table.Move(ctx, job.NewID(), job.Cancel(time.Now())); !errors.Is(err, job.ErrNotFound) {
		t.Errorf("Move of an unknown id: %v, want job.ErrNotFound", err)
	}
	for _, api := range []job.API{job.Transcodes, job.FFmpeg} {
		j := create(t, table, New("alice", api))
		wantStored(t, table, j)
	}
}

// testBytes stores a job in which every field is set, with texts and times that a careless store would change.
func testBytes(t *testing.T, table Table) {
	j := New("alice", job.Transcodes)
	percent := 33.333333333333336
	at := time.Date(2026, 2, 28, 23, 59, 59, int(987*time.Millisecond), time.UTC)
	j.CreatedAt, j.StartedAt, j.FinishedAt, j.UpdatedAt = at, at.Add(time.Millisecond), at.Add(time.Hour), at.Add(time.Hour)
	j.State, j.Attempt, j.Returned = job.Failed, 3, 1
	j.SentAt, j.NotBefore = at.Add(time.Second), at.Add(time.Minute)
	j.Metadata = "{ \"b\" : 1.0,\"a\":1e400,\t\"a\":\"\\u00e9é e\u0301 漢字 🎬 \u2028 <&> \\u0000 \x00 \x7f\"}\r\n"
	j.Inputs[0].Options = []job.Option{{Option: "-ss", Argument: "1 ' \" \\ %"}, {Option: "-re"}}
	j.Inputs[0].Bytes = 1<<53 + 1
	j.Inputs[0].Media = &job.Media{Format: "mov", Duration: 0.1, FPS: 29.97002997002997, HasVideo: true}
	j.KeyID, j.Inbox, j.BaseURL = "0a1b2c3d", "inbox/alice/ä b+c.mov", "https://ff.example/prod"
	j.WebhookURL = "https://hooks.example/?a=1&b=%20"
	j.Notice = job.Notice{Tries: 6, Error: "503", Calls: job.Calls{Count: 6, Status: 503, DeliveredAt: at}}
	j.Timeout = 1500 * time.Millisecond
	j.BodyHash = job.Fingerprint([]byte("{}"))
	j.Progress = job.Progress{Percent: &percent, Speed: 1.5, Command: 2}
	j.Outputs = []job.Output{{Name: "ä.mp4", Key: job.OutputKey(j.ID, 3, "ä.mp4"), ContentType: "video/mp4", Bytes: 1}}
	j.Failure = &job.Failure{Code: job.FFmpegFailed, Message: "no", Retry: true, StderrTail: []string{"", "a\tb"}, Dead: true}
	j.Setback = &job.Failure{Code: job.InputUnreachable, Message: "https://a.example answered 503", Retry: true}
	wantStored(t, table, create(t, table, j))
}

func testIdempotent(t *testing.T, table Table) {
	ctx := within(t)
	const callers = 50
	id := job.StableID("alice", job.FFmpeg, "the same")
	type answer struct {
		job     job.Job
		created bool
		err     error
	}
	answers := each(callers, func(i int) (a answer) {
		j := New("alice", job.FFmpeg)
		j.ID, j.Metadata = id, fmt.Sprintf(`{"caller":%d}`, i)
		a.job, a.created, a.err = table.Create(ctx, j)
		return a
	})
	stored, err := table.Find(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	created := 0
	for _, a := range answers {
		if a.err != nil {
			t.Fatal(a.err)
		}
		if a.created {
			created++
		}
		if d := diff(stored, a.job); d != "" {
			t.Errorf("Create answered another job than is stored (-stored +answer):\n%s", d)
		}
	}
	if created != 1 {
		t.Errorf("%d of %d callers created the job, want 1", created, callers)
	}
	if page := list(t, table, job.Query{Owner: "alice", API: job.FFmpeg, Limit: 10}); page.Total != 1 || len(page.Jobs) != 1 {
		t.Errorf("the list holds %d jobs and says %d, want 1", len(page.Jobs), page.Total)
	}
	moved := move(t, table, id, job.Cancel(time.Now()))
	again := moved
	again.State, again.FinishedAt = job.Pending, time.Time{}
	if got, created, err := table.Create(ctx, again); err != nil || created || diff(moved, got) != "" {
		t.Errorf("Create after a move: %v, %v, want the moved job:\n%s", created, err, diff(moved, got))
	}
}

// create stores j and fails the test where that does not make it.
func create(t *testing.T, table Table, j job.Job) job.Job {
	t.Helper()
	stored, created, err := table.Create(within(t), j)
	if err != nil || !created {
		t.Fatalf("Create: created %v, %v", created, err)
	}
	j.UpdatedAt = putOff(j.UpdatedAt, stored)
	if j.State.Terminal() {
		j.FinishedAt = j.UpdatedAt
	}
	if d := diff(j, stored); d != "" {
		t.Fatalf("Create answered another job (-want +got):\n%s", d)
	}
	return stored
}

// putOff is when j must have been updated by a change at that time: a table may put a change off to a later time, to
// keep UpdatedAt in the order of the changes.
func putOff(at time.Time, j job.Job) time.Time {
	if j.UpdatedAt.After(at) {
		return j.UpdatedAt
	}
	return at
}

// move moves a job that must be movable.
func move(t *testing.T, table Table, id string, m job.Move) job.Job {
	t.Helper()
	j, err := table.Move(within(t), id, m)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// wantStored checks that Find answers want.
func wantStored(t *testing.T, table Table, want job.Job) {
	t.Helper()
	got, err := table.Find(within(t), want.ID)
	if err != nil {
		t.Fatal(err)
	}
	if d := diff(want, got); d != "" {
		t.Errorf("the stored job differs (-want +got):\n%s", d)
	}
}
