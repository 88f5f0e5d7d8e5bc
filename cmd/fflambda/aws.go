package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/fflambda/fflambda/shared/cloud/full"
	"github.com/fflambda/fflambda/shared/ffmpeg"
	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/link"
	"github.com/fflambda/fflambda/shared/parameter"
	"github.com/fflambda/fflambda/shared/service"
	"github.com/fflambda/fflambda/shared/table"
	"github.com/fflambda/fflambda/shared/transcodes"
	"github.com/fflambda/fflambda/shared/worker"
)

// openAWS takes the parts that a stack of template.yaml has made, or somebody by hand. Nothing is asked of AWS here.
func (h *home) openAWS(ctx context.Context) (*parts, error) {
	cfg, err := full.Load(ctx)
	if err != nil {
		return nil, err
	}
	store := table.New(dynamodb.NewFromConfig(cfg), table.Config{
		Name: h.config.AWS.Table, Retention: h.config.Retention, Meter: job.Meter{Quotas: h.config.Quotas, Length: transcodes.Billable},
	})
	links := link.Lazy(parameter.New(ssm.NewFromConfig(cfg), h.config.AWS.LinkParameter).Bytes)
	p := service.AWS(cfg, h.config, store, links)
	return &parts{
		Parts: p,
		keys:  store.Keys(),
		rates: store.Rates(),
		describe: func(ctx context.Context, tools ffmpeg.Tools, object job.ObjectInfo) (*job.Media, error) {
			return worker.Remote{Bucket: p.Files, Tools: tools, Dir: workPath(h.config.Data)}.Describe(ctx, object)
		},
		close: func(context.Context) error { return nil },
	}, nil
}
