package service

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/fflambda/fflambda/shared/bucket"
	"github.com/fflambda/fflambda/shared/config"
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
		Config:   c,
		Jobs:     store.Jobs(),
		Queue:    jobs,
		Notices:  queue.New(client, queue.Config{URL: names.NoticesURL, Visibility: notify.Visibility}),
		Files:    files,
		Links:    links,
		Secret:   parameter.New(ssm.NewFromConfig(cfg), names.WebhookParameter).Bytes,
		Rotation: store.Keys().Rotation,
		Checks:   map[string]func(context.Context) error{"table": store.Check, "queue": jobs.Check, "bucket": files.Check},
	}
}
