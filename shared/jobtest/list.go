package jobtest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/fflambda/fflambda/shared/job"
)

// epoch is when the listed jobs are made.
var epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// list answers a page that must be there.
func list(t *testing.T, table Table, q job.Query) job.Page {
	t.Helper()
	page, err := table.List(within(t), q)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

// createAt makes a pending job of alice's transcodes, created at that offset from epoch.
func createAt(t *testing.T, table Table, offset time.Duration) job.Job {
	t.Helper()
	j := New("alice", job.Transcodes)
	j.CreatedAt = epoch.Add(offset)
	j.UpdatedAt = j.CreatedAt
	return create(t, table, j)
}

func ids(jobs []job.Job) []string {
	out := make([]string, len(jobs))
	for i, j := range jobs {
		out[i] = j.ID
	}
	return out
}

func testFilters(t *testing.T, table Table) {
	byState := map[job.State]string{}
	for _, s := range job.States() {
		byState[s] = inState(t, table, s).ID
	}
	foreign := create(t, table, New("bob", job.Transcodes)).ID
	other := create(t, table, New("alice", job.FFmpeg)).ID
	all := []string{}
	for _, s := range job.States() {
		all = append(all, byState[s])
	}
	for _, test := range []struct {
		name  string
		query job.Query
		want  []string
	}{
		{"owner and api", job.Query{Owner: "alice", API: job.Transcodes}, all},
		{"other api", job.Query{Owner: "alice", API: job.FFmpeg}, []string{other}},
		{"other owner", job.Query{Owner: "bob", API: job.Transcodes}, []string{foreign}},
		{"nobody", job.Query{Owner: "carol", API: job.Transcodes}, nil},
		{"one state", job.Query{Owner: "alice", API: job.Transcodes, States: []job.State{job.Running}}, []string{byState[job.Running]}},
		{
			"two states, one of them twice",
			job.Query{Owner: "alice", API: job.Transcodes, States: []job.State{job.Failed, job.Pending, job.Failed}},
			[]string{byState[job.Failed], byState[job.Pending]},
		},
		{"unknown state", job.Query{Owner: "alice", API: job.Transcodes, States: []job.State{"odd"}}, nil},
		{"no state", job.Query{Owner: "alice", API: job.Transcodes, States: []job.State{}}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.query.Limit = 100
			page := list(t, table, test.query)
			if d := diff(slices.Sorted(slices.Values(test.want)), slices.Sorted(slices.Values(ids(page.Jobs)))); d != "" {
				t.Errorf("wrong jobs (-want +got):\n%s", d)
			}
			if page.Total != len(test.want) {
				t.Errorf("total %d, want %d", page.Total, len(test.want))
			}
			for _, j := range page.Jobs {
				wantStored(t, table, j)
			}
		})
	}
}

// testOrders makes jobs that change in another order than they were made, some of them in one millisecond.
func testOrders(t *testing.T, table Table) {
	var jobs []job.Job
	for i := range 12 {
		jobs = append(jobs, createAt(t, table, time.Duration(i/3)*time.Second))
	}
	for n := range jobs {
		if i := n * 5 % len(jobs); i%4 != 0 {
			jobs[i] = move(t, table, jobs[i].ID, job.Enqueue(epoch.Add(time.Hour+time.Duration(n/2)*time.Second)))
		}
	}
	created := func(a, b job.Job) int { return cmpJobs(a.CreatedAt, b.CreatedAt, a.ID, b.ID) }
	updated := func(a, b job.Job) int { return cmpJobs(a.UpdatedAt, b.UpdatedAt, a.ID, b.ID) }
	for order, less := range map[job.Order]func(a, b job.Job) int{
		job.NewestFirst: func(a, b job.Job) int { return created(b, a) },
		job.UpdatedAsc:  updated,
		job.UpdatedDesc: func(a, b job.Job) int { return updated(b, a) },
	} {
		want := ids(slices.SortedFunc(slices.Values(jobs), less))
		for _, since := range []time.Time{{}, epoch} { // with and without a window that holds them all
			for offset := range len(want) + 1 {
				q := job.Query{Owner: "alice", API: job.Transcodes, Order: order, Since: since, Limit: 5, Offset: offset}
				page := list(t, table, q)
				if d := diff(want[offset:min(offset+5, len(want))], ids(page.Jobs)); d != "" || page.Total != len(want) {
					t.Fatalf("order %d, since %s, offset %d: total %d of %d (-want +got):\n%s", order, since, offset, page.Total, len(want), d)
				}
			}
		}
	}
}

func cmpJobs(a, b time.Time, idA, idB string) int {
	if c := a.Compare(b); c != 0 {
		return c
	}
	if idA < idB {
		return -1
	}
	return 1
}

