package jobtest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/fflambda/fflambda/shared/job"
)

const (
	polledJobs = 50 // in all
	finishers  = 6
	skew       = 40 * time.Millisecond // between the clocks of two finishers that follow each other
	pollEvery  = 20 * time.Millisecond
)

// RunPoller lets finishers with clocks that differ end jobs at the same time, while a poller follows them: each time it asks
// for what succeeded since the newest UpdatedAt that it has seen, the oldest first, all pages of 20. It must see every
// job, and none again but those at that very UpdatedAt, since the bound is inclusive.
func RunPoller(t *testing.T, table Table) {
	ctx := within(t)
	var all []string
	for range polledJobs {
		j := create(t, table, New("alice", job.Transcodes))
		move(t, table, j.ID, job.Claim(j.CreatedAt, lease))
		all = append(all, j.ID)
	}
	errs := make(chan error, finishers)
	var ended sync.WaitGroup
	for f := range finishers {
		ended.Go(func() {
			for i := f; i < len(all); i += finishers {
				at := time.Now().Add(-skew * time.Duration(f%2)).Add(-skew / 4 * time.Duration(i%3))
				if _, err := table.Move(ctx, all[i], job.Succeed(at, 1, nil)); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	p := poller{table: table, seen: map[string]bool{}}
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for len(p.seen) < len(all) {
		if err := p.poll(ctx); err != nil {
			t.Fatalf("%v; %d of %d jobs were seen", err, len(p.seen), len(all))
		}
		select {
		case <-tick.C:
		case err := <-errs:
			t.Fatal(err)
		case <-ctx.Done():
			t.Fatalf("%d of %d jobs were seen: the others were missed", len(p.seen), len(all))
		}
	}
	ended.Wait()
}

// poller is a client that remembers the newest UpdatedAt, and nothing else that it asks by.
type poller struct {
	table  Table
	newest time.Time
	seen   map[string]bool
}

func (p *poller) poll(ctx context.Context) error {
	q := job.Query{Owner: "alice", API: job.Transcodes, States: []job.State{job.Succeeded}, Since: p.newest, Order: job.UpdatedAsc, Limit: 20}
	if q.Since.IsZero() {
		q.Since = epoch // a list without a bound is another one
	}
	for ; ; q.Offset += q.Limit {
		page, err := p.table.List(ctx, q)
		if err != nil {
			return err
		}
		for _, j := range page.Jobs {
			if p.seen[j.ID] && !j.UpdatedAt.Equal(q.Since) {
				return fmt.Errorf("%s of %s is shown again since %s", j.ID, j.UpdatedAt, q.Since)
			}
			p.seen[j.ID], p.newest = true, j.UpdatedAt
		}
		if len(page.Jobs) < q.Limit {
			return nil
		}
	}
}
