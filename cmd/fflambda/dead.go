package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/fflambda/fflambda/shared/config"
	"github.com/fflambda/fflambda/shared/job"
)

var errDeadUsage = errors.New("usage: fflambda dead [--data DIR | --table TABLE --queue-url URL] list [OWNER] | retry JOB | retry --all [OWNER]")

// dead shows the jobs whose message was a dead letter, which rescue has failed, and makes new jobs of them. It works beside
// a running server.
func (p *program) dead(ctx context.Context, args []string) error {
	all := slices.Index(args, "--all")
	if all >= 0 { // which is no setting
		args = slices.Delete(slices.Clone(args), all, all+1)
	}
	c, rest, err := config.Store(args, p.environ)
	if err != nil {
		return err
	}
	var do func(context.Context, keyStore, string) error
	switch {
	case len(rest) == 0 || len(rest) > 2:
		return errDeadUsage
	case rest[0] == "list" && all < 0:
		do = p.listDead
	case rest[0] == "retry" && all >= 0:
		do = p.retryAllDead
	case rest[0] == "retry" && len(rest) == 2:
		do = p.retryDead
	default:
		return errDeadUsage
	}
	store, err := openKeys(ctx, c)
	if err != nil {
		return err
	}
	defer store.close()
	return do(ctx, store, strings.Join(rest[1:], ""))
}

// deadJob is a job that nobody could run.
type deadJob struct {
	job.Job
	again string // the id of the new job that was made of it; empty: none was
}

// copyID is the id of the job that is made of j, always the same one, so that it is made once. No client can ask for it:
// an Idempotency-Key has no control characters.
func copyID(j job.Job) string { return job.StableID(j.Owner, j.API, "dead\n"+j.ID) }

func isDead(j job.Job) bool { return j.State == job.Failed && j.Failure != nil && j.Failure.Dead }

// eachDead calls do for each dead job of the owner, or of all owners who have a key, the newest first of each API. They have
// no index: it looks at the newest failed jobs, as many as recent.
func (k keyStore) eachDead(ctx context.Context, owner string, do func(deadJob) error) error {
	owners := []string{owner}
	if owner == "" {
		keys, err := k.all(ctx)
		if err != nil {
			return err
		}
		owners = owners[:0]
		for _, key := range keys {
			owners = append(owners, key.Owner)
		}
		slices.Sort(owners)
	}
	for _, o := range slices.Compact(owners) {
		err := eachRecent(ctx, k.jobs, o, []job.State{job.Failed}, func(j job.Job) error {
			if !isDead(j) {
				return nil
			}
			d := deadJob{Job: j}
			again, err := k.jobs.Find(ctx, copyID(j))
			if err == nil {
				d.again = again.ID
			}
			if err != nil && !errors.Is(err, job.ErrNotFound) {
				return err
			}
			return do(d)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *program) listDead(ctx context.Context, store keyStore, owner string) error {
	w := tabwriter.NewWriter(p.out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "JOB\tOWNER\tENDED\tAGAIN AS\tWHY")
	err := store.eachDead(ctx, owner, func(d deadJob) error {
		fmt.Fprintln(w, strings.Join([]string{d.ID, d.Owner, shortTime(d.FinishedAt), d.again, d.Failure.Message}, "\t"))
		return nil
	})
	return errors.Join(err, w.Flush())
}

func (p *program) retryAllDead(ctx context.Context, store keyStore, owner string) error {
	var dead []job.Job // first all, then the new ones: those must not move the pages
	err := store.eachDead(ctx, owner, func(d deadJob) error {
		if d.again == "" {
			dead = append(dead, d.Job)
		}
		return nil
	})
	for _, j := range dead {
		err = errors.Join(err, p.copyDead(ctx, store, j))
	}
	if err == nil && len(dead) == 0 {
		fmt.Fprintln(p.out, "there is none to retry")
	}
	return err
}

func (p *program) retryDead(ctx context.Context, store keyStore, id string) error {
	j, err := store.job(ctx, id)
	switch {
	case err != nil:
		return err
	case !isDead(j):
		return fmt.Errorf("job %s is %s, and not because no worker could take it", id, j.State)
	}
	return p.copyDead(ctx, store, j)
}

// copyDead makes a new job of j: one that has ended stays so, as its client was told.
func (p *program) copyDead(ctx context.Context, store keyStore, j job.Job) error {
	now := time.Now()
	again, created, err := store.jobs.Create(ctx, j.Copy(copyID(j), now))
	if err != nil {
		return err
	}
	if !created {
		return fmt.Errorf("job %s was put back before, as job %s, which is %s", j.ID, again.ID, again.State)
	}
	when := ""
	if store.queue == nil {
		when = ", within two minutes; with --queue-url at once"
	} else if err := job.Dispatch(ctx, store.jobs, store.queue, again, now); err != nil {
		when = fmt.Sprintf(", within two minutes and not at once: %v", err)
	}
	fmt.Fprintf(p.out, "job %s runs again as job %s%s\n", j.ID, again.ID, when)
	return nil
}
