package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/fflambda/fflambda/shared/job"
)

// Jobs is the table of jobs.
type Jobs struct{ db *DB }

// Jobs returns the table of jobs.
func (db *DB) Jobs() *Jobs { return &Jobs{db} }

// Create stores j, unless its id is taken: then the job that has it comes back, and created is false.
func (t *Jobs) Create(ctx context.Context, j job.Job) (stored job.Job, created bool, err error) {
	data, err := json.Marshal(j)
	if err != nil {
		return job.Job{}, false, fmt.Errorf("create %s: %w", j.ID, err)
	}
	err = t.db.write(ctx, func(ctx context.Context, tx *tx) error {
		res, err := tx.ExecContext(ctx, `insert into job (id, owner, api, state, created, updated, due, data)
			values (?, ?, ?, ?, ?, ?, ?, ?) on conflict (id) do nothing`,
			j.ID, j.Owner, j.API, j.State, j.CreatedAt.UnixMilli(), j.UpdatedAt.UnixMilli(), due(j), string(data))
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if created = n == 1; created || err != nil {
			return err
		}
		stored, err = find(ctx, tx, j.ID)
		return err
	})
	switch {
	case err != nil:
		return job.Job{}, false, fmt.Errorf("create %s: %w", j.ID, err)
	case created:
		return j, true, nil
	}
	return stored, false, nil
}

// Find returns the job, or job.ErrNotFound.
func (t *Jobs) Find(ctx context.Context, id string) (job.Job, error) {
	j, err := find(ctx, t.db.read, id)
	if err != nil {
		return job.Job{}, fmt.Errorf("find %s: %w", id, err)
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
		if moved, err = m.Apply(old); err != nil {
			return err
		}
		return replace(ctx, tx, moved)
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

// replace stores what a move has changed.
func replace(ctx context.Context, tx *tx, j job.Job) error {
	data, err := json.Marshal(j)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `update job set state = ?, updated = ?, due = ?, notice = ?, data = ? where id = ?`,
		j.State, j.UpdatedAt.UnixMilli(), due(j), notice(j), string(data), j.ID)
	return err
}

// due is since when the job is what Overdue looks for.
func due(j job.Job) int64 {
	if j.State == job.Running {
		return j.LeaseUntil.UnixMilli()
	}
	return j.UpdatedAt.UnixMilli()
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
