package queue

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// keep is how long messages and dead letters are kept, SQS's longest (MessageRetentionPeriod in CreateQueue's
// reference). A dead letter's time runs from its first send.
const keep = 14 * 24 * time.Hour

// Create makes the queue name and its dead-letter queue name-dead, and returns c with their addresses. It is for
// stand-ins and tests: in AWS the template makes them. c's Visibility and MaxReceive become the queue's own; both are needed.
func Create(ctx context.Context, client *sqs.Client, name string, c Config) (Config, error) {
	if c.Visibility <= 0 || c.MaxReceive <= 0 {
		return Config{}, fmt.Errorf("create queue %s: a visibility timeout and a number of deliveries are needed", name)
	}
	var err error
	if c.DeadURL, err = create(ctx, client, name+"-dead", nil); err != nil {
		return Config{}, err
	}
	out, err := client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: &c.DeadURL, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameQueueArn},
	})
	if err != nil {
		return Config{}, fmt.Errorf("create queue %s: %w", name, err)
	}
	redrive, err := json.Marshal(map[string]any{
		"deadLetterTargetArn": out.Attributes[string(types.QueueAttributeNameQueueArn)], "maxReceiveCount": c.MaxReceive,
	})
	if err != nil {
		return Config{}, fmt.Errorf("create queue %s: %w", name, err)
	}
	c.URL, err = create(ctx, client, name, map[string]string{
		string(types.QueueAttributeNameVisibilityTimeout): strconv.Itoa(int(seconds(c.Visibility))),
		string(types.QueueAttributeNameRedrivePolicy):     string(redrive),
	})
	return c, err
}

// create makes one queue, or finds it where it is already there and the same.
func create(ctx context.Context, client *sqs.Client, name string, attributes map[string]string) (url string, err error) {
	all := map[string]string{string(types.QueueAttributeNameMessageRetentionPeriod): strconv.Itoa(int(seconds(keep)))}
	for k, v := range attributes {
		all[k] = v
	}
	out, err := client.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: &name, Attributes: all})
	if err != nil {
		return "", fmt.Errorf("create queue %s: %w", name, err)
	}
	return aws.ToString(out.QueueUrl), nil
}
