// Function webhook tells the world that a job has ended: it calls the job's webhook, and fills the outbox where the job
// was made of an object in the inbox.
package main

import (
	"context"

	"github.com/fflambda/fflambda/functions/internal/home"
	"github.com/fflambda/fflambda/functions/internal/work"
	"github.com/fflambda/fflambda/shared/job"
)

func main() {
	home.Start(handler, "bucket", "notices-url", "link-parameter", "webhook-parameter", "public-url")
}

func handler(h *home.Home) (any, error) {
	parts := work.Parts(h)
	return home.Messages(parts.Notices, h.Log, func(ctx context.Context, m job.Message) error {
		return parts.Tell(ctx, m.Body)
	}), nil
}
