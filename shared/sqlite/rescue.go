package sqlite

import (
	"context"
	"fmt"
	"time"

	"github.com/fflambda/fflambda/shared/job"
)

// Clock is the time that leases go by: the wall clock's as it was when the file was opened, plus the time that has passed
// since. A clock that is set while the process runs ends no lease, and prolongs none.
func (db *DB) Clock() time.Time { return db.opened.Add(time.Since(db.opened)) }

// Lost lists queued jobs that no message in q is for any more, not even a dead letter, the oldest first and at most limit.
// It is exact, as jobs and messages are read at one moment, and a message goes only after its job has moved on. It reads
// the ids of all queued jobs and messages, and no other jobs.
func (t *Jobs) Lost(ctx context.Context, q *Queue, limit int) ([]job.Job, error) {
	jobs, err := scanJobs(t.db.read.QueryContext(ctx, `select data from job where state = 'queued'
		and id not in (select body from message where queue = ?) order by due, id limit ?`, q.name, max(limit, 0)))
	if err != nil {
		return nil, fmt.Errorf("list lost jobs: %w", err)
	}
	return jobs, nil
}

// Untold lists ended jobs whose end was due to be told before then and for which there is no message in q, the oldest first and
// at most limit. It is exact, like Lost.
func (t *Jobs) Untold(ctx context.Context, q *Queue, before time.Time, limit int) ([]job.Job, error) {
	jobs, err := scanJobs(t.db.read.QueryContext(ctx, `select data from job where notice < ?
		and id not in (select body from message where queue = ?) order by notice, id limit ?`,
		job.CeilMilli(before).UnixMilli(), q.name, max(limit, 0)))
	if err != nil {
		return nil, fmt.Errorf("list untold jobs: %w", err)
	}
	return jobs, nil
}

// expireBatch is how many jobs one write deletes: others wait for it.
const expireBatch = 500

// Expire deletes jobs that finished before the given time, but for those whose end somebody is still to be told of, and
// says how many. What they have used stays counted.
func (t *Jobs) Expire(ctx context.Context, before time.Time) (removed int, err error) {
	for _, s := range job.States() {
		for n := expireBatch; s.Terminal() && n == expireBatch; removed += n {
			if n, err = t.expire(ctx, s, before); err != nil {
				return removed, fmt.Errorf("delete expired jobs: %w", err)
			}
		}
	}
	return removed, nil
}

func (t *Jobs) expire(ctx context.Context, s job.State, before time.Time) (removed int, err error) {
	err = t.db.write(ctx, func(ctx context.Context, tx *tx) error {
		res, err := tx.ExecContext(ctx, `delete from job where id in
			(select id from job where state = ? and due < ? and notice is null order by due limit ?)`,
			s, job.CeilMilli(before).UnixMilli(), expireBatch)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		removed = int(n)
		return err
	})
	return removed, err
}
