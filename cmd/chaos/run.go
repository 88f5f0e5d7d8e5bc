package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/fflambda/fflambda/cmd/chaos/history"
	"github.com/fflambda/fflambda/shared/job"
)

const (
	settleTime = 2 * time.Minute  // after the last fault, for every job to end
	tellTime   = 20 * time.Minute // for every webhook to be delivered: its tries are up to 15 minutes apart
	ever       = 100 * 365 * 24 * time.Hour
	lookEvery  = 250 * time.Millisecond
)

// runChaos is the chaos run: its table goes to standard output, and its error is what it found.
func runChaos(ctx context.Context, w *world) error {
	r, err := chaosRun(ctx, w)
	if err != nil {
		return err
	}
	fmt.Println(r)
	return r.err()
}

func chaosRun(ctx context.Context, w *world) (*report, error) {
	d, r := &driver{world: w}, newReport()
	if err := w.receiver.start(ctx, w.owners); err != nil {
		return nil, err
	}
	reference, err := d.cleanRun(ctx)
	if err != nil {
		return nil, fmt.Errorf("clean run: %w", err)
	}
	began := time.Now()
	s, last, err := d.stormyRun(ctx)
	if err != nil {
		return nil, err
	}
	r.note("command", "`go run ./cmd/chaos -home %s -seed %d -jobs %d -pace %g -rate %g -every %s -hurry %d`", w.home, w.seed, w.jobs, w.pace, w.rate, w.every, w.hurry)
	r.note("jobs accepted", "%d in %s, and %d creates without a key of which no answer came", len(d.jobs), time.Since(began).Round(time.Second), d.unanswered)
	r.counts["went wrong outside"] = s.counts
	r.found[fell], r.found[doubled] = s.fell, d.doubled
	if err := d.settle(ctx, r, last); err != nil {
		return nil, err
	}
	if err := d.checkJobs(ctx, reference, r); err != nil {
		return nil, err
	}
	return r, d.inspect(ctx, r)
}

// cleanRun makes every kind of file once, without faults, and gives the SHA-256 of each by the kind's name.
func (d *driver) cleanRun(ctx context.Context) (map[string]string, error) {
	for _, s := range d.servers {
		if err := s.start(ctx, d.undisturbed()); err != nil {
			return nil, err
		}
	}
	reference := map[string]string{}
	r := rand.New(rand.NewPCG(d.seed, 0)) //nolint:gosec // no secret
	for i, k := range kinds() {
		if k.want != job.Succeeded || k.like != "" {
			continue
		}
		t := task{kind: k, n: -1 - i, owner: d.owners[0], key: fmt.Sprintf("clean-%d", i), copies: 1}
		id, err := d.create(ctx, t, r)
		if err != nil {
			return nil, err
		}
		if reference[k.name], err = d.result(ctx, accepted{task: t, id: id}); err != nil {
			return nil, fmt.Errorf("%s: %w", k.name, err)
		}
	}
	for _, s := range d.servers {
		if err := s.stop(syscall.SIGTERM); err != nil {
			return nil, err
		}
	}
	return reference, nil
}

// result waits for a job to succeed, and takes its file.
func (d *driver) result(ctx context.Context, a accepted) (sum string, err error) {
	err = d.until(ctx, func() (bool, error) {
		e, _, err := d.show(ctx, a)
		switch {
		case err != nil || !e.state().Terminal():
			return false, err
		case e.state() != job.Succeeded:
			return false, fmt.Errorf("job %s is %s %s", a.id, e.Status, e.Code)
		}
		sum, err = d.download(ctx, a, e)
		return true, err
	})
	return sum, err
}

// stormyRun creates the jobs while things go wrong, for as long as that takes at the world's pace. It ends with a kill of
// every server; those that follow meet no faults, and take what could not be taken on before.
func (d *driver) stormyRun(ctx context.Context) (s *storm, last time.Time, err error) {
	s = newStorm(d.world)
	for _, v := range d.servers {
		if err := s.again(ctx, v); err != nil {
			return nil, last, err
		}
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		return d.run(ctx, plan(rand.New(rand.NewPCG(d.seed, 2)), d.world.jobs, d.owners)) //nolint:gosec // no secret
	})
	g.Go(func() error {
		stormy, calm := context.WithTimeout(ctx, time.Duration(float64(d.world.jobs)/d.pace*float64(time.Second)))
		defer calm()
		if err := s.run(stormy, rand.New(rand.NewPCG(d.seed, 1))); err != nil { //nolint:gosec // no secret
			return err
		}
		for _, v := range d.servers {
			if err := errors.Join(v.kill(), v.start(ctx, d.undisturbed())); err != nil {
				return err
			}
		}
		s.counts["kill -9 at the end"] += len(d.servers)
		last = time.Now()
		return nil
	})
	err = g.Wait() // before last is read
	return s, last, err
}

// settle waits until nothing is in flight, and then until everybody was told.
func (d *driver) settle(ctx context.Context, r *report, last time.Time) error {
	look, err := d.look(ctx)
	if err != nil {
		return err
	}
	defer look.Close() //nolint:errcheck // only read
	left, err := await(ctx, settleTime, func() ([]job.Job, error) { return unended(ctx, look) })
	if err != nil {
		return err
	}
	for _, j := range left {
		r.wrong(stuck, "job %s is %s at attempt %d %s after the last fault", j.ID, j.State, j.Attempt, settleTime)
	}
	r.note("all jobs ended", "%.1f s after the last fault", time.Since(last).Seconds())
	untold, err := await(ctx, tellTime, func() ([]job.Job, error) {
		return look.Overdue(ctx, job.Overdue{Notice: true, Before: time.Now().Add(ever), Limit: 1000})
	})
	if err != nil {
		return err
	}
	for _, j := range untold {
		r.wrong(silent, "job %s: %d tries, last %q", j.ID, j.Notice.Tries, j.Notice.Error)
	}
	r.note("all webhooks delivered", "%.1f s after the last fault", time.Since(last).Seconds())
	return nil
}

// unended are the jobs that have not ended.
func unended(ctx context.Context, look store) (left []job.Job, err error) {
	for _, state := range job.States() {
		if state.Terminal() {
			continue
		}
		jobs, err := look.Overdue(ctx, job.Overdue{State: state, Before: time.Now().Add(ever), Limit: 1000})
		if err != nil {
			return nil, err
		}
		left = append(left, jobs...)
	}
	return left, nil
}

// await asks until nothing is left, or for so long. It gives what is left then.
func await[T any](ctx context.Context, most time.Duration, ask func() ([]T, error)) ([]T, error) {
	late := time.Now().Add(most)
	for {
		left, err := ask()
		if err != nil || len(left) == 0 || time.Now().After(late) {
			return left, err
		}
		pause(ctx, lookEvery)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
}

// inspect stops the servers and looks at what they have left.
func (d *driver) inspect(ctx context.Context, r *report) error {
	d.checkWebhooks(r)
	if err := d.checkLeft(ctx, r); err != nil {
		return err
	}
	lines, err := history.Read(d.history)
	if err != nil {
		return err
	}
	for _, l := range lines {
		if l.Fault != nil {
			r.count("calls that met a fault", l.Fault.Kind)
		}
	}
	calls := history.Calls(lines)
	r.note("calls of the table in the history", "%d", len(calls))
	checkHistory(calls, r)
	return d.checkStore(ctx, calls, r)
}
