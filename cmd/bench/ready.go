package main

import (
	"context"

	"github.com/fflambda/fflambda/cmd/internal/client"
)

// manyJobs is the size of a table that has been in use for a while.
const manyJobs = 100_000

// measureReady times exec → the ready line.
func measureReady(ctx context.Context, b *bench) ([]figure, error) {
	empty, err := b.readyTime(ctx, "")
	if err != nil {
		return nil, err
	}
	data, err := b.withJobs(ctx, manyJobs)
	if err != nil {
		return nil, err
	}
	full, err := b.readyTime(ctx, data)
	if err != nil {
		return nil, err
	}
	return []figure{
		{name: "exec → ready, empty folder", value: empty, unit: "s", must: 0.3, aim: 0.1},
		{name: "exec → ready, 100,000 jobs", value: full, unit: "s", must: 0.5, aim: 0.1},
	}, nil
}

// readyTime is the median of several starts on a data folder ("": a new one each time), in seconds.
func (b *bench) readyTime(ctx context.Context, data string) (float64, error) {
	var seconds []float64
	for range rounds {
		err := b.serve(ctx, data, 0, func(s *client.Server) error {
			seconds = append(seconds, s.Ready.Seconds())
			return ctx.Err()
		})
		if err != nil {
			return 0, err
		}
	}
	return median(seconds), nil
}