// testWindow: both bounds are inclusive, on UpdatedAt, and hold for finer ones than a millisecond.
func testWindow(t *testing.T, table Table) {
	for i := range 5 {
		j := createAt(t, table, 0)
		move(t, table, j.ID, job.Cancel(epoch.Add(time.Duration(10+i)*time.Millisecond)))
	}
	at := func(micros int) time.Time { return epoch.Add(time.Duration(micros) * time.Microsecond) }
	zone := time.FixedZone("", 2*3600)
	for _, test := range []struct {
		since, until time.Time
		want         int
	}{
		{time.Time{}, time.Time{}, 5},
		{at(0), time.Time{}, 5},
		{at(12000), time.Time{}, 3},
		{at(12001), time.Time{}, 2},
		{time.Time{}, at(12000), 3},
		{time.Time{}, at(11999), 2},
		{at(11000), at(13000), 3},
		{at(12000).In(zone), at(12000).In(zone), 1},
		{at(13000), at(11000), 0},
		{at(15000), time.Time{}, 0},
	} {
		for _, order := range []job.Order{job.NewestFirst, job.UpdatedAsc} {
			page := list(t, table, job.Query{
				Owner: "alice", API: job.Transcodes, States: []job.State{job.Cancelled, job.Pending},
				Since: test.since, Until: test.until, Order: order, Limit: 100,
			})
			if len(page.Jobs) != test.want || page.Total != test.want {
				t.Errorf("since %s until %s order %d: %d jobs, total %d; want %d",
					test.since, test.until, order, len(page.Jobs), page.Total, test.want)
			}
		}
	}
}

// testPages pages through a list while jobs are added. Where they come at the end, no job is seen twice or missed;
// where they come at the front, those that push others to the next page make some seen twice, but still none missed.
func testPages(t *testing.T, table Table) {
	for _, test := range []struct {
		order   job.Order
		overlap bool
	}{{job.UpdatedAsc, false}, {job.NewestFirst, true}} {
		t.Run(fmt.Sprint(test.order), func(t *testing.T) {
			first := list(t, table, job.Query{Owner: "alice", API: job.Transcodes}).Total
			var before []string
			for i := range 25 {
				before = append(before, createAt(t, table, time.Duration(first+i/5)*time.Second).ID)
			}
			seen := map[string]int{}
			for offset, added := 0, 0; ; offset += 4 {
				page := list(t, table, job.Query{Owner: "alice", API: job.Transcodes, Order: test.order, Limit: 4, Offset: offset})
				for _, j := range page.Jobs {
					seen[j.ID]++
				}
				if offset >= page.Total {
					break
				}
				if added < 10 {
					createAt(t, table, time.Duration(first+100+added)*time.Second)
					added++
				}
			}
			for _, id := range before {
				if seen[id] == 0 || seen[id] > 1 && !test.overlap {
					t.Errorf("%s was seen %d times", id, seen[id])
				}
			}
		})
	}
}

func testTotals(t *testing.T, table Table) {
	want := func(s job.State, n int) {
		t.Helper()
		q := job.Query{Owner: "alice", API: job.Transcodes, States: []job.State{s}}
		if page := list(t, table, q); page.Total != n || len(page.Jobs) != 0 {
			t.Errorf("%s: total %d with %d jobs at limit 0, want %d with 0", s, page.Total, len(page.Jobs), n)
		}
	}
	j := createAt(t, table, 0)
	createAt(t, table, 0)
	want(job.Pending, 2)
	at := epoch.Add(time.Second)
	move(t, table, j.ID, job.Claim(at, lease))
	move(t, table, j.ID, job.Renew(at, 1, lease))
	if _, err := table.Move(within(t), j.ID, job.Claim(at, lease)); err == nil {
		t.Error("a running job was claimed")
	}
	want(job.Pending, 1)
	want(job.Running, 1)
	move(t, table, j.ID, job.Succeed(at, 1, nil))
	want(job.Running, 0)
	want(job.Succeeded, 1)
}

func testOverdue(t *testing.T, table Table) {
	overdue := func(s job.State, before time.Duration, limit int) []string {
		t.Helper()
		jobs, err := table.Overdue(within(t), job.Overdue{State: s, Before: epoch.Add(before), Limit: limit})
		if err != nil {
			t.Fatal(err)
		}
		return ids(jobs)
	}
	var pending, running []string
	for i := range 4 { // the later one is made first
		j := createAt(t, table, time.Duration(4-i)*time.Second)
		pending = append([]string{j.ID}, pending...)
		j = createAt(t, table, time.Duration(i)*time.Second)
		move(t, table, j.ID, job.Claim(epoch, time.Duration(10-i)*time.Second))
		running = append([]string{j.ID}, running...)
	}
	done := createAt(t, table, 0)
	move(t, table, done.ID, job.Cancel(epoch))
	for _, test := range []struct {
		state  job.State
		before time.Duration
		limit  int
		want   []string
	}{
		{job.Pending, time.Second, 10, nil}, // in the state since exactly then
		{job.Pending, time.Second + time.Millisecond, 10, pending[:1]},
		{job.Pending, time.Hour, 10, pending},
		{job.Pending, time.Hour, 2, pending[:2]},
		{job.Running, 7 * time.Second, 10, nil}, // the first lease ends just then
		{job.Running, 8 * time.Second, 10, running[:1]},
		{job.Running, time.Hour, 10, running},
		{job.Running, time.Hour, 3, running[:3]},
		{job.Queued, time.Hour, 10, nil},
	} {
		if d := diff(test.want, overdue(test.state, test.before, test.limit)); d != "" {
			t.Errorf("%s before %s, limit %d (-want +got):\n%s", test.state, test.before, test.limit, d)
		}
	}
	move(t, table, running[0], job.Renew(epoch, 1, time.Hour))
	if d := diff(running[1:], overdue(job.Running, time.Hour, 10)); d != "" {
		t.Errorf("after a heartbeat (-want +got):\n%s", d)
	}
}
