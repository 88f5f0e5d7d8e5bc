package sqlite

import (
	"context"

	"github.com/fflambda/fflambda/shared/job"
)

// Limits are exact: they are looked at in the very write that they could stop, and there is one writer.

// Limited is t that answers *job.Full to a Create or a Claim that l has no room for.
func (t *Jobs) Limited(l job.Limits) *Jobs {
	limited := *t
	limited.limits = l
	return &limited
}

// room says whether the owner may have one more job that waits. It reads a row, and as many as the owner has in job_count.
func (t *Jobs) room(ctx context.Context, tx *tx, owner string) error {
	if limit := t.limits.Queued; limit > 0 {
		if err := within(ctx, tx, &job.Full{Limit: limit}, `select n from waiting`); err != nil {
			return err
		}
	}
	if limit := t.limits.QueuedOwner; limit > 0 {
		return within(ctx, tx, &job.Full{Owner: owner, Limit: limit},
			`select coalesce(sum(n), 0) from job_count where owner = ? and state in ('pending', 'queued')`, owner)
	}
	return nil
}

// mayRun says whether m may start one more job of the owner's.
func (t *Jobs) mayRun(ctx context.Context, tx *tx, owner string, m job.Move) error {
	limit := t.limits.RunningOwner
	if limit == 0 || !m.NewAttempt {
		return nil
	}
	return within(ctx, tx, &job.Full{Owner: owner, Limit: limit},
		`select coalesce(sum(n), 0) from job_count where owner = ? and state = 'running'`, owner)
}

// within answers full where the query's number has reached its limit.
func within(ctx context.Context, tx *tx, full *job.Full, query string, args ...any) error {
	var n int
	if err := tx.QueryRowContext(ctx, query, args...).Scan(&n); err != nil {
		return err
	}
	if n >= full.Limit {
		return full
	}
	return nil
}
