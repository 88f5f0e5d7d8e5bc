// Package queue is the queue in SQS: a queue and its dead-letter queue. New uses a pair that exists; Create makes one as the
// template does, for stand-ins and tests.
package queue

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go"

	"github.com/fflambda/fflambda/shared/job"
)

// Limits of SQS, by the references of SendMessage (DelaySeconds) and ChangeMessageVisibility.
const (
	// MaxDelay is the longest delay of a message. Send cuts a longer one to it.
	MaxDelay = 15 * time.Minute

	// MaxVisibility is how long a delivery can be held in all, from its Receive on.
	MaxVisibility = 12 * time.Hour
)

// Config says which queue, and how it delivers.
type Config struct {
	URL     string
	DeadURL string // of its dead-letter queue; empty where Dead is not called

	Visibility time.Duration // how long a received message is hidden from others; 0: what the queue itself is set to
	MaxReceive int           // as in the queue's redrive policy: how often a dead letter was delivered
}

// Queue is an SQS standard queue: it delivers at least once, in about the order in which messages were sent, and counts
// time in whole seconds; what is between is rounded up. It is safe for concurrent use.
type Queue struct {
	client *sqs.Client
	c      Config
	name   string
	gauge  gauge
}

// New returns the queue as client sees it. It does not call SQS; Check does.
func New(client *sqs.Client, c Config) *Queue {
	return &Queue{client: client, c: c, name: path.Base(c.URL), gauge: gauge{now: time.Now, asked: time.Now()}}
}

// Send puts body in the queue, to be received after delay, MaxDelay at the most: who must wait for longer compares
// the time when the message comes. Messages of one group are one tenant's: where one has many waiting, SQS delivers those of
// others before them (Developer Guide, "Amazon SQS fair queues"). Empty: of none.
func (q *Queue) Send(ctx context.Context, body, group string, delay time.Duration) error {
	in := &sqs.SendMessageInput{QueueUrl: &q.c.URL, MessageBody: &body, DelaySeconds: seconds(min(delay, MaxDelay))}
	if group != "" {
		in.MessageGroupId = &group
	}
	_, err := q.client.SendMessage(ctx, in)
	if err != nil {
		return fmt.Errorf("send to queue %s: %w", q.name, err)
	}
	return nil
}

// Extend hides m for that long from now. Zero gives it back at once. job.ErrGone: m is not the caller's any more, or a
// dead letter. Past MaxVisibility since its Receive, SQS refuses.
func (q *Queue) Extend(ctx context.Context, m job.Message, visibility time.Duration) error {
	r := parseReceipt(m.Receipt)
	if r.dead || r.handle == "" {
		return job.ErrGone
	}
	_, err := q.client.ChangeMessageVisibility(ctx, &sqs.ChangeMessageVisibilityInput{
		QueueUrl: &q.c.URL, ReceiptHandle: &r.handle, VisibilityTimeout: seconds(min(visibility, MaxVisibility)),
	})
	if err != nil {
		return fmt.Errorf("extend message in queue %s: %w", q.name, gone(err))
	}
	return nil
}

// Delete ends m, or a dead letter. job.ErrGone: m is not the caller's any more. SQS does not always tell: its answer
// to a receipt that is out of date can be success, with nothing deleted (DeleteMessage's reference).
func (q *Queue) Delete(ctx context.Context, m job.Message) error {
	r := parseReceipt(m.Receipt)
	if r.handle == "" {
		return job.ErrGone
	}
	url := q.c.URL
	if r.dead {
		url = q.c.DeadURL
	}
	_, err := q.client.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: &r.handle})
	if err != nil {
		return fmt.Errorf("delete message from queue %s: %w", path.Base(url), gone(err))
	}
	return nil
}

// seconds is d in SQS's unit, rounded up: a message that is hidden for too short a time is the worse mistake.
func seconds(d time.Duration) int32 {
	return int32(math.Ceil(max(d, 0).Seconds()))
}

// gone turns SQS's words for a receipt that is not valid any more into job.ErrGone.
func gone(err error) error {
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		return err
	}
	switch code := api.ErrorCode(); {
	case code == "ReceiptHandleIsInvalid", // it never was a receipt of this queue
		strings.HasSuffix(code, "MessageNotInflight"), // its time is over, nobody else has it yet
		// "… for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired." or "… Message does not exist
		// or is not available for visibility timeout change." Of other parameters the same code is a mistake of ours.
		strings.HasPrefix(code, "InvalidParameterValue") && strings.Contains(api.ErrorMessage(), "parameter ReceiptHandle"):
		return fmt.Errorf("%w (%s)", job.ErrGone, code)
	}
	return err
}
