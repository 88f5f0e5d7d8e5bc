package queue

import (
	"context"
	"fmt"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/fflambda/fflambda/shared/job"
)

const (
	longPoll = 20 * time.Second // SQS's longest (WaitTimeSeconds in ReceiveMessage's reference): 3 calls a minute when idle
	answer   = time.Second      // what the answer of a poll is given to arrive
	deadPoll = time.Second      // any long poll asks all of SQS's servers, a short one may miss a letter
	deadHold = 2 * time.Minute  // how long a dead letter that was listed is kept from others
	batch    = 10               // messages, SQS's limit for one ReceiveMessage
)

// Receive waits for a message and takes it: for the queue's Visibility nobody else gets it.
// It returns ctx's error when ctx ends first. It does not ask SQS beyond ctx's deadline, so none is lost to that; when
// ctx is cancelled, a message that SQS was just about to send comes again after its Visibility.
func (q *Queue) Receive(ctx context.Context) (job.Message, error) {
	for {
		wait := untilEnd(ctx)
		messages, err := q.poll(ctx, &sqs.ReceiveMessageInput{
			QueueUrl: &q.c.URL, MaxNumberOfMessages: 1, VisibilityTimeout: seconds(q.c.Visibility), WaitTimeSeconds: seconds(wait),
		})
		if err == nil && len(messages) > 0 {
			return message(messages[0]), nil
		}
		if err == nil && wait == 0 {
			<-ctx.Done()
			err = ctx.Err()
		}
		if err != nil {
			return job.Message{}, fmt.Errorf("receive from queue %s: %w", q.name, err)
		}
	}
}

// Dead lists dead letters, for somebody who deletes each as soon as it is dealt with: for 2 minutes they are hidden
// from other calls. It waits for a second before it says that there are none.
func (q *Queue) Dead(ctx context.Context, limit int) ([]job.Message, error) {
	var letters []job.Message
	for len(letters) < limit {
		messages, err := q.poll(ctx, &sqs.ReceiveMessageInput{
			QueueUrl: &q.c.DeadURL, MaxNumberOfMessages: int32(min(limit-len(letters), batch)), //nolint:gosec // at most 10
			VisibilityTimeout: seconds(deadHold), WaitTimeSeconds: seconds(deadPoll),
		})
		if err != nil {
			return nil, fmt.Errorf("list dead letters of queue %s: %w", path.Base(q.c.DeadURL), err)
		}
		if len(messages) == 0 {
			break
		}
		for _, m := range messages {
			// Its own count goes on with each listing; what the queue's policy says is how often it was delivered.
			letters = append(letters, job.Message{
				Body: aws.ToString(m.Body), Receipt: receipt{dead: true, handle: aws.ToString(m.ReceiptHandle)}.String(),
				Received: q.c.MaxReceive,
			})
		}
	}
	return letters, nil
}

func (q *Queue) poll(ctx context.Context, in *sqs.ReceiveMessageInput) ([]types.Message, error) {
	in.MessageSystemAttributeNames = []types.MessageSystemAttributeName{types.MessageSystemAttributeNameApproximateReceiveCount}
	out, err := q.client.ReceiveMessage(ctx, in)
	if err != nil {
		return nil, err
	}
	return out.Messages, nil
}

func message(m types.Message) job.Message {
	// A count that SQS left out is 0: nothing hangs on it but a log line.
	received, _ := strconv.Atoi(m.Attributes[string(types.MessageSystemAttributeNameApproximateReceiveCount)])
	return job.Message{Body: aws.ToString(m.Body), Receipt: aws.ToString(m.ReceiptHandle), Received: received}
}

// untilEnd is for how many whole seconds a poll can wait so that its answer comes before ctx ends, longPoll at most.
func untilEnd(ctx context.Context) time.Duration {
	end, ok := ctx.Deadline()
	if !ok {
		return longPoll
	}
	return max(min(time.Until(end)-answer, longPoll), 0).Truncate(time.Second)
}

// receipt is a message's handle at SQS, and of which of the two queues it is. That of a live message is written as
// the bare handle, so that a function can make one of an event's receiptHandle.
type receipt struct {
	dead   bool
	handle string
}

const deadPrefix = "dead:" // handles are Base64, which has no colon

func (r receipt) String() string {
	if r.dead {
		return deadPrefix + r.handle
	}
	return r.handle
}

func parseReceipt(s string) receipt {
	handle, dead := strings.CutPrefix(s, deadPrefix)
	return receipt{dead, handle}
}
