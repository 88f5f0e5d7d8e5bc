package samlocal

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

const (
	atOnce   = 4           // messages of one queue
	longPoll = 5           // seconds
	pause    = time.Second // after a receive that failed
)

// Pump is what drives the functions that no HTTP request does.
type Pump struct {
	World *World
	SAM   *SAM
	Log   *slog.Logger
	Every time.Duration // of Rescue; 0: never
}

// Run pumps until ctx ends.
func (p *Pump) Run(ctx context.Context) {
	var all sync.WaitGroup
	all.Go(func() { p.queue(ctx, p.World.Jobs.URL, "Worker", p.batch) })
	all.Go(func() { p.queue(ctx, p.World.Notices.URL, "Webhook", p.batch) })
	all.Go(func() { p.queue(ctx, p.World.Inbox.URL, "Ingest", p.plain) })
	if p.Every > 0 {
		all.Go(func() { p.schedule(ctx) })
	}
	all.Wait()
}

type deliver func(ctx context.Context, function string, m types.Message) (handled bool)

// queue hands each message of a queue to a function, and deletes it where that handled it. What was not handled stays,
// comes again after its visibility timeout, and is a dead letter in the end: SQS sees to that.
func (p *Pump) queue(ctx context.Context, url, function string, to deliver) {
	client := sqs.NewFromConfig(p.World.AWS)
	slots := make(chan struct{}, atOnce)
	var all sync.WaitGroup
	defer all.Wait()
	for ctx.Err() == nil {
		out, err := client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
			QueueUrl: &url, WaitTimeSeconds: longPoll, MaxNumberOfMessages: 1,
			MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameAll},
		})
		if err != nil {
			if ctx.Err() == nil {
				p.Log.Error("receive", "function", function, "err", err)
				wait(ctx, pause)
			}
			continue
		}
		for _, m := range out.Messages {
			slots <- struct{}{}
			all.Go(func() {
				defer func() { <-slots }()
				if !to(ctx, function, m) {
					return
				}
				if _, err := client.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: m.ReceiptHandle}); err != nil {
					p.Log.Warn("delete", "function", function, "err", err)
				}
			})
		}
	}
}

// batch delivers a message as an event source mapping with ReportBatchItemFailures does.
func (p *Pump) batch(ctx context.Context, function string, m types.Message) (handled bool) {
	event, err := json.Marshal(events.SQSEvent{Records: []events.SQSMessage{{
		MessageId: aws.ToString(m.MessageId), ReceiptHandle: aws.ToString(m.ReceiptHandle), Body: aws.ToString(m.Body),
		Md5OfBody: aws.ToString(m.MD5OfBody), Attributes: m.Attributes,
		EventSource: "aws:sqs", EventSourceARN: "arn:aws:sqs:us-east-1:123456789012:" + function, AWSRegion: "us-east-1",
	}}})
	if err != nil {
		return false
	}
	answer, err := p.SAM.Invoke(ctx, function, event)
	if err != nil {
		p.Log.Error("not handled", "function", function, "message", aws.ToString(m.Body), "err", err)
		return false
	}
	var failed events.SQSEventResponse
	if err := json.Unmarshal(answer, &failed); err != nil {
		p.Log.Error("not handled", "function", function, "answer", string(answer))
		return false
	}
	return !slices.ContainsFunc(failed.BatchItemFailures, func(f events.SQSBatchItemFailure) bool {
		return f.ItemIdentifier == aws.ToString(m.MessageId)
	})
}

// plain delivers a message's body as the event itself, as S3 does.
func (p *Pump) plain(ctx context.Context, function string, m types.Message) (handled bool) {
	_, err := p.SAM.Invoke(ctx, function, []byte(aws.ToString(m.Body)))
	if err != nil {
		p.Log.Error("not handled", "function", function, "err", err)
	}
	return err == nil
}

// tick is what EventBridge Scheduler sends.
const tick = `{"source":"aws.scheduler","detail-type":"Scheduled Event","detail":"{}"}`

// schedule calls Rescue as EventBridge does.
func (p *Pump) schedule(ctx context.Context) {
	for wait(ctx, p.Every); ctx.Err() == nil; wait(ctx, p.Every) {
		if _, err := p.SAM.Invoke(ctx, "Rescue", []byte(tick)); err != nil && ctx.Err() == nil {
			p.Log.Error("rescue", "err", err)
		}
	}
}

func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
