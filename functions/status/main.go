// Function status shows and lists jobs.
package main

import (
	"github.com/fflambda/fflambda/functions/internal/home"
	"github.com/fflambda/fflambda/shared/api"
)

func main() { home.Start(handler, "bucket", "link-parameter") }

func handler(h *home.Home) (any, error) { return h.HTTP(h.API(api.Status)), nil }
