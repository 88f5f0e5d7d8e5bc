// Function ingest makes a job of each object that is put under inbox/ in the bucket.
package main

import (
	"context"
	"encoding/json"

	"github.com/fflambda/fflambda/functions/internal/home"
	"github.com/fflambda/fflambda/functions/internal/work"
)

func main() { home.Start(handler, "bucket", "queue-url", "public-url") }

func handler(h *home.Home) (any, error) {
	parts := work.Parts(h)
	parts.Jobs = h.Table.Jobs() // without limits: nobody is there to be told that the queue is full
	inbox := parts.Inbox()
	return func(ctx context.Context, event json.RawMessage) error { return inbox.Event(ctx, event) }, nil
}
