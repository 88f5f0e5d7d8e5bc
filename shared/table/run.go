package table

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/fflambda/fflambda/shared/job"
)

// Bounds of a range of time keys that are open: one sorts before all times, one after all times and after the id that
// follows a time.
const (
	earliest = "!"
	latest   = "~"
)

// entry is a job as the list indexes know it.
type entry struct{ id, created, updated string } // the latter two are time keys

// run is the jobs of one owner, API and state in the order of an index, read bit by bit.
type run struct {
	jobs     *Jobs
	state    job.State
	index    string
	forward  bool
	list     string
	from, to string // bounds of the index's sort key
	low, up  string // bounds of entry.updated

	entries     []entry // read and not yet taken
	seen        int     // entries read so far
	next        item    // where to read on
	begun, done bool
}

// runs are those that q selects, one a state.
func (js *Jobs) runs(q job.Query, index string) []*run {
	var runs []*run
	for _, s := range q.States {
		r := &run{jobs: js, state: s, index: index, forward: q.Order == job.UpdatedAsc, list: listKey(q.Owner, q.API, s), low: earliest, up: latest}
		if s.Terminal() {
			r.low = timeText(js.table.living())
		}
		if !q.Since.IsZero() {
			r.low = max(r.low, timeText(job.CeilMilli(q.Since)))
		}
		if !q.Until.IsZero() {
			r.up = timeText(q.Until) + latest
		}
		r.from, r.to = r.low, r.up
		if index == indexCreated { // nothing is created after it was updated
			r.from = earliest
		}
		r.done = r.from > r.to
		runs = append(runs, r)
	}
	return runs
}

// query is the rest of the run, at most limit entries; 0: as many as DynamoDB gives at once (1 MB).
func (r *run) query(limit int) *dynamodb.QueryInput {
	e := &expression{}
	e.where(keyList, "=", text(r.list))
	e.conditions = append(e.conditions, e.name(r.index)+" BETWEEN "+e.value(text(r.from))+" AND "+e.value(text(r.to)))
	in := &dynamodb.QueryInput{
		TableName: &r.jobs.table.config.Name, IndexName: &r.index, ScanIndexForward: &r.forward, ExclusiveStartKey: r.next,
		KeyConditionExpression: e.condition(), ExpressionAttributeNames: e.names, ExpressionAttributeValues: e.values,
	}
	if limit > 0 {
		in.Limit = aws.Int32(int32(limit)) //nolint:gosec // at most depth
	}
	return in
}

// read gets at most limit entries more.
func (r *run) read(ctx context.Context, limit int) error {
	out, err := r.jobs.table.client.Query(ctx, r.query(limit))
	if err != nil {
		return err
	}
	for _, it := range out.Items {
		e := entry{id: idOf(it), created: textOf(it[keyCreated]), updated: textOf(it[keyUpdated])}
		if r.low <= e.updated && e.updated <= r.up {
			r.entries = append(r.entries, e)
			r.seen++
		}
	}
	r.begun, r.next = true, out.LastEvaluatedKey
	r.done = len(r.next) == 0
	return nil
}

// readAll reads to the end, or to the end of what a list shows.
func (r *run) readAll(ctx context.Context) error {
	for !r.done && r.seen < depth {
		if err := r.read(ctx, 0); err != nil {
			return err
		}
	}
	return nil
}

// count is the length of the run, what was read of it and the rest, up to depth.
func (r *run) count(ctx context.Context) (int, error) {
	n := r.seen
	for rest := *r; !rest.done && n < depth; {
		in := rest.query(0)
		in.Select = types.SelectCount
		out, err := r.jobs.table.client.Query(ctx, in)
		if err != nil {
			return 0, err
		}
		n += int(out.Count)
		rest.next = out.LastEvaluatedKey
		rest.done = len(rest.next) == 0
	}
	return min(n, depth), nil
}

// merge is q's page of the merged runs, which it reads no further than that takes.
func merge(ctx context.Context, runs []*run, q job.Query) ([]entry, error) {
	if q.Limit == 0 {
		return nil, nil
	}
	// Where the page is far down, most of what lies before it is in one run: to read so much of all would be a waste.
	bit := min(q.Offset+q.Limit, max(q.Limit, 100))
	if err := forEach(ctx, runs, func(ctx context.Context, _ int, r *run) error { return r.fill(ctx, bit) }); err != nil {
		return nil, err
	}
	var page []entry
	taken := map[string]bool{} // a job that moves can be in two runs for a moment
	for best := first(runs); best != nil; best = first(runs) {
		e := best.entries[0]
		best.entries = best.entries[1:]
		if !taken[e.id] {
			taken[e.id] = true
			if len(taken) > q.Offset {
				page = append(page, e)
			}
		}
		if len(page) == q.Limit {
			break
		}
		bit = min(max(bit, 4*best.seen), depth)
		if err := best.fill(ctx, bit); err != nil {
			return nil, err
		}
	}
	return page, nil
}

// fill reads on where nothing is left to take.
func (r *run) fill(ctx context.Context, limit int) error {
	for len(r.entries) == 0 && !r.done {
		if err := r.read(ctx, limit); err != nil {
			return err
		}
	}
	return nil
}

// first is the run whose next entry comes first, or nil where all are empty.
func first(runs []*run) *run {
	var best *run
	for _, r := range runs {
		if len(r.entries) > 0 && (best == nil || r.before(best)) {
			best = r
		}
	}
	return best
}

func (r *run) before(other *run) bool {
	a, b := r.entries[0].updated, other.entries[0].updated
	if r.index == indexCreated {
		a, b = r.entries[0].created, other.entries[0].created
	}
	return (strings.Compare(a, b) < 0) == r.forward
}
