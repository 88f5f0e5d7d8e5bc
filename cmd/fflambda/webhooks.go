package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/fflambda/fflambda/shared/config"
	"github.com/fflambda/fflambda/shared/job"
)

// recent is how many of an owner's newest finished jobs of each API a list looks at, some at a time: webhooks that were
// not delivered have no index of their own.
const (
	recent     = 1000
	recentPage = 100
)

var errWebhooksUsage = errors.New("usage: fflambda webhooks [--data DIR | --table TABLE --notices-url URL] list OWNER | retry JOB")

// webhooks shows what was not delivered and has it delivered again. It works beside a running server.
func (p *program) webhooks(ctx context.Context, args []string) error {
	c, rest, err := config.Store(args, p.environ)
	if err != nil {
		return err
	}
	if len(rest) != 2 || rest[0] != "list" && rest[0] != "retry" {
		return errWebhooksUsage
	}
	store, err := openKeys(ctx, c)
	if err != nil {
		return err
	}
	defer store.close()
	if rest[0] == "list" {
		return p.listWebhooks(ctx, store.jobs, rest[1])
	}
	return p.retryWebhook(ctx, store, rest[1])
}

// retryWebhook makes the job's notice due once more, delivered or not, with all its tries.
func (p *program) retryWebhook(ctx context.Context, store keyStore, id string) error {
	j, err := store.job(ctx, id)
	switch {
	case err != nil:
		return err
	case !j.Tells():
		return fmt.Errorf("job %s has no webhook_url: nobody is to be told of its end", id)
	case !j.State.Terminal():
		return fmt.Errorf("job %s is %s: its webhook is called when it ends", id, j.State)
	}
	j, err = store.jobs.Move(ctx, id, job.Retell(time.Now(), j.Notice))
	if errors.Is(err, job.ErrConflict) {
		return fmt.Errorf("the webhook of job %s was called at this very moment: look how that went before you try again", id)
	}
	if err != nil {
		return err
	}
	what := "its webhook is called"
	if j.Inbox != "" {
		what = "its outbox is filled, and its webhook called if it has one,"
	}
	if store.notices == nil {
		fmt.Fprintf(p.out, "job %s: %s within 6 minutes; with --notices-url at once\n", id, what)
		return nil
	}
	if err := job.Announce(ctx, store.notices, j); err != nil {
		return fmt.Errorf("job %s: %s within 6 minutes, and not at once: %w", id, what, err)
	}
	fmt.Fprintf(p.out, "job %s: %s again\n", id, what)
	return nil
}

// listWebhooks shows the owner's jobs of whose end somebody is still to be told, or was not.
func (p *program) listWebhooks(ctx context.Context, jobs storedJobs, owner string) error {
	w := tabwriter.NewWriter(p.out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "JOB\tENDED\tCALLS\tNEXT\tLAST")
	states := []job.State{job.Succeeded, job.Failed, job.Cancelled}
	err := eachRecent(ctx, jobs, owner, states, func(j job.Job) error {
		if n := j.Notice; !n.DueAt.IsZero() || n.Error != "" {
			fmt.Fprintln(w, strings.Join([]string{
				j.ID, shortTime(j.FinishedAt), strconv.Itoa(n.Calls.Count), shortTime(n.DueAt), n.Error,
			}, "\t"))
		}
		return nil
	})
	if err != nil {
		return err
	}
	return w.Flush()
}
