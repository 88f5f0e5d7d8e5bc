package transcodes

import (
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fflambda/fflambda/shared/job"
)

func TestParseList(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	const (
		orders = "order must be one of: created_at.desc, updated_at.asc, updated_at.desc"
		since  = "since must be a time as in RFC 3339, such as 2026-01-31T12:00:00.000Z"
		until  = "until must be a time as in RFC 3339, such as 2026-01-31T12:00:00.000Z"
	)
	tests := []struct {
		query string
		want  List // Page 1 and Limit 20 unless set
		err   string
	}{
		{query: ""},
		{query: "status=&page=&limit=&order=&job_type=&since=&until=&other=1"},
		{query: "page=3&limit=7", want: List{Page: 3, Limit: 7}},
		{query: "page=0&limit=0", want: List{Page: 1, Limit: 1}},
		{query: "page=-5&limit=-5", want: List{Page: 1, Limit: 1}},
		{query: "limit=101", want: List{Limit: 100}},
		{query: "page=99999999999999999999&limit=99999999999999999999", want: List{Page: 1<<31 - 1, Limit: 100}},
		{query: "page=x", err: "page must be a whole number"},
		{query: "page=1.5", err: "page must be a whole number"},
		{query: "limit=ten", err: "limit must be a whole number"},
		{query: "order=created_at.desc"},
		{query: "order=updated_at.asc", want: List{Order: job.UpdatedAsc}},
		{query: "order=updated_at.desc", want: List{Order: job.UpdatedDesc}},
		{query: "order=created_at.asc", err: orders},
		{query: "order=id", err: orders},
		{query: "status=pending", want: List{States: []job.State{job.Pending}}},
		{query: "status=queued", want: List{States: []job.State{job.Queued}}},
		{query: "status=processing", want: List{States: []job.State{job.Running}}},
		{query: "status=completed", want: List{States: []job.State{job.Succeeded}}},
		{query: "status=failed", want: List{States: []job.State{job.Failed}}},
		{query: "status=canceled", want: List{States: []job.State{job.Cancelled}}},
		{query: "status=cancelled", want: List{None: true}},
		{query: "status=running", want: List{None: true}},
		{query: "status=nope&limit=x", err: "limit must be a whole number"},
		{query: "job_type=transcode"},
		{query: "job_type=transcribe", want: List{None: true}},
		{query: "since=2026-01-02T03:04:05Z", want: List{Since: at}},
		{query: "since=2026-01-02t03:04:05z", want: List{Since: at}},
		{query: "since=2026-01-02T03:04:05", want: List{Since: at}},
		{query: "since=2026-01-02T03:04:05.000%2B00:00", want: List{Since: at}},
		{query: "since=2026-01-02T03:04:05+00:00", want: List{Since: at}}, // the plus arrives as a space
		{query: "since=2026-01-02T03:04:05%2B0000", want: List{Since: at}},
		{query: "since=2026-01-02T03:04:05+0000", want: List{Since: at}},
		{query: "since=2026-01-02T05:34:05%2B0230", want: List{Since: at}},
		{query: "since=2026-01-01T22:04:05-05:00", want: List{Since: at}},
		{query: "since=2026-01-02T03:04:05.123Z", want: List{Since: at.Add(123 * time.Millisecond)}},
		{query: "since=2026-01-02T03:04:05.123456789Z", want: List{Since: at.Add(124 * time.Millisecond)}},
		{query: "until=2026-01-02T03:04:05.123456789Z", want: List{Until: at.Add(123 * time.Millisecond)}},
		{query: "until=2026-01-02T03:04:05.1", want: List{Until: at.Add(100 * time.Millisecond)}},
		{query: "since=yesterday", err: since},
		{query: "since=2026-01-02", err: since},
		{query: "since=1767323045", err: since},
		{query: "since=2026-13-02T03:04:05Z", err: since},
		{query: "since=2026-02-30T03:04:05Z", err: since},
		{query: "since=2026-01-02T03:04:05.1234567890Z", err: since},
		{query: "since=2026-01-02T03:04:05,1Z", err: since},
		{query: "since=2026-01-02T03:04:05%2B99:00", err: since},
		{query: "since=2026-01-02T03:04:05Z%0A", err: since},
		{query: "until=now", err: until},
	}
	for _, test := range tests {
		q, err := url.ParseQuery(test.query)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ParseList(q, false)
		if test.err != "" || err != nil {
			if text(t, err) != test.err {
				t.Errorf("%s: %v, want %s", test.query, err, test.err)
			}
			continue
		}
		if test.want.Page == 0 {
			test.want.Page = 1
		}
		if test.want.Limit == 0 {
			test.want.Limit = 20
		}
		if d := cmp.Diff(test.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", test.query, d)
		}
	}
}

func TestListQuery(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	l := List{States: []job.State{job.Failed}, Since: at, Until: at, Order: job.UpdatedAsc, Page: 3, Limit: 7}
	want := job.Query{
		Owner: "alice", API: job.Transcodes, States: l.States, Since: at, Until: at, Order: job.UpdatedAsc, Limit: 7, Offset: 14,
	}
	if d := cmp.Diff(want, l.Query("alice")); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestHiddenQueued(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		agent  string
		hidden bool
	}{
		{"OpenAPI-Generator/0.1.1/python", true},
		{"OpenAPI-Generator/1.0.0/PHP", true},
		{"curl/8 OpenAPI-Generator/1", false},
		{"node", false},
		{"", false},
	} {
		if got := HideQueued(test.agent); got != test.hidden {
			t.Errorf("%q: hidden is %v", test.agent, got)
		}
	}
	words := map[job.State][2]string{ // shown to those who know queued, and to those who do not
		job.Pending: {"pending", "pending"}, job.Queued: {"queued", "pending"}, job.Running: {"processing", "processing"},
		job.Succeeded: {"completed", "completed"}, job.Failed: {"failed", "failed"}, job.Cancelled: {"canceled", "canceled"},
	}
	for _, s := range job.States() {
		if got := [2]string{Status(s, false), Status(s, true)}; got != words[s] {
			t.Errorf("%s is shown as %v, want %v", s, got, words[s])
		}
	}
	for status, want := range map[string][]job.State{"pending": {job.Pending, job.Queued}, "queued": nil, "failed": {job.Failed}} {
		l, err := ParseList(url.Values{"status": {status}}, true)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, l.States); d != "" || l.None != (want == nil) {
			t.Errorf("?status=%s finds %v, none: %v", status, l.States, l.None)
		}
	}
}
