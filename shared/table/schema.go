package table

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// The table's own keys and those of its indexes, all of them texts.
const (
	keyPartition = "pk" // what the item is: "job#<id>", "key#<hash>", "keys", "secret#<key id>", "count#<owner>#<api>", "usage#<owner>"
	keySort      = "sk" // "job", "key", "key#<id>", "secret", a day, a month

	// keyList is the partition of both lists: "<owner>#<api>#<state>". A partition takes 1,000 writes a second, and a
	// job that changes its state is one in each of two: so an owner's jobs can start and end some 1,000 times a second.
	keyList = "list"

	keyCreated = "created" // "<time>#<id>", so that jobs of one millisecond have an order
	keyUpdated = "updated" // the same

	keyWatch = "watch" // what Overdue looks for: an active state, uncounted or noticed; not there: nothing is to be done
	keyDue   = "due"   // "<time>#<id>": since when
)

// Names of the indexes.
const (
	indexCreated = "created"
	indexUpdated = "updated"
	indexDue     = "due"
)

// attributeExpires is when DynamoDB may delete the item, in seconds since 1970. It takes its time, some days (DynamoDB,
// "Using time to live"), so whoever reads does not count on it.
const attributeExpires = "expires"

// Schema is the table as the SAM template makes it: what it must have for this package. Times to live are told to
// DynamoDB apart, see CreateTable.
func Schema(name string) *dynamodb.CreateTableInput {
	in := &dynamodb.CreateTableInput{
		TableName:   &name,
		BillingMode: types.BillingModePayPerRequest,
		KeySchema:   keySchema(keyPartition, keySort),
		GlobalSecondaryIndexes: []types.GlobalSecondaryIndex{
			// Each list index carries the other's time: a list by one may be limited by the other. Both change
			// together or not at all, so that costs no write.
			index(indexCreated, keyList, keyCreated, keyUpdated),
			index(indexUpdated, keyList, keyUpdated, keyCreated),
			index(indexDue, keyWatch, keyDue),
		},
	}
	for _, key := range []string{keyPartition, keySort, keyList, keyCreated, keyUpdated, keyWatch, keyDue} {
		in.AttributeDefinitions = append(in.AttributeDefinitions, types.AttributeDefinition{
			AttributeName: aws.String(key), AttributeType: types.ScalarAttributeTypeS,
		})
	}
	return in
}

// TimeToLive is the other half of Schema.
func TimeToLive(name string) *dynamodb.UpdateTimeToLiveInput {
	return &dynamodb.UpdateTimeToLiveInput{TableName: &name, TimeToLiveSpecification: &types.TimeToLiveSpecification{
		AttributeName: aws.String(attributeExpires), Enabled: aws.Bool(true),
	}}
}

// CreateTable makes the table in a stand-in for AWS, and waits until it can be used. In AWS the template makes it.
func CreateTable(ctx context.Context, client *dynamodb.Client, name string) error {
	if _, err := client.CreateTable(ctx, Schema(name)); err != nil {
		return fmt.Errorf("create table %s: %w", name, err)
	}
	ready := dynamodb.NewTableExistsWaiter(client, func(o *dynamodb.TableExistsWaiterOptions) { o.MinDelay = 50 * time.Millisecond })
	if err := ready.Wait(ctx, &dynamodb.DescribeTableInput{TableName: &name}, time.Minute); err != nil {
		return fmt.Errorf("create table %s: %w", name, err)
	}
	if _, err := client.UpdateTimeToLive(ctx, TimeToLive(name)); err != nil {
		return fmt.Errorf("create table %s: %w", name, err)
	}
	return nil
}

func keySchema(partition, sort string) []types.KeySchemaElement {
	return []types.KeySchemaElement{
		{AttributeName: &partition, KeyType: types.KeyTypeHash},
		{AttributeName: &sort, KeyType: types.KeyTypeRange},
	}
}

func index(name, partition, sort string, beside ...string) types.GlobalSecondaryIndex {
	projection := &types.Projection{ProjectionType: types.ProjectionTypeKeysOnly}
	if len(beside) > 0 {
		projection = &types.Projection{ProjectionType: types.ProjectionTypeInclude, NonKeyAttributes: beside}
	}
	return types.GlobalSecondaryIndex{IndexName: &name, KeySchema: keySchema(partition, sort), Projection: projection}
}
