package table

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/fflambda/fflambda/shared/job"
)

// overdueBatch is how many entries of the index are looked at together.
const overdueBatch = 100

// Overdue lists the jobs that rescue must look at. The cost depends on how many those are, not on how many are finished.
// Where there are more Running ones than o.Limit, the oldest come first to within 10 s (leaseGrain) only.
//
// With o.Notice it also counts the jobs whose writer did not come to it, up to 100 of them.
func (js *Jobs) Overdue(ctx context.Context, o job.Overdue) ([]job.Job, error) {
	jobs, err := js.overdue(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("list overdue jobs: %w", err)
	}
	return jobs, nil
}

func (js *Jobs) overdue(ctx context.Context, o job.Overdue) ([]job.Job, error) {
	if !o.Notice {
		return js.watched(ctx, string(o.State), o.Before, o.Limit, func(j job.Job) (time.Time, bool) {
			if j.State == job.Running {
				return j.LeaseUntil, o.State == job.Running
			}
			if j.State == job.Queued && !j.SentAt.IsZero() {
				return j.SentAt, o.State == job.Queued
			}
			return j.UpdatedAt, j.State == o.State
		})
	}
	if err := js.foldLeft(ctx, o.Before); err != nil {
		return nil, err
	}
	return js.watched(ctx, noticed, o.Before, o.Limit, func(j job.Job) (time.Time, bool) {
		return j.Notice.DueAt, !j.Notice.DueAt.IsZero() && !js.table.gone(j)
	})
}

// foldLeft counts what was left uncounted.
func (js *Jobs) foldLeft(ctx context.Context, before time.Time) error {
	left, err := js.watched(ctx, uncounted, before, overdueBatch, func(j job.Job) (time.Time, bool) {
		return j.FinishedAt, j.State.Terminal()
	})
	if err != nil {
		return err
	}
	var errs []error
	for _, j := range left {
		if err := js.fold(ctx, j); err != nil {
			errs = append(errs, fmt.Errorf("count %s: %w", j.ID, err))
		}
	}
	return errors.Join(errs...)
}

// watched lists at most limit jobs that the index holds under watch, and that are due before then by the table, too,
// the oldest first. due says since when a job is what is looked for, if it is.
func (js *Jobs) watched(ctx context.Context, watch string, before time.Time, limit int, due func(job.Job) (time.Time, bool)) ([]job.Job, error) {
	if limit <= 0 {
		return nil, nil
	}
	e := &expression{}
	e.where(keyWatch, "=", text(watch))
	e.where(keyDue, "<", text(timeText(job.CeilMilli(before))))
	index := indexDue
	pages := dynamodb.NewQueryPaginator(js.table.client, &dynamodb.QueryInput{
		TableName: &js.table.config.Name, IndexName: &index, Limit: aws.Int32(overdueBatch),
		KeyConditionExpression: e.condition(), ExpressionAttributeNames: e.names, ExpressionAttributeValues: e.values,
	})
	var found []job.Job
	for pages.HasMorePages() && len(found) < limit {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		ids := make([]string, len(page.Items))
		for i, it := range page.Items {
			ids[i] = idOf(it)
		}
		jobs, err := js.fetch(ctx, ids)
		if err != nil {
			return nil, err
		}
		for _, j := range jobs {
			if at, ok := due(j); ok && at.Before(before) {
				found = append(found, j)
			}
		}
	}
	slices.SortFunc(found, func(a, b job.Job) int {
		atA, _ := due(a)
		atB, _ := due(b)
		return cmp.Or(atA.Compare(atB), cmp.Compare(a.ID, b.ID))
	})
	found = slices.CompactFunc(found, func(a, b job.Job) bool { return a.ID == b.ID }) // one may be on two pages
	return found[:min(limit, len(found))], nil
}
