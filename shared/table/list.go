package table

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/fflambda/fflambda/shared/job"
)

// depth is how far a list can be counted and paged through. An index has no places and no count: whoever wants its
// 10,000th entry reads all before that, about 2 MB.
const depth = 10_000

// settle is how old a change must be for a list that a poller follows. UpdatedAt is the time of whoever makes a change,
// taken before the write, and nothing in DynamoDB puts writes in an order. So a later change can be seen before an
// earlier one, as long as the clocks differ (milliseconds between functions in AWS), a write is tried again (1 s where
// AWS answers 5xx) and an index lags (less than a second, usually). What takes longer than all this, as a write that is
// throttled for seconds, can be missed by a poller that asks for nothing older than the newest that it saw.
const settle = 2 * time.Second

// List returns one page of the jobs that q selects, and how many there are in all. Both end at 10,000: a Total of
// that means "at least so many", and no page lies beyond it. A window of time (Since, Until) leads further.
//
// A page costs the same however many jobs are finished. It grows with Offset, and Total with the jobs that are not
// finished, or with those in the window, each up to 10,000.
//
// The indexes follow the table within a second, usually: for so long a job that was just created or moved can be
// missing, or be counted before it is listed. None is shown twice on a page, nor where it does not belong.
//
// A list with Since ends settle before now, so that whoever goes on from the newest UpdatedAt on it misses nothing.
func (js *Jobs) List(ctx context.Context, q job.Query) (job.Page, error) {
	if q.States == nil {
		q.States = job.States()
	}
	q.States = slices.DeleteFunc(job.States(), func(s job.State) bool { return !slices.Contains(q.States, s) })
	if settled := js.table.now().Add(-settle); !q.Since.IsZero() && (q.Until.IsZero() || q.Until.After(settled)) {
		q.Until = settled
	}
	q.Offset = min(max(q.Offset, 0), depth)
	q.Limit = min(max(q.Limit, 0), depth-q.Offset)
	page, err := js.list(ctx, q)
	if err != nil {
		return job.Page{}, fmt.Errorf("list jobs: %w", err)
	}
	return page, nil
}

func (js *Jobs) list(ctx context.Context, q job.Query) (page job.Page, err error) {
	windowed := !q.Since.IsZero() || !q.Until.IsZero()
	var entries []entry
	var total func(ctx context.Context) (int, error)
	if windowed && q.Order == job.NewestFirst {
		entries, total, err = js.newestOfWindow(ctx, q)
	} else {
		runs := js.runs(q, indexOf(q.Order))
		if entries, err = merge(ctx, runs, q); err != nil {
			return job.Page{}, err
		}
		total = func(ctx context.Context) (int, error) { return js.total(ctx, q, runs, windowed) }
	}
	if err != nil {
		return job.Page{}, err
	}
	both, ctx := errgroup.WithContext(ctx)
	both.Go(func() (err error) {
		page.Jobs, err = js.listed(ctx, q, entries)
		return err
	})
	both.Go(func() (err error) {
		page.Total, err = total(ctx)
		return err
	})
	return page, both.Wait()
}

// total counts what q selects, with what is known from runs that were begun.
func (js *Jobs) total(ctx context.Context, q job.Query, runs []*run, windowed bool) (int, error) {
	var n int
	if !windowed {
		// The finished ones are in the kept counts.
		runs = slices.DeleteFunc(slices.Clone(runs), func(r *run) bool { return r.state.Terminal() })
		var err error
		if n, err = js.counted(ctx, q); err != nil {
			return 0, err
		}
	}
	counts := make([]int, len(runs))
	err := forEach(ctx, runs, func(ctx context.Context, i int, r *run) (err error) {
		counts[i], err = r.count(ctx)
		return err
	})
	for _, c := range counts {
		n += c
	}
	return min(n, depth), err
}

// newestOfWindow sorts the jobs that changed in a window by when they were created. They are read whole; where that
// is too many, there are enough of them for walking along the other index and leaving out what is not in the window.
func (js *Jobs) newestOfWindow(ctx context.Context, q job.Query) ([]entry, func(context.Context) (int, error), error) {
	runs := js.runs(q, indexUpdated)
	if err := forEach(ctx, runs, func(ctx context.Context, _ int, r *run) error { return r.readAll(ctx) }); err != nil {
		return nil, nil, err
	}
	all := map[string]entry{} // by id: a job that moves can be in two states' runs for a moment
	for _, r := range runs {
		for _, e := range r.entries {
			all[e.id] = e
		}
	}
	total := func(context.Context) (int, error) { return min(len(all), depth), nil }
	if len(all) >= depth {
		entries, err := merge(ctx, js.runs(q, indexCreated), q)
		return entries, total, err
	}
	entries := make([]entry, 0, len(all))
	for _, e := range all {
		entries = append(entries, e)
	}
	slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(b.created, a.created) })
	from := min(q.Offset, len(entries))
	return entries[from:min(from+q.Limit, len(entries))], total, nil
}

// listed fetches the jobs of a page. What the index still holds and the table does not is left out.
func (js *Jobs) listed(ctx context.Context, q job.Query, entries []entry) ([]job.Job, error) {
	ids := make([]string, len(entries))
	for i, e := range entries {
		ids[i] = e.id
	}
	jobs, err := js.fetch(ctx, ids)
	if err != nil {
		return nil, err
	}
	jobs = slices.DeleteFunc(jobs, func(j job.Job) bool { return !js.selects(q, j) })
	slices.SortFunc(jobs, func(a, b job.Job) int {
		switch q.Order {
		case job.UpdatedAsc:
			return cmp.Or(a.UpdatedAt.Compare(b.UpdatedAt), cmp.Compare(a.ID, b.ID))
		case job.UpdatedDesc:
			return cmp.Or(b.UpdatedAt.Compare(a.UpdatedAt), cmp.Compare(b.ID, a.ID))
		default:
			return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(b.ID, a.ID))
		}
	})
	return jobs, nil
}

// selects reports whether q selects j, but for its place on a page.
func (js *Jobs) selects(q job.Query, j job.Job) bool {
	return j.Owner == q.Owner && j.API == q.API && slices.Contains(q.States, j.State) && !js.table.gone(j) &&
		!j.UpdatedAt.Before(q.Since) && (q.Until.IsZero() || !j.UpdatedAt.After(q.Until))
}

func indexOf(o job.Order) string {
	if o == job.NewestFirst {
		return indexCreated
	}
	return indexUpdated
}

// forEach does do for all of list at once, and returns the first error.
func forEach[E any](ctx context.Context, list []E, do func(ctx context.Context, i int, e E) error) error {
	group, ctx := errgroup.WithContext(ctx)
	for i, e := range list {
		group.Go(func() error { return do(ctx, i, e) })
	}
	return group.Wait()
}
