package job_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fflambda/fflambda/shared/job"
)

func TestQuota(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		quota job.Quota
		used  job.Usage
		want  *job.Excess
	}{
		"no quota":          {nil, job.Usage{Jobs: 1e9, Millis: 1e15, Bytes: 1e15}, nil},
		"room for one":      {job.Quota{job.MetricJobs: 3}, job.Usage{Jobs: 2}, nil},
		"no room":           {job.Quota{job.MetricJobs: 3}, job.Usage{Jobs: 3}, &job.Excess{Metric: job.MetricJobs, Required: 1, Limit: 3}},
		"beyond":            {job.Quota{job.MetricJobs: 3}, job.Usage{Jobs: 5}, &job.Excess{Metric: job.MetricJobs, Required: 1, Limit: 3}},
		"none at all":       {job.Quota{job.MetricJobs: 0}, job.Usage{}, &job.Excess{Metric: job.MetricJobs, Required: 1}},
		"a second is left":  {job.Quota{job.MetricMinutes: 1}, job.Usage{Millis: 59_000}, nil},
		"minutes are spent": {job.Quota{job.MetricMinutes: 1, job.MetricJobs: 0}, job.Usage{Millis: 61_000}, &job.Excess{Metric: job.MetricMinutes, Required: 0.0001, Limit: 1}},
		"a byte is left":    {job.Quota{job.MetricBytes: 10}, job.Usage{Bytes: 9}, nil},
		"bytes are spent":   {job.Quota{job.MetricBytes: 10}, job.Usage{Bytes: 10}, &job.Excess{Metric: job.MetricBytes, Required: 1, Limit: 10}},
	} {
		if d := cmp.Diff(c.want, c.quota.Exceeded(c.used)); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
	q := job.Quotas{Each: job.Quota{job.MetricJobs: 1}, Owners: map[string]job.Quota{"alice": {}}}
	if len(q.Of("alice")) != 0 || len(q.Of("bob")) != 1 {
		t.Errorf("alice's is %v, bob's %v", q.Of("alice"), q.Of("bob"))
	}
}

// TestUsed: only what succeeded uses minutes and bytes.
func TestUsed(t *testing.T) {
	t.Parallel()
	m := job.Meter{Length: func(job.Job) float64 { return 90.5 }}
	j := job.Job{State: job.Succeeded, Outputs: []job.Output{{Bytes: 3}, {Bytes: 4}}}
	if d := cmp.Diff(job.Usage{Millis: 90_500, Bytes: 7}, m.Used(j)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if got := m.Used(j).Of(job.MetricMinutes); got < 1.508 || got > 1.509 {
		t.Errorf("%v minutes", got)
	}
	j.State = job.Cancelled
	if d := cmp.Diff(job.Usage{}, m.Used(j)); d != "" {
		t.Errorf("cancelled (-want +got):\n%s", d)
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	j := inState(job.Pending)
	j.WebhookURL = "https://hooks.example"
	e := job.Excess{Metric: job.MetricBytes, Required: 1, Limit: 50e9}
	got := j.Refused(e)
	if got.State != job.Failed || got.Failure.Code != job.QuotaExceeded || !got.FinishedAt.Equal(noon) || !got.Notice.DueAt.IsZero() {
		t.Errorf("refused: %+v", got)
	}
	if want := "The monthly quota of 50000000000 bytes is spent. It begins anew on 2026-12-01 (UTC)."; got.Failure.Message != want {
		t.Errorf("message %q, want %q", got.Failure.Message, want)
	}
	if d, ok := got.Excess(); !ok || d != e {
		t.Errorf("Excess is %v, %t", d, ok)
	}
	if _, ok := j.Excess(); ok {
		t.Error("a job that was not refused has an excess")
	}
	j.Inbox = "inbox/alice/a.mp4"
	if got := j.Refused(e); !got.Notice.DueAt.Equal(noon) {
		t.Error("nobody is told of an object in the inbox")
	}
	if at := job.NextMonth(time.Date(2026, 12, 31, 23, 0, 0, 0, time.FixedZone("", -3*3600))); at.Format(time.DateOnly) != "2027-02-01" {
		t.Errorf("the month after January 2027 begins on %s", at)
	}
}
