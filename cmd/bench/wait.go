package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/fflambda/fflambda/cmd/internal/client"
)

const (
	answers   = 200 // jobs whose answers are timed
	shortJobs = 100 // of one round
)

// tone is about the least that ffmpeg can be asked for.
func tone() client.Commands {
	return client.Commands{
		InputFiles:     map[string]string{},
		OutputFiles:    []string{"tone.wav"},
		FFmpegCommands: []string{"-f lavfi -i sine=duration=0.1 {{tone.wav}}"},
	}
}

// waitFor creates a job and is answered when it has ended.
func waitFor(ctx context.Context, c *client.Client, body client.Commands) (client.Job, error) {
	var answer struct{ Data client.Job }
	if err := c.Call(ctx, http.MethodPost, "/api/ffmpeg?wait=true", body, &answer); err != nil {
		return client.Job{}, err
	}
	return answer.Data, answer.Data.Err()
}

// measureAnswer is how long after a job's end the client that waits for it has its answer whole.
func measureAnswer(ctx context.Context, b *bench) ([]figure, error) {
	var t taken
	err := b.serve(ctx, "", -1, func(s *client.Server) error {
		c := b.client(s)
		for range answers {
			j, err := waitFor(ctx, c, tone())
			if err != nil {
				return err
			}
			t.latencies = append(t.latencies, time.Since(j.FinishedAt))
		}
		slices.Sort(t.latencies)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return []figure{
		{name: "a job's end → its waiting client has the answer, median of 200", value: t.percentile(0.5), unit: "ms", must: 200, aim: 10},
		{name: "a job's end → its waiting client has the answer, p99", value: t.percentile(0.99), unit: "ms", must: 200, aim: 50},
	}, nil
}

// measureShort compares short jobs, one after another on each core, with a shell that runs the same commands.
func measureShort(ctx context.Context, b *bench) ([]figure, error) {
	source := filepath.Join(b.folder, "short.mp4")
	err := bareFFmpeg(ctx, b.folder, "-f", "lavfi", "-i", "testsrc2=size=640x360:rate=25:duration=4", "-pix_fmt", "yuv420p", "-c:v", "libx264", source)
	if err != nil {
		return nil, err
	}
	var ratios, over []float64
	err = b.serve(ctx, "", runtime.NumCPU(), func(s *client.Server) error {
		object, err := b.client(s).Upload(ctx, source)
		if err != nil {
			return err
		}
		for round := range rounds {
			bare, err := b.shellLoop(ctx, source, round)
			if err != nil {
				return err
			}
			jobs, err := b.jobLoop(ctx, s, object)
			if err != nil {
				return err
			}
			ratios = append(ratios, jobs/bare)
			over = append(over, 1000*(jobs-bare)*float64(runtime.NumCPU())/shortJobs)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return []figure{
		{name: "100 short jobs, waited for ÷ 100 ffmpegs in a shell loop", value: median(ratios), aim: 1.15},
		{name: "the same, a job over its ffmpeg", value: median(over), unit: "ms"},
	}, nil
}

// shortWords are the options of a short job. One thread: the others are busy with other jobs.
const shortWords = "-i %s -vf scale=320:-2 -c:v libx264 -preset veryfast -threads 1 %s"

// shellLoop runs the commands as a shell does, one for each core at a time, and takes the seconds.
func (b *bench) shellLoop(ctx context.Context, source string, round int) (float64, error) {
	folder := filepath.Join(b.folder, fmt.Sprintf("short-%d", round))
	if err := os.Mkdir(folder, 0o700); err != nil {
		return 0, err
	}
	run := "ffmpeg -nostdin -loglevel error " + fmt.Sprintf(shortWords, source, "{}.mp4")
	loop := exec.CommandContext(ctx, "sh", "-c", fmt.Sprintf("seq %d | xargs -P %d -I{} %s", shortJobs, runtime.NumCPU(), run))
	loop.Dir = folder
	start := time.Now()
	if out, err := loop.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("shell loop: %w: %s", err, out)
	}
	return time.Since(start).Seconds(), nil
}

// jobLoop has as many clients as cores, each of which waits for a job before it sends the next, and takes the seconds.
func (b *bench) jobLoop(ctx context.Context, s *client.Server, object string) (float64, error) {
	body := client.Commands{
		InputFiles:     map[string]string{inputName: object},
		OutputFiles:    []string{outputName},
		FFmpegCommands: []string{fmt.Sprintf(shortWords, "{{"+inputName+"}}", "{{"+outputName+"}}")},
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.NumCPU())
	c := b.client(s)
	start := time.Now()
	for range shortJobs {
		group.Go(func() error {
			_, err := waitFor(ctx, c, body)
			return err
		})
	}
	err := group.Wait()
	return time.Since(start).Seconds(), err
}
