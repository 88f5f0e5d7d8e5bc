package main

import (
	"context"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/fflambda/fflambda/cmd/internal/client"
)

const (
	largeBytes  = 2_000_000_000 // below the upload's limit of 2040109465
	sampleEvery = 100 * time.Millisecond
	settle      = 2 * time.Second // after ready, until a server counts as idle
)

// measureIdle is what a server holds that has nothing to do.
func measureIdle(ctx context.Context, b *bench) ([]figure, error) {
	var all []float64
	for range rounds {
		err := b.serve(ctx, "", -1, func(s *client.Server) error {
			select {
			case <-time.After(settle):
			case <-ctx.Done():
				return ctx.Err()
			}
			mb, err := resident(ctx, s.PID())
			all = append(all, mb)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return []figure{{name: "resident memory, idle", value: median(all), unit: "MB", must: 45, aim: 30}}, nil
}

// measureMemory is the most that the server (not ffmpeg) holds while a large file goes through all of it.
func measureMemory(ctx context.Context, b *bench) ([]figure, error) {
	source, err := b.looped(ctx, "large.mkv", largeBytes)
	if err != nil {
		return nil, err
	}
	var most float64
	err = b.serve(ctx, "", -1, func(s *client.Server) error {
		watching, stop := context.WithCancel(ctx)
		peak := watch(watching, s.PID())
		err := b.through(ctx, s, source)
		stop()
		most = max(<-peak, highWater(s.PID()))
		return err
	})
	return []figure{{name: "resident memory, peak, 2 GB through upload, job and download", value: most, unit: "MB", must: 110, aim: 60}}, err
}

// through uploads a file, copies its streams in a job, and downloads the result.
func (b *bench) through(ctx context.Context, s *client.Server, source string) error {
	c := b.client(s)
	object, err := c.Upload(ctx, source)
	if err != nil {
		return fmt.Errorf("upload: %w", err)
	}
	j, err := c.CreateCommands(ctx, client.Commands{
		InputFiles:     map[string]string{"input.mkv": object},
		OutputFiles:    []string{"output.mkv"},
		FFmpegCommands: []string{"-i {{input.mkv}} -c copy {{output.mkv}}"},
	})
	if err != nil {
		return err
	}
	if j, err = c.FollowCommands(ctx, j.ID, sampleEvery, nil); err != nil {
		return err
	}
	n, err := c.Download(ctx, j.OutputFiles["output.mkv"], io.Discard)
	if err == nil && n < largeBytes*9/10 {
		err = fmt.Errorf("only %d bytes came back", n)
	}
	return err
}

// watch samples a process until ctx ends, and then sends the most that it saw.
func watch(ctx context.Context, pid int) <-chan float64 {
	peak := make(chan float64, 1)
	go func() {
		tick := time.NewTicker(sampleEvery)
		defer tick.Stop()
		most := 0.0
		for {
			if mb, err := resident(ctx, pid); err == nil { // an ended process is noticed by whoever uses it
				most = max(most, mb)
			}
			select {
			case <-ctx.Done():
				peak <- most
				return
			case <-tick.C:
			}
		}
	}()
	return peak
}

// resident is a process's memory in MB (10⁶ bytes): from /proc, or from ps where there is none.
func resident(ctx context.Context, pid int) (float64, error) {
	kib := field(fmt.Sprintf("/proc/%d/status", pid), "VmRSS")
	if kib == "" {
		out, err := exec.CommandContext(ctx, "ps", "-o", "rss=", "-p", strconv.Itoa(pid)).Output()
		if err != nil {
			return 0, fmt.Errorf("memory of the server: %w", err)
		}
		kib = string(out)
	}
	return megabytes(kib)
}

// highWater is the kernel's own record of the peak, 0 where it keeps none.
func highWater(pid int) float64 {
	mb, err := megabytes(field(fmt.Sprintf("/proc/%d/status", pid), "VmHWM"))
	if err != nil {
		return 0
	}
	return mb
}

// megabytes reads "12345 kB" or "12345", both of them KiB.
func megabytes(kib string) (float64, error) {
	n, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(kib, "kB")), 64)
	return n * 1024 / 1e6, err
}
