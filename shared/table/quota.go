package table

import (
	"context"
	"crypto/rand"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/fflambda/fflambda/shared/job"
)

// A quota of jobs is exact: the job and the number of its owner's jobs of the month are written in one transaction, on
// the condition that the number is below the limit. It is kept only for an owner who has such a quota, and begins at 0
// when one is set. What an owner without a quota creates costs no call and no write more.
//
// Minutes and bytes stand in the counts of finished jobs, which are there in any case (see fold). They lag behind a
// job's end as the count does: by nothing, or where its writer ended too early, until rescue has come round.

// Attributes of a day's count beside those named as the states, and of a month's use.
const (
	attributeMillis = "millis" // of billable media
	attributeBytes  = "bytes"  // of outputs kept
	attributeJobs   = "jobs"   // created in the month
)

func usageKey(owner, month string) item {
	return item{keyPartition: text("usage#" + owner), keySort: text(month)}
}

// admit creates j if the quota of its owner lets it in, and else the record of the attempt.
func (js *Jobs) admit(ctx context.Context, j job.Job, quota job.Quota) (job.Job, bool, error) {
	used, err := js.used(ctx, j, quota)
	if err != nil {
		return job.Job{}, false, err
	}
	if e := quota.Exceeded(used); e != nil {
		return js.put(ctx, j.Refused(*e))
	}
	limit, limited := quota[job.MetricJobs]
	if !limited {
		return js.put(ctx, j)
	}
	err = js.putCounted(ctx, j, int64(limit))
	switch {
	case err == nil:
		return j, true, nil
	case holdsNot(err, 1): // the id is taken: whatever the quota says now, it was decided before
		stored, err := js.find(ctx, j.ID)
		return stored, false, err
	case holdsNot(err, 0):
		used.Jobs = int64(limit)
		return js.put(ctx, j.Refused(*quota.Exceeded(used)))
	}
	return job.Job{}, false, fits(err)
}

// used is what j's owner has used of minutes and bytes in the month, if the quota asks for them.
func (js *Jobs) used(ctx context.Context, j job.Job, quota job.Quota) (job.Usage, error) {
	_, minutes := quota[job.MetricMinutes]
	_, bytes := quota[job.MetricBytes]
	if !minutes && !bytes {
		return job.Usage{}, nil
	}
	apis := []job.API{job.Transcodes, job.FFmpeg}
	parts := make([]job.Usage, len(apis))
	err := forEach(ctx, apis, func(ctx context.Context, i int, api job.API) (err error) {
		parts[i], err = js.usedBy(ctx, j.Owner, api, job.Month(j.CreatedAt))
		return err
	})
	return job.Usage{Millis: parts[0].Millis + parts[1].Millis, Bytes: parts[0].Bytes + parts[1].Bytes}, err
}

// usedBy adds up the counts of the month's days. They are 31 at most, in one page.
func (js *Jobs) usedBy(ctx context.Context, owner string, api job.API, month string) (job.Usage, error) {
	e := &expression{}
	e.where(keyPartition, "=", countPartition(owner, api))
	e.conditions = append(e.conditions, "begins_with("+e.name(keySort)+", "+e.value(text(month))+")")
	out, err := js.table.client.Query(ctx, &dynamodb.QueryInput{
		TableName: &js.table.config.Name, ConsistentRead: aws.Bool(true),
		KeyConditionExpression: e.condition(), ExpressionAttributeNames: e.names, ExpressionAttributeValues: e.values,
	})
	if err != nil {
		return job.Usage{}, err
	}
	var u job.Usage
	for _, day := range out.Items {
		u.Millis += int64(numberOf(day[attributeMillis]))
		u.Bytes += int64(numberOf(day[attributeBytes]))
	}
	return u, nil
}

// putCounted writes j, and that its owner has one job more this month: both, or none. Its write 0 is the count, which
// has to be below limit, write 1 the job, whose id has to be free.
func (js *Jobs) putCounted(ctx context.Context, j job.Job, limit int64) error {
	table := &js.table.config.Name
	it, err := js.table.encode(j, rand.Text())
	if err != nil {
		return err
	}
	add := &expression{}
	add.increase(attributeJobs, 1)
	add.set(attributeExpires, number(job.NextMonth(j.CreatedAt).Add(spare).Unix()))
	jobs := add.name(attributeJobs)
	add.conditions = append(add.conditions, "(attribute_not_exists("+jobs+") OR "+jobs+" < "+add.value(number(limit))+")")
	put := &expression{}
	js.free(put)
	return js.table.transact(ctx,
		types.TransactWriteItem{Update: &types.Update{
			TableName: table, Key: usageKey(j.Owner, job.Month(j.CreatedAt)),
			UpdateExpression: add.update(), ConditionExpression: add.condition(),
			ExpressionAttributeNames: add.names, ExpressionAttributeValues: add.values,
		}},
		types.TransactWriteItem{Put: &types.Put{
			TableName: table, Item: it, ConditionExpression: put.condition(),
			ExpressionAttributeNames: put.names, ExpressionAttributeValues: put.values,
		}},
	)
}
