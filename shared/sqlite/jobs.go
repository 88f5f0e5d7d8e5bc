package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/fflambda/fflambda/shared/job"
)

// Jobs is the table of jobs.
type Jobs struct {
	db     *DB
	meter  job.Meter
	limits job.Limits
}

// Jobs returns the table of jobs.
func (db *DB) Jobs() *Jobs { return &Jobs{db: db} }

// Create stores j, unless its id is taken: then the job that has it comes back, and created is false. Where a quota stops
// j, what is stored is j.Refused; where a limit does, nothing is, and the error is a *job.Full. Its UpdatedAt may be put off, see stamp.
func (t *Jobs) Create(ctx context.Context, j job.Job) (stored job.Job, created bool, err error) {
	err = t.db.write(ctx, func(ctx context.Context, tx *tx) error {
		stored, created, err = t.create(ctx, tx, j)
		return err
	})
	if err != nil {
		return job.Job{}, false, fmt.Errorf("create %s: %w", j.ID, err)
	}
	return stored, created, nil
}

func (t *Jobs) create(ctx context.Context, tx *tx, j job.Job) (stored job.Job, created bool, err error) {
	stored, err = find(ctx, tx, j.ID)
	if !errors.Is(err, job.ErrNotFound) {
		return stored, false, err
	}
	if err := t.room(ctx, tx, j.Owner); err != nil {
		return job.Job{}, false, err
	}
	at := j.UpdatedAt
	if j, err = t.admitted(ctx, tx, j); err != nil {
		return job.Job{}, false, err
	}
	if j, err = tx.put(ctx, j); err != nil {
		return job.Job{}, false, err
	}
	if err := insert(ctx, tx, j, at); err != nil {
		return job.Job{}, false, err
	}
	if _, refused := j.Excess(); !refused {
		err = use(ctx, tx, j.Owner, job.Month(j.CreatedAt), job.Usage{Jobs: 1})
	}
	return j, true, err
}

// Find returns the job, or job.ErrNotFound.
func (t *Jobs) Find(ctx context.Context, id string) (job.Job, error) {
	j, err := find(ctx, t.db.read, id)
	if err != nil {
		return job.Job{}, fmt.Errorf("find %s: %w", id, fault(err))
	}
	return j, nil
}

// Move changes the job by m and returns it as it then is. It answers job.ErrNotFound,
// or a *job.Conflict with the job as it stands where m's conditions do not hold.
func (t *Jobs) Move(ctx context.Context, id string, m job.Move) (job.Job, error) {
	var moved job.Job
	err := t.db.write(ctx, func(ctx context.Context, tx *tx) error {
		old, err := find(ctx, tx, id)
		if err != nil {
			return err
		}
		if moved, err = tx.moved(ctx, old, m); err != nil {
			return err
		}
		if err := t.mayRun(ctx, tx, old.Owner, m); err != nil {
			return err
		}
		if err := replace(ctx, tx, moved, job.Milli(m.At)); err != nil || moved.State == old.State {
			return err
		}
		return use(ctx, tx, moved.Owner, job.Month(moved.FinishedAt), t.meter.Used(moved))
	})
	if err != nil {
		return job.Job{}, fmt.Errorf("%s %s: %w", m.Name, id, err)
	}
	return moved, nil
}

// Overdue lists the jobs that rescue must look at. The cost depends on how many those are, not on how many are finished.
func (t *Jobs) Overdue(ctx context.Context, o job.Overdue) ([]job.Job, error) {
	query, args := `select data from job where state = ? and due < ? order by due, id limit ?`, []any{o.State}
	if o.Notice {
		query, args = `select data from job where notice < ? order by notice, id limit ?`, nil
	}
	jobs, err := scanJobs(t.db.read.QueryContext(ctx, query, append(args, job.CeilMilli(o.Before).UnixMilli(), max(o.Limit, 0))...))
	if err != nil {
		return nil, fmt.Errorf("list overdue jobs: %w", err)
	}
	return jobs, nil
}

func find(ctx context.Context, q querier, id string) (job.Job, error) {
	var data string
	err := q.QueryRowContext(ctx, `select data from job where id = ?`, id).Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return job.Job{}, job.ErrNotFound
	}
	if err != nil {
		return job.Job{}, err
	}
	return decode(data)
}

// insert stores a new job, which waits since at.
func insert(ctx context.Context, tx *tx, j job.Job, at time.Time) error {
	data, err := json.Marshal(j)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `insert into job (id, owner, api, state, created, updated, due, notice, data)
		values (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		j.ID, j.Owner, j.API, j.State, j.CreatedAt.UnixMilli(), j.UpdatedAt.UnixMilli(), due(j, at), notice(j), string(data))
	return err
}

// replace stores what a move at that time has changed.
func replace(ctx context.Context, tx *tx, j job.Job, at time.Time) error {
	data, err := json.Marshal(j)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `update job set state = ?, updated = ?, due = ?, notice = ?, data = ? where id = ?`,
		j.State, j.UpdatedAt.UnixMilli(), due(j, at), notice(j), string(data), j.ID)
	return err
}

// due is since when the job is what Overdue looks for, or Expire. at is the clock of its last move: UpdatedAt may be put off.
func due(j job.Job, at time.Time) int64 {
	switch {
	case j.State == job.Running:
		return j.LeaseUntil.UnixMilli()
	case j.State.Terminal():
		return j.FinishedAt.UnixMilli()
	default:
		return at.UnixMilli()
	}
}

// notice is when the job's end is to be told.
func notice(j job.Job) sql.NullInt64 {
	at := j.Notice.DueAt
	return sql.NullInt64{Int64: at.UnixMilli(), Valid: !at.IsZero()}
}

// scanJobs takes what a query that selects only data has answered.
func scanJobs(rows *sql.Rows, err error) ([]job.Job, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // Err below tells
	var jobs []job.Job
	for rows.Next() {
		var data string
		if err := rows.Scan(&data); err != nil {
			return nil, err
		}
		j, err := decode(data)
		if err != nil {
			return nil, err
		}
		jobs = append(jobs, j)
	}
	return jobs, rows.Err()
}

func decode(data string) (job.Job, error) {
	var j job.Job
	if err := json.Unmarshal([]byte(data), &j); err != nil {
		return job.Job{}, fmt.Errorf("stored job: %w", err)
	}
	return j, nil
}
