package service

import (
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/fflambda/fflambda/shared/bucket"
	"github.com/fflambda/fflambda/shared/config"
	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/link"
	"github.com/fflambda/fflambda/shared/notify"
	"github.com/fflambda/fflambda/shared/parameter"
	"github.com/fflambda/fflambda/shared/queue"
	"github.com/fflambda/fflambda/shared/table"
	"github.com/fflambda/fflambda/shared/worker"
)

// AWS are the Parts that a stack of template.yaml has, by the names in c. What c does not name must not be used.
// Nothing is asked of AWS here. The visibility timeouts are for whoever receives; an event source mapping has the queues' own.
func AWS(cfg aws.Config, c config.Serve, store *table.Table, links func(context.Context) (*link.Signer, error)) Parts {
	client, names := sqs.NewFromConfig(cfg), c.AWS
	jobs := queue.New(client, queue.Config{URL: names.QueueURL, DeadURL: names.DeadURL, Visibility: worker.Visibility(), MaxReceive: MaxReceive})
	files := bucket.New(s3.NewFromConfig(cfg), bucket.Config{Name: names.Bucket})
	return Parts{
		Clock: store.Clock, Now: store.Clock, Slack: table.Slack,
		Lost:     messages{jobs}.lost,
		Config:   c,
		Jobs:     store.Jobs().Limited(c.Limits, jobs.Waiting),
		Queue:    jobs,
		Notices:  queue.New(client, queue.Config{URL: names.NoticesURL, Visibility: notify.Visibility}),
		Files:    files,
		Links:    links,
		Secret:   parameter.New(ssm.NewFromConfig(cfg), names.WebhookParameter).Bytes,
		Rotation: store.Keys().Rotation,
		Checks:   map[string]func(context.Context) error{"table": store.Check, "queue": jobs.Check, "bucket": files.Check},
	}
}

// When a queued job's message counts as gone: SQS cannot be asked for one. A message too many is harmless, as its claim is
// refused, and costs a millionth of a dollar.
const (
	lostFor     = time.Minute   // where no message waits at all; SQS's figures settle within about a minute
	lostForSure = 6 * time.Hour // where others wait, so that a long queue is not made longer still
)

// messages is the queue of jobs, as lost sees it.
type messages struct{ queue counter }

type counter interface {
	Count(ctx context.Context) (queue.Counts, error)
}

// lost lists jobs whose message was sent so long ago that it must be gone, the oldest first. SQS is asked only where there
// is an old one at all.
func (m messages) lost(ctx context.Context, jobs Jobs, now time.Time, limit int) ([]job.Job, error) {
	old, err := jobs.Overdue(ctx, job.Overdue{State: job.Queued, Before: now.Add(-lostFor), Limit: limit})
	if err != nil || len(old) == 0 {
		return nil, err
	}
	c, err := m.queue.Count(ctx)
	if err != nil || c.Waiting == 0 {
		return old, err
	}
	sure := now.Add(-lostForSure)
	return slices.DeleteFunc(old, func(j job.Job) bool { return j.SentAt.After(sure) }), nil
}
