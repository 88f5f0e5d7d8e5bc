package queue

import (
	"context"
	"fmt"
	"path"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// Check reports whether the queue is there and ours. It needs sqs:GetQueueAttributes.
func (q *Queue) Check(ctx context.Context) error {
	if _, err := q.count(ctx, q.c.URL); err != nil {
		return fmt.Errorf("queue %s: %w", q.name, err)
	}
	return nil
}

// Counts is about how many messages a queue holds.
type Counts struct {
	Waiting  int // never received, or to be received again; delayed ones too
	InFlight int // held by a receiver
	Dead     int
}

// Count counts the messages, and the dead letters where DeadURL is set. SQS's figures are approximate, and settle about
// a minute after the last change.
func (q *Queue) Count(ctx context.Context) (Counts, error) {
	c, err := q.count(ctx, q.c.URL)
	if err != nil {
		return Counts{}, fmt.Errorf("count queue %s: %w", q.name, err)
	}
	if q.c.DeadURL == "" {
		return c, nil
	}
	dead, err := q.count(ctx, q.c.DeadURL)
	if err != nil {
		return Counts{}, fmt.Errorf("count queue %s: %w", path.Base(q.c.DeadURL), err)
	}
	c.Dead = dead.Waiting + dead.InFlight
	return c, nil
}

// count asks for the figures of one queue; of Dead it knows nothing.
func (q *Queue) count(ctx context.Context, url string) (Counts, error) {
	const (
		visible = types.QueueAttributeNameApproximateNumberOfMessages
		delayed = types.QueueAttributeNameApproximateNumberOfMessagesDelayed
		held    = types.QueueAttributeNameApproximateNumberOfMessagesNotVisible
	)
	out, err := q.client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: &url, AttributeNames: []types.QueueAttributeName{visible, delayed, held},
	})
	if err != nil {
		return Counts{}, err
	}
	n := map[types.QueueAttributeName]int{}
	for _, name := range []types.QueueAttributeName{visible, delayed, held} {
		if n[name], err = strconv.Atoi(out.Attributes[string(name)]); err != nil {
			return Counts{}, fmt.Errorf("%s: %w", name, err)
		}
	}
	return Counts{Waiting: n[visible] + n[delayed], InFlight: n[held]}, nil
}
