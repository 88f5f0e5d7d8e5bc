package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/fflambda/fflambda/shared/bucket"
	"github.com/fflambda/fflambda/shared/cloud/full"
	"github.com/fflambda/fflambda/shared/fetch"
	"github.com/fflambda/fflambda/shared/ffmpeg"
	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/link"
	"github.com/fflambda/fflambda/shared/notify"
	"github.com/fflambda/fflambda/shared/parameter"
	"github.com/fflambda/fflambda/shared/queue"
	"github.com/fflambda/fflambda/shared/service"
	"github.com/fflambda/fflambda/shared/table"
	"github.com/fflambda/fflambda/shared/worker"
)

// openAWS takes the parts that a stack of template.yaml has made, or somebody by hand. Nothing is asked of AWS here.
func (h *home) openAWS(ctx context.Context) (*parts, error) {
	cfg, err := full.Load(ctx)
	if err != nil {
		return nil, err
	}
	c := h.config.AWS
	client, parameters := sqs.NewFromConfig(cfg), ssm.NewFromConfig(cfg)
	store := table.New(dynamodb.NewFromConfig(cfg), table.Config{Name: c.Table, Retention: h.config.Retention})
	jobs := queue.New(client, queue.Config{URL: c.QueueURL, DeadURL: c.DeadURL, Visibility: worker.Visibility(), MaxReceive: service.MaxReceive})
	files := bucket.New(s3.NewFromConfig(cfg), bucket.Config{Name: c.Bucket})
	return &parts{
		Parts: service.Parts{
			Jobs:    store.Jobs(),
			Queue:   jobs,
			Notices: queue.New(client, queue.Config{URL: c.NoticesURL, Visibility: notify.Visibility}),
			Files:   files,
			Links:   link.Lazy(parameter.New(parameters, c.LinkParameter).Bytes),
			Secret:  parameter.New(parameters, c.WebhookParameter).Bytes,
		},
		keys: store.Keys(),
		describe: func(ctx context.Context, tools ffmpeg.Tools, key string) (*job.Media, error) {
			return worker.Remote{Peek: fetch.Peek{Objects: files}, Bucket: files, Tools: tools, Dir: workPath(h.config.Data)}.Describe(ctx, key)
		},
		checks: map[string]func(context.Context) error{"table": store.Check, "queue": jobs.Check, "bucket": files.Check},
		close:  func(context.Context) error { return nil },
	}, nil
}
