package table

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/fflambda/fflambda/shared/job"
)

// fetchBatch is DynamoDB's limit of keys for one BatchGetItem.
const fetchBatch = 100

// fetch returns the jobs with the ids, in any order and without those that are not there. It sees every write that
// was answered before. An id may come twice, as an index that is changing has it.
func (js *Jobs) fetch(ctx context.Context, ids []string) ([]job.Job, error) {
	var jobs []job.Job
	for batch := range slices.Chunk(slices.Compact(slices.Sorted(slices.Values(ids))), fetchBatch) {
		keys := make([]item, len(batch))
		for i, id := range batch {
			keys[i] = jobKey(id)
		}
		for len(keys) > 0 {
			items, left, err := js.batch(ctx, keys)
			if err != nil {
				return nil, err
			}
			for _, it := range items {
				j, err := decode(it)
				if err != nil {
					return nil, err
				}
				jobs = append(jobs, j)
			}
			// Some are left where the answer would have more than 16 MB, all where DynamoDB throttles.
			if len(left) == len(keys) {
				return nil, fmt.Errorf("%w: none of %d jobs could be read", job.ErrBusy, len(keys))
			}
			keys = left
		}
	}
	return jobs, nil
}

// batch is one BatchGetItem, and the keys that it did not come to.
func (js *Jobs) batch(ctx context.Context, keys []item) (items, left []item, err error) {
	name := js.table.config.Name
	out, err := js.table.client.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{
		RequestItems: map[string]types.KeysAndAttributes{name: {Keys: keys, ConsistentRead: aws.Bool(true)}},
	})
	if err != nil {
		return nil, nil, err
	}
	return out.Responses[name], out.UnprocessedKeys[name].Keys, nil
}
