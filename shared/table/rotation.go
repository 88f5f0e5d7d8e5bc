package table

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/fflambda/fflambda/shared/job"
)

// attributeGeneration is how often the secret of a "secret#…" item was replaced; attributeMade says when last.
const attributeGeneration = "generation"

func secretKey(id string) item {
	return item{keyPartition: text("secret#" + id), keySort: text("secret")}
}

// Rotation says how often the secret for id was replaced: the id of a key, or what else webhooks are signed for.
func (ks *Keys) Rotation(ctx context.Context, id string) (job.Rotation, error) {
	it, err := ks.table.read(ctx, secretKey(id))
	if err != nil {
		return job.Rotation{}, fmt.Errorf("rotation of %s: %w", id, err)
	}
	return rotation(it), nil
}

// Rotate replaces the secret for id by the next one. It does not ask whether there is such a key. job.ErrBusy: somebody
// else did so at the same moment.
func (ks *Keys) Rotate(ctx context.Context, id string, at time.Time) (job.Rotation, error) {
	r, err := ks.rotate(ctx, id, job.Milli(at))
	if err != nil {
		return job.Rotation{}, fmt.Errorf("rotate secret of %s: %w", id, err)
	}
	return r, nil
}

// rotate writes on the condition of what it has read: a write that the client repeats must not rotate twice, for then
// the receivers' secret would be void at once.
func (ks *Keys) rotate(ctx context.Context, id string, at time.Time) (job.Rotation, error) {
	was, err := ks.Rotation(ctx, id)
	if err != nil {
		return job.Rotation{}, err
	}
	next := job.Rotation{Generation: was.Generation + 1, At: at}
	e := &expression{}
	if was.Generation == 0 {
		e.conditions = append(e.conditions, "attribute_not_exists("+e.name(attributeGeneration)+")")
	} else {
		e.where(attributeGeneration, "=", number(was.Generation))
	}
	e.set(attributeGeneration, number(next.Generation))
	e.setTime(attributeMade, next.At)
	_, err = ks.table.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &ks.table.config.Name, Key: secretKey(id),
		UpdateExpression: e.update(), ConditionExpression: e.condition(),
		ExpressionAttributeNames: e.names, ExpressionAttributeValues: e.values,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	if old, ok := refused(err); ok {
		if rotation(old) == next { // an answer that was lost had the client write twice
			return next, nil
		}
		return job.Rotation{}, fmt.Errorf("%w: somebody else replaced it", job.ErrBusy)
	}
	return next, err
}

func rotation(it item) job.Rotation {
	return job.Rotation{Generation: numberOf(it[attributeGeneration]), At: timeOf(textOf(it[attributeMade]))}
}
