package table

import (
	"context"
	"crypto/rand"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/fflambda/fflambda/shared/job"
)

// Jobs is the part of the table that keeps jobs.
type Jobs struct {
	table   *Table
	limits  job.Limits
	waiting func(context.Context) (int, error) // see Limited
}

// Jobs returns the jobs of the table.
func (t *Table) Jobs() *Jobs { return &Jobs{table: t} }

// Create stores j, unless its id is taken: then the job that has it comes back, and created is false. Where a quota stops
// j, what is stored is j.Refused; where a limit does, nothing is, and the error is a *job.Full. One that has no room in an item is refused with job.ErrTooLarge.
func (js *Jobs) Create(ctx context.Context, j job.Job) (stored job.Job, created bool, err error) {
	if stored, created, err = js.create(ctx, j); err != nil {
		return job.Job{}, false, fmt.Errorf("create %s: %w", j.ID, err)
	}
	return stored, created, nil
}

func (js *Jobs) create(ctx context.Context, j job.Job) (job.Job, bool, error) {
	if stored, there, err := js.admits(ctx, j); there || err != nil {
		return stored, false, err
	}
	if quota := js.table.config.Meter.Quotas.Of(j.Owner); len(quota) > 0 {
		return js.admit(ctx, j, quota)
	}
	return js.put(ctx, j)
}

// put is Create without a quota.
func (js *Jobs) put(ctx context.Context, j job.Job) (job.Job, bool, error) {
	token := rand.Text()
	it, err := js.table.encode(j, token)
	if err != nil {
		return job.Job{}, false, err
	}
	e := &expression{}
	js.free(e)
	_, err = js.table.client.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &js.table.config.Name, Item: it,
		ConditionExpression: e.condition(), ExpressionAttributeNames: e.names, ExpressionAttributeValues: e.values,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	if err == nil {
		if j.State.Terminal() {
			js.count(ctx, j)
		}
		return j, true, nil
	}
	old, ok := refused(err)
	if !ok {
		return job.Job{}, false, fits(err)
	}
	stored, err := decode(old)
	// An answer that was lost had the client put it twice.
	return stored, textOf(old[attributeToken]) == token, err
}

// free is the condition that no job has the id, or one that is past its time and only not deleted yet.
func (js *Jobs) free(e *expression) {
	free := "attribute_not_exists(" + e.name(keyPartition) + ")"
	if js.table.config.Retention > 0 {
		free += " OR " + e.name(attributeFinished) + " < " + e.value(text(timeText(js.table.living())))
	}
	e.conditions = append(e.conditions, free)
}

// Find returns the job, or job.ErrNotFound.
func (js *Jobs) Find(ctx context.Context, id string) (job.Job, error) {
	j, err := js.find(ctx, id)
	if err != nil {
		return job.Job{}, fmt.Errorf("find %s: %w", id, err)
	}
	return j, nil
}

func (js *Jobs) find(ctx context.Context, id string) (job.Job, error) {
	it, err := js.table.read(ctx, jobKey(id))
	if err != nil {
		return job.Job{}, err
	}
	return js.living(it)
}

// living is the job of an item, or job.ErrNotFound where the item is not there, or only not deleted yet.
func (js *Jobs) living(it item) (job.Job, error) {
	if len(it) == 0 {
		return job.Job{}, job.ErrNotFound
	}
	j, err := decode(it)
	if err == nil && js.table.gone(j) {
		err = job.ErrNotFound
	}
	return j, err
}
