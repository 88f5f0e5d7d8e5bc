// Function worker runs one job: it fetches the inputs, runs ffmpeg and keeps the outputs. It is a container image,
// because ffmpeg is in it.
package main

import (
	"context"

	"github.com/fflambda/fflambda/functions/internal/home"
	"github.com/fflambda/fflambda/functions/internal/work"
	"github.com/fflambda/fflambda/shared/ffmpeg"
	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/worker"
)

func main() {
	ffmpeg.Main()
	home.StartStoppable(handler, "bucket", "queue-url", "notices-url", "link-parameter")
}

func handler(h *home.Home) (any, error) {
	tools, err := work.Tools(h)
	if err != nil {
		return nil, err
	}
	parts := work.Parts(h)
	pool, err := parts.Pool(tools, home.WorkDir(), true)
	if err != nil {
		return nil, err
	}
	return home.Messages(parts.Queue, h.Log, func(ctx context.Context, m job.Message) error {
		ctx, stop := context.WithCancelCause(ctx)
		defer stop(nil)
		defer context.AfterFunc(h.Stopping, func() { stop(worker.ErrStopping) })() //nolint:contextcheck // another life's end
		return pool.Handle(ctx, m)
	}), nil
}
