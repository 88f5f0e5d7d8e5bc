package main

import (
	"context"
	"time"

	"github.com/fflambda/fflambda/cmd/internal/client"
)

const frames = 60 // one-frame jobs on each side

// measureFrame is what the sandbox adds to about the shortest job that there is.
func measureFrame(ctx context.Context, b *bench) ([]figure, error) {
	var open, contained []float64
	err := b.bothWays(ctx, func(off, on *client.Client) error {
		for range frames {
			o, err := frame(ctx, off)
			if err != nil {
				return err
			}
			c, err := frame(ctx, on)
			if err != nil {
				return err
			}
			open, contained = append(open, o), append(contained, c)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	over := 1000 * median(pairs(open, contained, difference)[1:]) // without the first, which read the programs from the disk
	return []figure{{name: "a job of one frame, sandbox on over off, median of 59", value: over, unit: "ms", aim: 15}}, nil
}

// frame is the seconds that a client waits for a job of one frame.
func frame(ctx context.Context, c *client.Client) (float64, error) {
	start := time.Now()
	_, err := waitFor(ctx, c, client.Commands{
		InputFiles:     map[string]string{},
		OutputFiles:    []string{"frame.png"},
		FFmpegCommands: []string{"-f lavfi -i color=size=64x64:duration=0.04 -frames:v 1 {{frame.png}}"},
	})
	return time.Since(start).Seconds(), err
}

// measureContained is what it adds to an encode that takes a while.
func measureContained(ctx context.Context, b *bench) ([]figure, error) {
	source, err := b.sample(ctx)
	if err != nil {
		return nil, err
	}
	var ratios []float64
	err = b.bothWays(ctx, func(off, on *client.Client) error {
		sides := []race{{client: off, words: to720p()}, {client: on, words: to720p()}}
		for i := range sides {
			if sides[i].object, err = sides[i].client.Upload(ctx, source); err != nil {
				return err
			}
		}
		for round := range rounds + 1 {
			var took [2]float64
			for i := range sides { // the one that begins changes: the second one may find a warmer machine
				side := (i + round) % 2
				if took[side], err = sides[side].job(ctx); err != nil {
					return err
				}
			}
			if round > 0 {
				ratios = append(ratios, quotient(took[0], took[1]))
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return []figure{{name: "60 s 1080p → 720p, sandbox on ÷ off", value: median(ratios), aim: 1.005}}, nil
}

// bothWays has do work with two servers that differ in the sandbox alone.
func (b *bench) bothWays(ctx context.Context, do func(off, on *client.Client) error) error {
	return b.serve(ctx, "", 1, func(off *client.Server) error {
		return b.serve(ctx, "", 1, func(on *client.Server) error { return do(b.client(off), b.client(on)) })
	}, "FFLAMBDA_SANDBOX=off")
}
