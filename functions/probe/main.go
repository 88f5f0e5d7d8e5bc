// Function probe looks into uploaded files with ffprobe. It is in the worker's container image.
package main

import (
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/fflambda/fflambda/functions/internal/home"
	"github.com/fflambda/fflambda/functions/internal/work"
	"github.com/fflambda/fflambda/shared/api"
	"github.com/fflambda/fflambda/shared/bucket"
	"github.com/fflambda/fflambda/shared/ffmpeg"
	"github.com/fflambda/fflambda/shared/worker"
)

func main() {
	ffmpeg.Main()
	home.Start(handler, "bucket")
}

func handler(h *home.Home) (any, error) {
	tools, err := work.Tools(h)
	if err != nil {
		return nil, err
	}
	files := bucket.New(s3.NewFromConfig(h.AWS), bucket.Config{Name: h.Config.AWS.Bucket})
	c := h.API(api.Probe)
	c.Bucket = files
	c.Describe = worker.Remote{Bucket: files, Tools: tools, Dir: home.WorkDir()}.Describe
	return h.HTTP(c), nil
}
