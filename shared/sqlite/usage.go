package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"github.com/fflambda/fflambda/shared/job"
)

// Use is counted in the writes that cause it, whether a quota is set or not: it is exact, and one that is set in the
// middle of a month knows the whole of it.

// Metered is t that refuses what the quotas do not allow, and counts with m.Length.
func (t *Jobs) Metered(m job.Meter) *Jobs {
	metered := *t
	metered.meter = m
	return &metered
}

// admitted is j, or the record of an attempt that its owner's quota stops.
func (t *Jobs) admitted(ctx context.Context, tx *tx, j job.Job) (job.Job, error) {
	quota := t.meter.Quotas.Of(j.Owner)
	if len(quota) == 0 {
		return j, nil
	}
	var used job.Usage
	err := tx.QueryRowContext(ctx, `select jobs, millis, bytes from usage where owner = ? and month = ?`,
		j.Owner, job.Month(j.CreatedAt)).Scan(&used.Jobs, &used.Millis, &used.Bytes)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return job.Job{}, err
	}
	if e := quota.Exceeded(used); e != nil {
		return j.Refused(*e), nil
	}
	return j, nil
}

// use adds u to what the owner has used in the month.
func use(ctx context.Context, tx *tx, owner, month string, u job.Usage) error {
	if u == (job.Usage{}) {
		return nil
	}
	_, err := tx.ExecContext(ctx, `insert into usage values (?1, ?2, ?3, ?4, ?5)
		on conflict do update set jobs = jobs + ?3, millis = millis + ?4, bytes = bytes + ?5`,
		owner, month, u.Jobs, u.Millis, u.Bytes)
	return err
}
