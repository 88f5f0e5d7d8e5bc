package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"syscall"
	"time"

	"github.com/fflambda/fflambda/shared/job"
)

const stopSignal = syscall.SIGTERM

// recovery kills the server that runs a job, and measures how long it takes until the job runs again: on one machine with
// a server that is started at once, in AWS with another that is there. -jobs is how often.
func recovery(ctx context.Context, w *world) error {
	d := &driver{world: w}
	var took []time.Duration
	for range w.jobs {
		once, err := d.recoverOnce(ctx)
		if err != nil {
			return err
		}
		took = append(took, once)
		fmt.Printf("running again after %.2f s\n", once.Seconds())
	}
	slices.Sort(took)
	fmt.Printf("\nmedian of %d on %s: %.1f s, at most %.1f s\n", len(took), w.home, took[len(took)/2].Seconds(), took[len(took)-1].Seconds())
	return nil
}

func (d *driver) recoverOnce(ctx context.Context) (time.Duration, error) {
	victim := d.servers[0]
	if err := victim.start(ctx, d.undisturbed()); err != nil {
		return 0, err
	}
	r := rand.New(rand.NewPCG(d.seed, 0)) //nolint:gosec // no secret
	all := kinds()
	t := task{kind: all[len(all)-1], owner: d.owners[0], key: job.NewID(), copies: 1}
	asker := &driver{world: &world{options: d.options, servers: d.servers[:1], owners: d.owners, source: d.source, receiver: d.receiver}}
	id, err := asker.create(ctx, t, r)
	if err != nil {
		return 0, err
	}
	a := accepted{task: t, id: id}
	first, err := asker.running(ctx, a, r, "")
	if err != nil {
		return 0, err
	}
	killed := time.Now()
	if err := victim.kill(); err != nil {
		return 0, err
	}
	other := d.servers[len(d.servers)-1]
	if !other.alive() {
		if err := other.start(ctx, d.undisturbed()); err != nil {
			return 0, err
		}
	}
	asker.servers = []*server{other}
	if _, err := asker.running(ctx, a, r, first); err != nil {
		return 0, err
	}
	took := time.Since(killed)
	if _, err := asker.unwant(ctx, accepted{task: task{kind: kind{api: job.FFmpeg}, owner: t.owner}, id: id}, r); err != nil {
		return 0, err
	}
	return took, other.stop(stopSignal)
}

// running waits until the job runs in an attempt that began at another time than the one before.
func (d *driver) running(ctx context.Context, a accepted, r *rand.Rand, before string) (since string, err error) {
	err = d.until(ctx, func() (bool, error) {
		status, answer, err := d.ask(ctx, a.task, r, http.MethodGet, a.path(a.id), nil)
		if err != nil || status != http.StatusOK {
			return false, nil //nolint:nilerr // asked again
		}
		since = startOf(answer)
		return statusOf(answer) == "running" && since != before, nil
	})
	return since, err
}
