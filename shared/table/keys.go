package table

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/fflambda/fflambda/shared/job"
)

// Keys is the part of the table that keeps API keys. Revoked ones stay in it, so that the list tells of them.
//
// A key is two items: one by its hash, for those who show the key, and one by its id, for people. All of the second
// kind are in one partition, which is what List reads.
type Keys struct{ table *Table }

// Keys returns the API keys of the table.
func (t *Table) Keys() *Keys { return &Keys{t} }

// Attributes of a key's two items beside attributeCreated, which is the index's too and is of no use there.
const (
	attributeOwner   = "owner"
	attributeID      = "id"
	attributeHash    = "hash"
	attributeMade    = "made"
	attributeRevoked = "revoked"
)

func hashKey(hash string) item { return item{keyPartition: text("key#" + hash), keySort: text("key")} }

func keyIDKey(id string) item { return item{keyPartition: text("keys"), keySort: text("key#" + id)} }

// Add stores k. A second key of one id or one hash is an error.
func (ks *Keys) Add(ctx context.Context, k job.Key) error {
	var writes []types.TransactWriteItem
	for _, it := range []item{hashKey(k.Hash), keyIDKey(k.ID)} {
		it[attributeID], it[attributeOwner], it[attributeHash] = text(k.ID), text(k.Owner), text(k.Hash)
		it[attributeMade] = text(timeText(k.CreatedAt))
		if !k.RevokedAt.IsZero() {
			it[attributeRevoked] = text(timeText(k.RevokedAt))
		}
		writes = append(writes, types.TransactWriteItem{Put: &types.Put{
			TableName: &ks.table.config.Name, Item: it, ConditionExpression: aws.String("attribute_not_exists(" + keyPartition + ")"),
		}})
	}
	err := ks.table.transact(ctx, writes...)
	if holdsNot(err, 0) || holdsNot(err, 1) {
		return fmt.Errorf("add key %s: there is one of that id or hash", k.ID)
	}
	if err != nil {
		return fmt.Errorf("add key %s: %w", k.ID, err)
	}
	return nil
}

// Find returns the key with the hash, or job.ErrNoKey where there is none or it was revoked.
func (ks *Keys) Find(ctx context.Context, hash string) (job.Key, error) {
	it, err := ks.table.read(ctx, hashKey(hash))
	if err != nil {
		return job.Key{}, fmt.Errorf("find key: %w", err)
	}
	return goodKey(it)
}

// goodKey is the key of an item, if it is there and not revoked.
func goodKey(it item) (job.Key, error) {
	if len(it) == 0 || it[attributeRevoked] != nil {
		return job.Key{}, job.ErrNoKey
	}
	return decodeKey(it), nil
}

// List returns all keys, revoked ones too, the oldest first.
func (ks *Keys) List(ctx context.Context) ([]job.Key, error) {
	e := &expression{}
	e.where(keyPartition, "=", text("keys"))
	pages := dynamodb.NewQueryPaginator(ks.table.client, &dynamodb.QueryInput{
		TableName: &ks.table.config.Name, ConsistentRead: aws.Bool(true),
		KeyConditionExpression: e.condition(), ExpressionAttributeNames: e.names, ExpressionAttributeValues: e.values,
	})
	var keys []job.Key
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list keys: %w", err)
		}
		for _, it := range page.Items {
			keys = append(keys, decodeKey(it))
		}
	}
	slices.SortFunc(keys, func(a, b job.Key) int { return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID)) })
	return keys, nil
}

// Revoke ends the key at once. job.ErrNoKey: there is none with that id, or it was revoked before.
func (ks *Keys) Revoke(ctx context.Context, id string, at time.Time) error {
	if err := ks.revoke(ctx, id, at); err != nil {
		return fmt.Errorf("revoke key %s: %w", id, err)
	}
	return nil
}

func (ks *Keys) revoke(ctx context.Context, id string, at time.Time) error {
	it, err := ks.table.read(ctx, keyIDKey(id))
	if err != nil {
		return err
	}
	if len(it) == 0 {
		return job.ErrNoKey
	}
	var writes []types.TransactWriteItem
	for _, key := range []item{hashKey(textOf(it[attributeHash])), keyIDKey(id)} {
		e := &expression{}
		e.set(attributeRevoked, text(timeText(at)))
		e.conditions = append(e.conditions, "attribute_not_exists("+e.name(attributeRevoked)+")")
		writes = append(writes, types.TransactWriteItem{Update: &types.Update{
			TableName: &ks.table.config.Name, Key: key,
			UpdateExpression: e.update(), ConditionExpression: e.condition(),
			ExpressionAttributeNames: e.names, ExpressionAttributeValues: e.values,
		}})
	}
	err = ks.table.transact(ctx, writes...)
	if holdsNot(err, 0) {
		return job.ErrNoKey
	}
	return err
}

func decodeKey(it item) job.Key {
	return job.Key{
		ID: textOf(it[attributeID]), Owner: textOf(it[attributeOwner]), Hash: textOf(it[attributeHash]),
		CreatedAt: timeOf(textOf(it[attributeMade])), RevokedAt: timeOf(textOf(it[attributeRevoked])),
	}
}
