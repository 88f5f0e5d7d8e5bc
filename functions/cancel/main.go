// Function cancel ends jobs that are not finished.
package main

import (
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/fflambda/fflambda/functions/internal/home"
	"github.com/fflambda/fflambda/shared/api"
	"github.com/fflambda/fflambda/shared/queue"
)

func main() { home.Start(handler, "bucket", "notices-url", "link-parameter") }

func handler(h *home.Home) (any, error) {
	c := h.API(api.Cancel)
	c.Notices = queue.New(sqs.NewFromConfig(h.AWS), queue.Config{URL: h.Config.AWS.NoticesURL})
	return h.HTTP(c), nil
}
