// Function rescue makes one round a minute: it sees to the jobs whose worker, message or notice got lost.
package main

import (
	"context"

	"github.com/fflambda/fflambda/functions/internal/home"
	"github.com/fflambda/fflambda/functions/internal/work"
)

func main() { home.Start(handler, "queue-url", "dead-url", "notices-url") }

func handler(h *home.Home) (any, error) {
	rescue := work.Parts(h).Rescue()
	// The event is the schedule's, and says nothing.
	return func(ctx context.Context, _ any) error { return rescue.Round(ctx) }, nil
}
