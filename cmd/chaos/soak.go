package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/fflambda/fflambda/shared/job"
)

const (
	sampleEvery = 10 * time.Second
	measureFor  = 20 * time.Second // the capacity
	soakLoad    = 0.8              // of it
	warmUp      = 2                // thirds begin after so many samples: caches fill
	mostGrowth  = 0.15             // of a median, from the first third to the last
)

// soak loads one server steadily and looks whether anything grows that should not. No faults.
func soak(ctx context.Context, w *world) error {
	s, d := w.servers[0], &driver{world: w}
	if err := w.receiver.start(ctx, w.owners); err != nil {
		return err
	}
	if err := s.start(ctx, w.undisturbed()); err != nil {
		return err
	}
	capacity, err := d.capacity(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("capacity: %.1f jobs/s; the load is %.1f jobs/s for %s\n", capacity, soakLoad*capacity, w.last)
	samples, jobs, err := d.load(ctx, soakLoad*capacity)
	if err != nil {
		return err
	}
	fmt.Printf("%d jobs, a sample every %s\n\n", jobs, sampleEvery)
	table, grown := compare(samples, float64(jobs)/w.last.Minutes())
	fmt.Println(table)
	if planned := int(soakLoad * capacity * w.last.Seconds()); jobs < planned*9/10 {
		return fmt.Errorf("the load was not steady: %d jobs of %d. Something else keeps the machine busy; run it alone", jobs, planned)
	}
	if len(grown) > 0 {
		return fmt.Errorf("grows: %s", strings.Join(grown, ", "))
	}
	return s.stop(stopSignal)
}

// capacity is how many jobs a second are done where there are always more.
func (d *driver) capacity(ctx context.Context) (float64, error) {
	timed, stop := context.WithTimeout(ctx, measureFor)
	defer stop()
	g, timed := errgroup.WithContext(timed)
	done := make([]int, 12)
	for i := range done {
		g.Go(func() error {
			for timed.Err() == nil {
				if err := d.one(timed, i); err != nil && timed.Err() == nil {
					return err
				}
				done[i]++
			}
			return nil
		})
	}
	start := time.Now()
	err := g.Wait()
	total := 0
	for _, n := range done {
		total += n
	}
	return float64(total) / time.Since(start).Seconds(), err
}

// one does one job, of a mix that real work is: encodes, copies, one of /v1, some with a webhook.
func (d *driver) one(ctx context.Context, n int) error {
	all := kinds()
	t := task{kind: all[n%4], n: n, owner: d.owners[n%len(d.owners)], key: "soak-" + job.NewID(), copies: 1}
	if t.name == "slow copy" {
		t.kind = all[0]
	}
	t.webhook = t.api == job.FFmpeg && n%3 == 0
	r := rand.New(rand.NewPCG(d.seed, uint64(n))) //nolint:gosec // no secret
	id, err := d.create(ctx, t, r)
	if err != nil {
		return err
	}
	_, err = d.result(ctx, accepted{task: t, id: id})
	return err
}

// load does so many jobs a second for as long as the soak lasts, and samples meanwhile.
func (d *driver) load(ctx context.Context, perSecond float64) (samples []series, jobs int, err error) {
	ctx, stop := context.WithTimeout(ctx, d.last+giveUp)
	defer stop()
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(64)
	tick, sample := time.NewTicker(time.Duration(float64(time.Second)/perSecond)), time.NewTicker(sampleEvery)
	defer tick.Stop()
	defer sample.Stop()
	samples = kindsOfSamples()
	for over := time.After(d.last); ; {
		select {
		case <-over:
			return samples, jobs, g.Wait()
		case <-ctx.Done():
			return nil, jobs, errors.Join(g.Wait(), ctx.Err())
		case <-tick.C:
			n := jobs
			jobs++
			g.Go(func() error { return d.one(ctx, n) })
		case <-sample.C:
			if err := d.sample(samples); err != nil {
				return nil, jobs, errors.Join(err, g.Wait())
			}
		}
	}
}

// compare sets the first third of the samples against the last, and says what has grown that must not.
func compare(all []series, jobsPerMinute float64) (table string, grown []string) {
	var b strings.Builder
	b.WriteString("| | median of the first third | of the last | a minute |\n| --- | --- | --- | --- |\n")
	for _, s := range all {
		values := s.values[min(warmUp, len(s.values)):]
		third := len(values) / 3
		if third == 0 {
			return "", []string{"too few samples of " + s.name}
		}
		first, last := median(values[:third]), median(values[len(values)-third:])
		slope := (last - first) / (float64(len(values)-third) * sampleEvery.Minutes())
		more := fmt.Sprintf("%+.3f", slope)
		if s.per {
			more = fmt.Sprintf("%+.3f (%.2f KiB a job)", slope, slope*1024/jobsPerMinute)
		} else if last-first > max(s.least, mostGrowth*first) {
			grown = append(grown, s.name)
		}
		fmt.Fprintf(&b, "| %s | %.1f %s | %.1f %s | %s |\n", s.name, first, s.unit, last, s.unit, more)
	}
	return b.String(), grown
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
