package table_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/jobtest"
	"github.com/fflambda/fflambda/shared/table"
)

// pages are lists of the kinds that clients ask for, of jobs that fill made.
var pages = map[string]job.Query{
	"newest":  {},
	"state":   {States: []job.State{job.Succeeded}},
	"updated": {Order: job.UpdatedDesc},
	"poll":    {States: []job.State{job.Succeeded}, Since: time.Now().Add(-30 * time.Second)},
	"rare":    {States: []job.State{job.Failed, job.Running}},
}

// TestPageCost: a page costs no more than twice the calls and units at 3,000 jobs that it costs at 100, and a round of
// rescue the same.
func TestPageCost(t *testing.T) {
	t.Parallel()
	client, m := measured(local(t))
	few, many := fill(t, client, 100), fill(t, client, 3000)
	for name, q := range pages {
		calls, units := pageCost(t, few, m, q)
		callsMany, unitsMany := pageCost(t, many, m, q)
		if callsMany > 2*calls || unitsMany > 2*units || calls == 0 || units == 0 {
			t.Errorf("%s: %d calls and %.1f units at 100 jobs, %d and %.1f at 3,000", name, calls, units, callsMany, unitsMany)
		}
	}
	m.reset()
	round(t, few)
	calls, units := m.reset()
	round(t, many)
	if callsMany, unitsMany := m.reset(); callsMany != calls || unitsMany != units || calls == 0 {
		t.Errorf("a round of rescue: %d calls and %.1f units at 100 finished jobs, %d and %.1f at 3,000", calls, units, callsMany, unitsMany)
	}
	if m.calls["Scan"] > 0 {
		t.Error("a list or a round scans the table")
	}
}

// round asks what a round of rescue asks, where all jobs are finished.
func round(tb testing.TB, jobs *table.Jobs) {
	tb.Helper()
	before := time.Now().Add(time.Hour)
	for _, o := range []job.Overdue{{State: job.Pending}, {State: job.Queued}, {State: job.Running}, {Notice: true}} {
		o.Before, o.Limit = before, 100
		if found, err := jobs.Overdue(tb.Context(), o); err != nil || len(found) > 0 {
			tb.Fatalf("%+v: %d jobs, %v", o, len(found), err)
		}
	}
}

// TestDeepPages: far down, a page and the total are still exact.
func TestDeepPages(t *testing.T) {
	t.Parallel()
	jobs := fill(t, local(t), 1000)
	for offset, want := range map[int]int{0: 20, 500: 20, 990: 10, 1000: 0} {
		for _, order := range []job.Order{job.NewestFirst, job.UpdatedAsc} {
			page, err := jobs.List(t.Context(), job.Query{Owner: "alice", API: job.Transcodes, Order: order, Offset: offset, Limit: 20})
			if err != nil {
				t.Fatal(err)
			}
			if len(page.Jobs) != want || page.Total != 1000 {
				t.Errorf("order %d, offset %d: %d jobs of %d, want %d of 1000", order, offset, len(page.Jobs), page.Total, want)
				continue
			}
			for i, j := range page.Jobs {
				place := 1000 - 1 - offset - i
				if order == job.UpdatedAsc {
					place = offset + i
				}
				if j.Metadata[:6] != fmt.Sprintf("%06d", place) {
					t.Errorf("order %d, place %d: job %s", order, offset+i, j.Metadata[:6])
				}
			}
		}
	}
}

// BenchmarkPage reports what a page costs; see also TestPageCost. It fills tables of 100 and 100,000 jobs (minutes).
func BenchmarkPage(b *testing.B) {
	client, m := measured(local(b))
	for _, n := range []int{100, 100_000} {
		jobs := fill(b, client, n)
		for _, name := range slices.Sorted(maps.Keys(pages)) {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				m.reset()
				for b.Loop() {
					pageOf(b, jobs, pages[name])
				}
				calls, units := m.reset()
				b.ReportMetric(float64(calls)/float64(b.N), "calls/op")
				b.ReportMetric(units/float64(b.N), "units/op")
			})
		}
		b.Run(fmt.Sprintf("rescue/%d", n), func(b *testing.B) {
			m.reset()
			for b.Loop() {
				round(b, jobs)
			}
			calls, units := m.reset()
			b.ReportMetric(float64(calls)/float64(b.N), "calls/op")
			b.ReportMetric(units/float64(b.N), "units/op")
		})
		page := pageOf(b, jobs, job.Query{Offset: table.Depth - 20})
		if want := min(n, table.Depth); page.Total != want || n > table.Depth && len(page.Jobs) != 20 {
			b.Errorf("of %d jobs the total is %d, want %d; the last page has %d jobs", n, page.Total, want, len(page.Jobs))
		}
	}
}

func pageCost(tb testing.TB, jobs *table.Jobs, m *meter, q job.Query) (calls int, units float64) {
	tb.Helper()
	m.reset()
	pageOf(tb, jobs, q)
	return m.reset()
}

func pageOf(tb testing.TB, jobs *table.Jobs, q job.Query) job.Page {
	tb.Helper()
	q.Owner, q.API, q.Limit = "alice", job.Transcodes, 20
	page, err := jobs.List(tb.Context(), q)
	if err != nil {
		tb.Fatal(err)
	}
	return page
}

// fill makes a table with n succeeded jobs of about 1 KB, a second apart and ending now. Their metadata begins with
// their number.
func fill(tb testing.TB, client *dynamodb.Client, n int) *table.Jobs {
	tb.Helper()
	jobs := open(tb, client, table.Config{}).Jobs()
	all := make([]job.Job, n)
	now := job.Milli(time.Now())
	for i := range all {
		j := jobtest.New("alice", job.Transcodes)
		j.State, j.Metadata = job.Succeeded, fmt.Sprintf("%06d", i)+strings.Repeat("x", 500)
		j.CreatedAt = now.Add(time.Duration(i-n+1) * time.Second)
		j.UpdatedAt, j.FinishedAt = j.CreatedAt, j.CreatedAt
		all[i] = j
	}
	if err := jobs.Fill(tb.Context(), all); err != nil {
		tb.Fatal(err)
	}
	return jobs
}
