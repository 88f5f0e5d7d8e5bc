// Function download presigns URLs of finished jobs' files, for those who have the key or a link.
package main

import (
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/fflambda/fflambda/functions/internal/home"
	"github.com/fflambda/fflambda/shared/api"
	"github.com/fflambda/fflambda/shared/bucket"
)

func main() { home.Start(handler, "bucket", "link-parameter") }

func handler(h *home.Home) (any, error) {
	c := h.API(api.Download)
	c.Bucket = bucket.New(s3.NewFromConfig(h.AWS), bucket.Config{Name: h.Config.AWS.Bucket})
	return h.HTTP(c), nil
}
