package table

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/fflambda/fflambda/shared/job"
)

// Lookup is Keys.Find and Jobs.Find in one call of DynamoDB, for a request that needs both: most of them do. It answers
// job.ErrNoKey for a key that is no good, and the zero Job where the id has none.
func (t *Table) Lookup(ctx context.Context, hash, id string) (job.Key, job.Job, error) {
	k, j, err := t.lookup(ctx, hash, id)
	if err != nil {
		return job.Key{}, job.Job{}, fmt.Errorf("look up key and job %s: %w", id, err)
	}
	return k, j, nil
}

func (t *Table) lookup(ctx context.Context, hash, id string) (job.Key, job.Job, error) {
	items, left, err := t.Jobs().batch(ctx, []item{hashKey(hash), jobKey(id)})
	if err != nil {
		return job.Key{}, job.Job{}, err
	}
	if len(left) > 0 { // of two small items only where DynamoDB throttles
		return job.Key{}, job.Job{}, fmt.Errorf("%w: not both could be read", job.ErrBusy)
	}
	var key, found item
	for _, it := range items {
		if strings.HasPrefix(textOf(it[keyPartition]), "key#") {
			key = it
		} else {
			found = it
		}
	}
	k, err := goodKey(key)
	if err != nil {
		return job.Key{}, job.Job{}, err
	}
	j, err := t.Jobs().living(found)
	if errors.Is(err, job.ErrNotFound) {
		return k, job.Job{}, nil
	}
	return k, j, err
}
