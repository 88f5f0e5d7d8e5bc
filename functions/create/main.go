// Function create takes jobs: it writes them into the table and their ids into the queue. It also answers what belongs to
// no other function: the health check, and paths that API Gateway does not know as a client wrote them.
package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/fflambda/fflambda/functions/internal/home"
	"github.com/fflambda/fflambda/shared/api"
	"github.com/fflambda/fflambda/shared/bucket"
	"github.com/fflambda/fflambda/shared/queue"
)

func main() {
	home.Start(handler, "bucket", "queue-url", "notices-url", "link-parameter")
}

func handler(h *home.Home) (any, error) {
	client := sqs.NewFromConfig(h.AWS)
	jobs := queue.New(client, queue.Config{URL: h.Config.AWS.QueueURL})
	files := bucket.New(s3.NewFromConfig(h.AWS), bucket.Config{Name: h.Config.AWS.Bucket})
	c := h.API(api.Create, api.Status, api.Cancel, api.Download, api.Upload)
	c.Queue, c.Bucket = jobs, files
	c.Jobs = h.Table.Jobs().Limited(h.Config.Limits, jobs.Waiting)
	c.Notices = queue.New(client, queue.Config{URL: h.Config.AWS.NoticesURL})
	c.Checks = map[string]func(context.Context) error{"table": h.Table.Check, "queue": jobs.Check, "bucket": files.Check}
	return h.HTTP(c), nil
}
