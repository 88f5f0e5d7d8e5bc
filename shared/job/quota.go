package job

import (
	"fmt"
	"strconv"
	"time"
)

// Metric is one thing that a quota limits. Each is counted for an owner and a calendar month (UTC), over both APIs.
type Metric string

const (
	// MetricMinutes is the billable minutes of the jobs that succeeded in the month; see Meter.Length.
	MetricMinutes Metric = "minutes"
	// MetricBytes is the bytes of the outputs that were kept in the month.
	MetricBytes Metric = "bytes"
	// MetricJobs is the jobs that were created in the month, whatever became of them. One that a quota refused is none.
	MetricJobs Metric = "jobs"
)

// Metrics lists them in the order in which a quota is looked at: of two that are spent, the first is told.
func Metrics() []Metric { return []Metric{MetricMinutes, MetricBytes, MetricJobs} }

// Quota is the most that an owner may use in a month. What is not in it has no limit.
type Quota map[Metric]float64

// Quotas are those of all owners.
type Quotas struct {
	Each   Quota            // of every owner who is not in Owners
	Owners map[string]Quota // by owner, instead of Each
}

// Of is the owner's quota; an empty one limits nothing.
func (q Quotas) Of(owner string) Quota {
	if own, ok := q.Owners[owner]; ok {
		return own
	}
	return q.Each
}

// Limit reports whether there is a limit of m for anybody.
func (q Quotas) Limit(m Metric) bool {
	if _, ok := q.Each[m]; ok {
		return true
	}
	for _, own := range q.Owners {
		if _, ok := own[m]; ok {
			return true
		}
	}
	return false
}

// Usage is what was used in a month.
type Usage struct {
	Jobs   int64
	Millis int64 // milliseconds of billable media
	Bytes  int64
}

// Of is the usage in the metric's own unit.
func (u Usage) Of(m Metric) float64 {
	switch m {
	case MetricMinutes:
		return float64(u.Millis) / float64(time.Minute.Milliseconds())
	case MetricBytes:
		return float64(u.Bytes)
	default:
		return float64(u.Jobs)
	}
}

// Meter says what owners may use, and how the use of a job is measured. The zero Meter limits nothing and counts no minutes.
type Meter struct {
	Quotas Quotas
	Length func(Job) float64 // billable seconds of the media that the job took in, after its probe
}

// Used is what j adds to its owner's minutes and bytes at its end: only a job that succeeded adds something.
func (m Meter) Used(j Job) Usage {
	var u Usage
	if j.State != Succeeded {
		return u
	}
	for _, o := range j.Outputs {
		u.Bytes += o.Bytes
	}
	if m.Length != nil {
		u.Millis = int64(max(0, m.Length(j)) * 1000)
	}
	return u
}

// Excess says which limit a job would have broken. It is in the metric's unit.
type Excess struct {
	Metric    Metric  `json:"metric"`
	Required  float64 `json:"required"` // the least that any job takes: it is above Remaining
	Limit     float64 `json:"limit"`
	Remaining float64 `json:"remaining"` // never negative
}

// least is what any job is known to take before it has begun: one job, one byte, the shortest length that is shown.
func least(m Metric) float64 {
	if m == MetricMinutes {
		return 0.0001
	}
	return 1
}

// Exceeded is the first of the metrics that has nothing left for one more job after u, or nil. Of minutes and bytes nobody
// knows how much that job will take: as long as something is left it may run, also beyond the limit.
func (q Quota) Exceeded(u Usage) *Excess {
	for _, m := range Metrics() {
		limit, limited := q[m]
		if left := max(0, limit-u.Of(m)); limited && left < least(m) {
			return &Excess{Metric: m, Required: least(m), Limit: limit, Remaining: left}
		}
	}
	return nil
}

// Month is t's calendar month in UTC, as "2026-01".
func Month(t time.Time) string { return t.UTC().Format("2006-01") }

// NextMonth is when the month after t's begins, in UTC.
func NextMonth(t time.Time) time.Time {
	t = t.UTC()
	return time.Date(t.Year(), t.Month()+1, 1, 0, 0, 0, 0, time.UTC)
}

// Refused is j, which is just being created, as the record of an attempt that e stopped: failed, and never to run.
// Its creator is told by the answer to the create; only an object of the inbox has nobody there to read one.
func (j Job) Refused(e Excess) Job {
	limit := strconv.FormatFloat(e.Limit, 'f', -1, 64)
	f := Failf(QuotaExceeded, "The monthly quota of %s %s is spent. It begins anew on %s (UTC).",
		limit, e.Metric, NextMonth(j.CreatedAt).Format(time.DateOnly)).Again()
	f.Quota = &e
	j.State, j.Failure, j.FinishedAt = Failed, f, j.UpdatedAt
	if j.Inbox != "" {
		j.Notice = Notice{DueAt: j.UpdatedAt}
	}
	return j
}

// Excess is why a quota refused j; ok is false for every other job.
func (j Job) Excess() (e Excess, ok bool) {
	if j.Failure == nil || j.Failure.Code != QuotaExceeded || j.Failure.Quota == nil {
		return Excess{}, false
	}
	return *j.Failure.Quota, true
}

// String is for logs.
func (e Excess) String() string {
	return fmt.Sprintf("%s: %v left of %v", e.Metric, e.Remaining, e.Limit)
}
