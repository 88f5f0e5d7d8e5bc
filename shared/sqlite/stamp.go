package sqlite

import (
	"context"
	"time"

	"github.com/fflambda/fflambda/shared/job"
)

// UpdatedAt is the time of whoever makes a change, taken before the change is written. Of two that are written in the
// other order, a reader could see the later one alone, ask from then on for what is later still, and miss the earlier
// one for ever. So the writer, which sees all changes in their order, puts such a time off: within an owner and API, a
// change has the time of the newest one before it or a later one, and the end of a job always a later one.
//
// The newest time survives a restart, as it is that of a job, and a clock that goes back is put off the same way. More
// than 1,000 ends a second of one owner would run ahead of the clock.

// newestMax is how many owners the writer remembers; then it forgets all and asks the table again.
const newestMax = 10_000

// listed are the jobs that a list shows.
type listed struct {
	owner string
	api   job.API
}

// stamp is the time that the change which made j gets: j.UpdatedAt, or later.
func (t *tx) stamp(ctx context.Context, j job.Job) (time.Time, error) {
	of := listed{j.Owner, j.API}
	newest, err := t.newestOf(ctx, of)
	if err != nil {
		return time.Time{}, err
	}
	at := max(j.UpdatedAt.UnixMilli(), newest)
	if j.State.Terminal() && at == newest {
		at++
	}
	t.newest[of] = at // also if the change is undone: times may leave gaps
	return time.UnixMilli(at).UTC(), nil
}

// newestOf is the latest UpdatedAt of all, in milliseconds since 1970.
func (t *tx) newestOf(ctx context.Context, of listed) (int64, error) {
	if at, ok := t.newest[of]; ok {
		return at, nil
	}
	if len(t.newest) >= newestMax {
		clear(t.newest)
	}
	var at int64
	// A maximum for each state, which is one step in the index.
	err := t.QueryRowContext(ctx, `select coalesce(max(at), 0) from (
		select (select max(updated) from job where owner = ?1 and api = ?2 and state = s.column1) as at
		from (values ('pending'), ('queued'), ('running'), ('succeeded'), ('failed'), ('cancelled')) as s)`,
		of.owner, of.api).Scan(&at)
	return at, err
}

// put is j, which is to be created, at its time.
func (t *tx) put(ctx context.Context, j job.Job) (job.Job, error) {
	at, err := t.stamp(ctx, j)
	if err != nil {
		return job.Job{}, err
	}
	j.UpdatedAt = at
	if j.State.Terminal() {
		j.FinishedAt = at
	}
	return j, nil
}

// moved is old after m, at its time. What has to be done after the move is due by its own clock: should the table's
// times have run far ahead, because a clock did, it would else wait for them.
func (t *tx) moved(ctx context.Context, old job.Job, m job.Move) (job.Job, error) {
	j, err := m.Apply(old)
	if err != nil || j.State == old.State {
		return j, err
	}
	stamped := m
	if stamped.At, err = t.stamp(ctx, j); err != nil {
		return job.Job{}, err
	}
	j, err = stamped.Apply(old)
	if due := job.Milli(m.At); due.Before(j.Notice.DueAt) {
		j.Notice.DueAt = due
	}
	return j, err
}
