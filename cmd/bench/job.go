package main

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/fflambda/fflambda/cmd/internal/client"
)

const (
	copyBytes  = 100_000_000
	pollEvery  = 250 * time.Millisecond // often enough to go on soon, and seldom enough to cost the encode nothing
	inputName  = "input.mp4"
	outputName = "output.mp4"
)

// race is one ffmpeg command, run bare on files and as a job of /api/ffmpeg on an input that is in the bucket.
// Both get the same words, so the argv is the same but for paths and the service's own options.
type race struct {
	bench  *bench
	client *client.Client
	words  []string // with placeholders
	source string   // on disk
	object string   // in the bucket
}

// to720p is an encode that takes a while.
func to720p() []string {
	words := strings.Fields("-i {{input.mp4}} -vf scale=-2:720 -c:v libx264 -preset veryfast -pix_fmt yuv420p -c:a aac")
	return append(words, "-threads", strconv.Itoa(runtime.NumCPU()), "{{output.mp4}}")
}

// measureJob is the cost of the service for an encode that takes a while.
func measureJob(ctx context.Context, b *bench) ([]figure, error) {
	source, err := b.sample(ctx)
	if err != nil {
		return nil, err
	}
	bare, job, err := b.race(ctx, source, to720p())
	if err != nil {
		return nil, err
	}
	return []figure{{name: "job ÷ bare ffmpeg, 60 s 1080p → 720p", value: median(pairs(bare, job, quotient)), must: 1.05, aim: 1.02}}, nil
}

// measureCopy is the same where ffmpeg itself does next to nothing.
func measureCopy(ctx context.Context, b *bench) ([]figure, error) {
	source, err := b.looped(ctx, "copy.mp4", copyBytes)
	if err != nil {
		return nil, err
	}
	bare, job, err := b.race(ctx, source, strings.Fields("-i {{input.mp4}} -c copy {{output.mp4}}"))
	if err != nil {
		return nil, err
	}
	over := 1000 * median(pairs(bare, job, difference))
	return []figure{{name: "stream copy of 100 MB, job over bare", value: over, unit: "ms", must: 250, aim: 150}}, nil
}

// race times both sides, in seconds.
func (b *bench) race(ctx context.Context, source string, words []string) (bare, job []float64, err error) {
	err = b.serve(ctx, "", -1, func(s *client.Server) error {
		r := race{bench: b, client: b.client(s), words: words, source: source}
		var err error
		if r.object, err = r.client.Upload(ctx, source); err != nil {
			return err
		}
		bare, job, err = r.run(ctx)
		return err
	})
	return bare, job, err
}

// run takes five times of each, in turn, after one of each that does not count.
func (r race) run(ctx context.Context) (bare, job []float64, err error) {
	for round := range rounds + 1 {
		b, err := r.bare(ctx, round)
		if err != nil {
			return nil, nil, err
		}
		j, err := r.job(ctx)
		if err != nil {
			return nil, nil, err
		}
		if round > 0 {
			bare, job = append(bare, b), append(job, j)
		}
	}
	return bare, job, nil
}

// bare writes a new file each time, as a job does: the memory of one that is overwritten would be there already,
// and on a virtual machine memory that was not used before can cost more than the copying.
func (r race) bare(ctx context.Context, round int) (seconds float64, err error) {
	output := filepath.Join(r.bench.folder, fmt.Sprintf("bare-%d-%s", round, outputName))
	paths := strings.NewReplacer("{{"+inputName+"}}", r.source, "{{"+outputName+"}}", output)
	var args []string
	for _, w := range r.words {
		args = append(args, paths.Replace(w))
	}
	start := time.Now()
	err = bareFFmpeg(ctx, r.bench.folder, args...)
	return time.Since(start).Seconds(), err
}

// job takes the time from the create to the end, as the job's record has them.
func (r race) job(ctx context.Context) (seconds float64, err error) {
	j, err := r.client.CreateCommands(ctx, client.Commands{
		InputFiles:     map[string]string{inputName: r.object},
		OutputFiles:    []string{outputName},
		FFmpegCommands: []string{strings.Join(r.words, " ")},
	})
	if err != nil {
		return 0, err
	}
	j, err = r.client.FollowCommands(ctx, j.ID, pollEvery, nil)
	if err != nil {
		return 0, fmt.Errorf("follow: %w", err)
	}
	return j.FinishedAt.Sub(j.CreatedAt).Seconds(), nil
}

// pairs compares what was measured in the same round.
func pairs(bare, job []float64, compare func(bare, job float64) float64) []float64 {
	var all []float64
	for i := range bare {
		all = append(all, compare(bare[i], job[i]))
	}
	return all
}

func quotient(bare, job float64) float64   { return job / bare }
func difference(bare, job float64) float64 { return job - bare }
