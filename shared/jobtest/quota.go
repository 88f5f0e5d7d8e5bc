package jobtest

import (
	"fmt"
	"testing"
	"time"

	"github.com/fflambda/fflambda/shared/job"
)

// midMonth is when the jobs of RunQuota are created.
var midMonth = job.Milli(time.Now().UTC().AddDate(0, 0, 1-time.Now().UTC().Day())).Truncate(24 * time.Hour).Add(12 * time.Hour)

// RunQuota is the conformance suite of tables that hold quotas. open makes an empty one for each test.
func RunQuota(t *testing.T, open func(t *testing.T, m job.Meter) Table) {
	limit := func(m job.Metric, n float64) job.Meter {
		return job.Meter{
			Quotas: job.Quotas{Each: job.Quota{m: n}},
			Length: func(j job.Job) float64 { return j.Inputs[0].Media.Duration },
		}
	}
	for _, test := range []struct {
		name  string
		meter job.Meter
		run   func(*testing.T, Table)
	}{
		{"jobs are exact", limit(job.MetricJobs, 7), testQuotaRace},
		{"a create that comes again", limit(job.MetricJobs, 1), testQuotaAgain},
		{"minutes", limit(job.MetricMinutes, 2), testQuotaMinutes},
		{"bytes", limit(job.MetricBytes, 100), testQuotaBytes},
		{"each month and owner", job.Meter{Quotas: job.Quotas{
			Each: job.Quota{job.MetricJobs: 1}, Owners: map[string]job.Quota{"bob": {}, "carol": {job.MetricJobs: 0}},
		}}, testQuotaOwners},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.run(t, open(t, test.meter))
		})
	}
}

// fresh is a job that was just created in the middle of a month, by either API in turn.
func fresh(owner string, n int) job.Job {
	j := New(owner, []job.API{job.Transcodes, job.FFmpeg}[n%2])
	j.CreatedAt = midMonth.Add(time.Duration(n) * time.Millisecond)
	j.UpdatedAt = j.CreatedAt
	return j
}

// offer offers the table a job, and says whether the quota let it in.
func offer(t *testing.T, table Table, j job.Job) (stored job.Job, in bool) {
	t.Helper()
	stored, created, err := table.Create(within(t), j)
	if err != nil || !created {
		t.Fatalf("Create: %v, %v", created, err)
	}
	e, refused := stored.Excess()
	if refused && (stored.State != job.Failed || e.Remaining < 0 || e.Required <= e.Remaining) {
		t.Errorf("refused: %s, %+v", stored.State, e)
	}
	if !refused && stored.State != job.Pending {
		t.Errorf("let in as %s", stored.State)
	}
	return stored, !refused
}

func testQuotaRace(t *testing.T, table Table) {
	const callers, limit = 50, 7
	ctx := within(t)
	states := each(callers, func(i int) string {
		j, _, err := table.Create(ctx, fresh("alice", i))
		if err != nil {
			return err.Error()
		}
		return string(j.State)
	})
	n := map[string]int{}
	for _, s := range states {
		n[s]++
	}
	if n[string(job.Pending)] != limit || n[string(job.Failed)] != callers-limit {
		t.Errorf("%d callers got %v, want %d pending and the others failed", callers, n, limit)
	}
	page := list(t, table, job.Query{Owner: "alice", API: job.Transcodes, States: []job.State{job.Failed}, Limit: callers})
	other := list(t, table, job.Query{Owner: "alice", API: job.FFmpeg, States: []job.State{job.Failed}, Limit: callers})
	// Not the totals: a count that fifty fold into at once may be late.
	if n := len(page.Jobs) + len(other.Jobs); n != callers-limit {
		t.Errorf("%d refused jobs are listed, want %d", n, callers-limit)
	}
	wantStored(t, table, page.Jobs[0])
	_, err := table.Move(ctx, page.Jobs[0].ID, job.Enqueue(time.Now()))
	wantConflict(t, err, page.Jobs[0])
}

// testQuotaAgain: what comes again under one id is answered as the first time, and counted once.
func testQuotaAgain(t *testing.T, table Table) {
	var first [2]job.Job
	for n := range first {
		j := fresh("alice", n)
		j.ID = job.StableID("alice", j.API, fmt.Sprint(n))
		first[n], _ = offer(t, table, j)
	}
	if first[0].State != job.Pending || first[1].State != job.Failed {
		t.Fatalf("the first is %s, the second %s", first[0].State, first[1].State)
	}
	for n, want := range first {
		again := fresh("alice", 10)
		again.ID, again.API = want.ID, want.API
		got, created, err := table.Create(within(t), again)
		if err != nil || created || diff(want, got) != "" {
			t.Errorf("create %d again: %v, %v\n%s", n, created, err, diff(want, got))
		}
	}
}

func testQuotaMinutes(t *testing.T, table Table) {
	for n, seconds := range []float64{60, 59.9, 300} { // the last one begins with a tenth of a second left, and may end
		finish(t, table, n, seconds, 1)
	}
	j, in := offer(t, table, fresh("alice", 9))
	if e, _ := j.Excess(); in || e.Metric != job.MetricMinutes || e.Limit != 2 || e.Remaining != 0 {
		t.Errorf("after 7 of 2 minutes: let in %v, %+v", in, e)
	}
}

func testQuotaBytes(t *testing.T, table Table) {
	finish(t, table, 0, 1, 99)
	cancelled, _ := offer(t, table, fresh("alice", 1))
	move(t, table, cancelled.ID, job.Cancel(midMonth.Add(time.Second)))
	finish(t, table, 2, 1, 1)
	j, in := offer(t, table, fresh("alice", 3))
	if e, _ := j.Excess(); in || e.Metric != job.MetricBytes || e.Limit != 100 || e.Remaining != 0 {
		t.Errorf("after 100 of 100 bytes: let in %v, %+v", in, e)
	}
}

// finish takes job n of alice's to its success.
func finish(t *testing.T, table Table, n int, seconds float64, bytes int64) {
	t.Helper()
	j, in := offer(t, table, fresh("alice", n))
	if !in {
		t.Fatalf("job %d was refused: %+v", n, j.Failure)
	}
	at := j.CreatedAt.Add(time.Second)
	move(t, table, j.ID, job.Claim(at, lease))
	end := job.Succeed(at.Add(time.Second), 1, []job.Output{{Name: "out.mp4", Key: job.OutputKey(j.ID, 1, "out.mp4"), Bytes: bytes}})
	end.Inputs = j.Inputs
	end.Inputs[0].Media = &job.Media{Format: "mov", Duration: seconds}
	move(t, table, j.ID, end)
}

func testQuotaOwners(t *testing.T, table Table) {
	for n, test := range []struct {
		owner string
		at    time.Time
		in    bool
	}{
		{"alice", midMonth, true}, {"alice", midMonth, false}, {"dave", midMonth, true},
		{"alice", job.NextMonth(midMonth), true}, {"alice", job.NextMonth(midMonth), false},
		{"alice", job.NextMonth(midMonth).Add(-time.Millisecond), false},
		{"bob", midMonth, true}, {"bob", midMonth, true}, {"carol", midMonth, false},
	} {
		j := fresh(test.owner, n)
		j.CreatedAt, j.UpdatedAt = test.at, test.at
		if _, in := offer(t, table, j); in != test.in {
			t.Errorf("job %d, of %s at %s: let in %v, want %v", n, test.owner, test.at, in, test.in)
		}
	}
}
