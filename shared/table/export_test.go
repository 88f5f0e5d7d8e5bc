package table

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/fflambda/fflambda/shared/job"
)

// Depth is depth.
const Depth = depth

// Ahead is t with a clock that is ahead: lists with Since then show what has just changed.
func (t *Table) Ahead(d time.Duration) *Table {
	t.now = func() time.Time { return time.Now().Add(d) }
	return t
}

// Twin is the same table on another machine.
func (t *Table) Twin(client *dynamodb.Client) *Table { return New(client, t.config) }

// Wrong is t on a machine whose clock is wrong by d.
func (t *Table) Wrong(d time.Duration) *Table {
	t.clock.own = func() time.Time { return time.Now().Add(d) }
	return t
}

// Fill stores finished and counted jobs, quicker than their life would.
func (js *Jobs) Fill(ctx context.Context, jobs []job.Job) error {
	counts := map[string]int{}
	for batch := range slices.Chunk(jobs, 25) { // DynamoDB's limit for one BatchWriteItem
		var writes []types.WriteRequest
		for _, j := range batch {
			it, err := js.table.encode(j, "")
			if err != nil {
				return err
			}
			delete(it, keyWatch)
			delete(it, keyDue)
			writes = append(writes, types.WriteRequest{PutRequest: &types.PutRequest{Item: it}})
			counts[dayText(j.FinishedAt)]++
		}
		out, err := js.table.client.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{
			RequestItems: map[string][]types.WriteRequest{js.table.config.Name: writes},
		})
		if err != nil {
			return err
		}
		if len(out.UnprocessedItems) > 0 {
			return fmt.Errorf("%d items are not written", len(out.UnprocessedItems))
		}
	}
	for _, d := range slices.Sorted(maps.Keys(counts)) {
		it := item{keyPartition: countPartition(jobs[0].Owner, jobs[0].API), keySort: text(d), string(jobs[0].State): number(counts[d])}
		if _, err := js.table.client.PutItem(ctx, &dynamodb.PutItemInput{TableName: &js.table.config.Name, Item: it}); err != nil {
			return err
		}
	}
	return nil
}

// MarkUncounted undoes the fold of a finished job, but for the count: as its writer would leave it that ends too early.
func (js *Jobs) MarkUncounted(ctx context.Context, j job.Job) error {
	e := &expression{}
	e.set(keyWatch, text(uncounted))
	e.set(keyDue, text(timeKey(j.FinishedAt, j.ID)))
	_, err := js.table.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &js.table.config.Name, Key: jobKey(j.ID), UpdateExpression: e.update(),
		ExpressionAttributeNames: e.names, ExpressionAttributeValues: e.values,
	})
	if err != nil {
		return err
	}
	_, err = js.table.client.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: &js.table.config.Name,
		Key:       item{keyPartition: countPartition(j.Owner, j.API), keySort: text(dayText(j.FinishedAt))},
	})
	return err
}
