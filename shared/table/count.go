package table

import (
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/fflambda/fflambda/shared/job"
)

// Finished jobs are counted, for an index cannot say how many entries it has without reading them. There is one small
// item for an owner, an API and a day of the end, with a number for each terminal state, and what its jobs have used.
//
// The write that ends a job marks it as uncounted; fold then adds to the number and takes the mark away, both or none.
// Where a process ends between the two, or too many of an owner's jobs end at once for one item, Overdue folds.

func countPartition(owner string, api job.API) types.AttributeValue {
	return text("count#" + owner + "#" + string(api))
}

func dayText(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// counted is how many finished jobs of q's owner, API and states there are, up to depth. It sees every fold that was
// answered before.
func (js *Jobs) counted(ctx context.Context, q job.Query) (int, error) {
	if !slices.ContainsFunc(q.States, job.State.Terminal) {
		return 0, nil
	}
	e := &expression{}
	e.where(keyPartition, "=", countPartition(q.Owner, q.API))
	e.where(keySort, ">=", text(dayText(js.table.living())))
	pages := dynamodb.NewQueryPaginator(js.table.client, &dynamodb.QueryInput{
		TableName: &js.table.config.Name, ConsistentRead: aws.Bool(true),
		KeyConditionExpression: e.condition(), ExpressionAttributeNames: e.names, ExpressionAttributeValues: e.values,
	})
	n := 0
	for pages.HasMorePages() && n < depth {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return 0, err
		}
		for _, it := range page.Items {
			for _, s := range q.States {
				if s.Terminal() {
					n += numberOf(it[string(s)])
				}
			}
		}
	}
	return n, nil
}

// count folds a job whose end was just written. That stands, so an error is none of its writer's: Overdue tries again.
func (js *Jobs) count(ctx context.Context, j job.Job) {
	_ = js.fold(ctx, j) //nolint:errcheck // see above
}

// fold counts a finished job, as it was read while it was uncounted, and has its notice watched. One that is counted
// already is left alone.
func (js *Jobs) fold(ctx context.Context, j job.Job) error {
	table := &js.table.config.Name
	add := &expression{}
	add.increase(string(j.State), 1)
	used := js.table.config.Meter.Used(j)
	for attribute, n := range map[string]int64{attributeMillis: used.Millis, attributeBytes: used.Bytes} {
		if n > 0 {
			add.increase(attribute, int(n))
		}
	}
	if at, ok := js.table.countExpires(j.FinishedAt); ok {
		add.set(attributeExpires, number(at.Unix()))
	}
	mark := &expression{}
	mark.where(keyWatch, "=", text(uncounted))
	var due time.Time
	if j.Tells() {
		due = j.Notice.DueAt
	}
	watchNotice(mark, j.ID, due)
	err := js.table.transact(ctx,
		types.TransactWriteItem{Update: &types.Update{
			TableName: table, Key: item{keyPartition: countPartition(j.Owner, j.API), keySort: text(dayText(j.FinishedAt))},
			UpdateExpression: add.update(), ExpressionAttributeNames: add.names, ExpressionAttributeValues: add.values,
		}},
		types.TransactWriteItem{Update: &types.Update{
			TableName: table, Key: jobKey(j.ID),
			UpdateExpression: mark.update(), ConditionExpression: mark.condition(),
			ExpressionAttributeNames: mark.names, ExpressionAttributeValues: mark.values,
		}},
	)
	if holdsNot(err, 1) {
		return nil // somebody else has counted it
	}
	return err
}

// spare is how much longer than its month a number stays that quotas go by: a clock may be behind.
const spare = 24 * time.Hour

// countExpires is when the count of that day is of no use any more, neither to lists nor to quotas; ok is false where
// lists want it for ever.
func (t *Table) countExpires(finished time.Time) (at time.Time, ok bool) {
	at, ok = t.expires(finished)
	if month := job.NextMonth(finished).Add(spare); month.After(at) {
		at = month
	}
	return at, ok
}

// watchNotice has Overdue look for the notice when it is due; the zero time ends that.
func watchNotice(e *expression, id string, due time.Time) {
	if due.IsZero() {
		e.set(keyWatch, nil)
		e.set(keyDue, nil)
		return
	}
	e.set(keyWatch, text(noticed))
	e.set(keyDue, text(timeKey(due, id)))
}
