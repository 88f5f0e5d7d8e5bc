package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/fflambda/fflambda/shared/job"
)

// List returns one page of the jobs that q selects, and how many there are in all, both of one moment.
// Without Since and Until it costs the same however many jobs there are, but for a deep Offset, which is counted through.
// With them it costs by the number of jobs that changed in that time.
func (t *Jobs) List(ctx context.Context, q job.Query) (job.Page, error) {
	if q.States == nil {
		q.States = job.States()
	}
	q.States = slices.Compact(slices.Sorted(slices.Values(q.States)))
	if len(q.States) == 0 {
		return job.Page{}, nil
	}
	page, err := t.list(ctx, q)
	if err != nil {
		return job.Page{}, fmt.Errorf("list jobs: %w", err)
	}
	return page, nil
}

func (t *Jobs) list(ctx context.Context, q job.Query) (page job.Page, err error) {
	query, args := listQuery(q)
	rows, err := t.db.read.QueryContext(ctx, query, args...)
	if err != nil {
		return job.Page{}, err
	}
	defer rows.Close() //nolint:errcheck // Err below tells
	for rows.Next() {
		var data sql.NullString
		if err := rows.Scan(&page.Total, &data); err != nil {
			return job.Page{}, err
		}
		if !data.Valid {
			continue // the page is empty, see listQuery
		}
		j, err := decode(data.String)
		if err != nil {
			return job.Page{}, err
		}
		page.Jobs = append(page.Jobs, j)
	}
	return page, rows.Err()
}

// listQuery is for (total, data), in one statement so that both are of one moment. An empty page is a row without data.
func listQuery(q job.Query) (string, []any) {
	total, args := totalQuery(q)
	page, pageArgs := pageQuery(q)
	return `select (` + total + `), data from (select 1) left join (` + page + `)`, append(args, pageArgs...)
}

// totalQuery counts the jobs that q selects: from the kept numbers where it can.
func totalQuery(q job.Query) (string, []any) {
	if q.Since.IsZero() && q.Until.IsZero() {
		args := []any{q.Owner, q.API}
		for _, s := range q.States {
			args = append(args, s)
		}
		return `select coalesce(sum(n), 0) from job_count where owner = ? and api = ? and state in (?` +
			strings.Repeat(", ?", len(q.States)-1) + `)`, args
	}
	arms, args := arms(q)
	return `select count(*) from (` + arms + `)`, args
}

// pageQuery reads one sorted run of an index for each state and merges them lazily, so that it touches
// no more than Offset+Limit entries of each; only the rows of the page itself are read.
func pageQuery(q job.Query) (string, []any) {
	arms, args := arms(q)
	dir := " desc"
	if q.Order == job.UpdatedAsc {
		dir = ""
	}
	sorted := arms + ` order by 2` + dir + `, 3` + dir + ` limit ? offset ?`
	return `select data from (` + sorted + `) as page cross join job on job.rowid = page.row
		order by page.at` + dir + `, page.id` + dir, append(args, max(q.Limit, 0), max(q.Offset, 0))
}

// arms is a union of one query a state, each for (row, at, id), where at is the time that the list is sorted by.
// A time window is always searched by job_updated, also when the order is another: its matches are then few, and sorted.
func arms(q job.Query) (string, []any) {
	index, at, window := "job_created", "created", ""
	var bounds []any
	if q.Order != job.NewestFirst {
		index, at = "job_updated", "updated"
	}
	if !q.Since.IsZero() {
		index, window, bounds = "job_updated", window+" and updated >= ?", append(bounds, job.CeilMilli(q.Since).UnixMilli())
	}
	if !q.Until.IsZero() {
		index, window, bounds = "job_updated", window+" and updated <= ?", append(bounds, q.Until.UnixMilli())
	}
	arm := `select rowid as row, ` + at + ` as at, id from job indexed by ` + index +
		` where owner = ? and api = ? and state = ?` + window
	var queries []string
	var args []any
	for _, s := range q.States {
		queries = append(queries, arm)
		args = append(append(args, q.Owner, q.API, s), bounds...)
	}
	return strings.Join(queries, " union all "), args
}
