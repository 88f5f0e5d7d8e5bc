package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/fflambda/fflambda/shared/ffmpeg"
	"github.com/fflambda/fflambda/shared/job"
)

// The worker as template.yaml has it, and list prices of us-east-1 for arm64; docs/costs.md says of when.
const (
	workerMemory  = 3008.0 // MB
	workerStorage = 10240.0
	freeStorage   = 512.0
	memoryPerCPU  = 1769.0       // MB that buy one vCPU
	memoryPrice   = 0.0000133334 // $ a GB-second
	storagePrice  = 0.0000000309
	workerCPUs    = 2 // what 1.7 vCPUs are rounded to
)

// measureEncode takes the CPU time of the job that docs/costs.md reckons with, and says what Lambda would ask for it.
func measureEncode(ctx context.Context, b *bench) ([]figure, error) {
	source, err := b.sample(ctx)
	if err != nil {
		return nil, err
	}
	path, _ := imageFFmpeg() // else the machine's own
	tools, err := ffmpeg.Find(ctx, path)
	if err != nil {
		return nil, err
	}
	tools.CPUs = workerCPUs
	var cpu, wall []float64
	for range rounds {
		c, w, err := b.encode(ctx, tools, source)
		if err != nil {
			return nil, err
		}
		cpu, wall = append(cpu, c), append(wall, w)
	}
	seconds := median(cpu) * memoryPerCPU / workerMemory
	second := workerMemory/1024*memoryPrice + (workerStorage-freeStorage)/1024*storagePrice
	of := "60 s 1080p → 720p, MP4, medium"
	return []figure{
		{name: of + ": CPU time of ffmpeg " + tools.Version, value: median(cpu), unit: "s"},
		{name: of + ": wall time here, on 2 cores", value: median(wall), unit: "s"},
		{name: of + ": CPU time ÷ 1.7 vCPUs of 3008 MB", value: seconds, unit: "s"},
		{name: of + ": list price of these seconds on arm64, 10,000 jobs", value: 10_000 * seconds * second, unit: "$"},
	}, nil
}

// encode runs the command that a job of the transcodes API becomes, in a folder laid out as the worker does.
func (b *bench) encode(ctx context.Context, tools ffmpeg.Tools, source string) (cpu, wall float64, err error) {
	dir, err := os.MkdirTemp(b.folder, "encode-")
	if err != nil {
		return 0, 0, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // in a folder that is removed too
	for _, d := range []string{"inputs", "outputs"} {
		if err := os.Mkdir(filepath.Join(dir, d), 0o700); err != nil {
			return 0, 0, err
		}
	}
	input := filepath.Join(dir, "inputs", inputName)
	if err := os.Link(source, input); err != nil {
		return 0, 0, err
	}
	media, err := tools.Probe(ctx, input)
	if err != nil {
		return 0, 0, err
	}
	c, err := ffmpeg.Plan(job.Job{
		ID: job.NewID(), API: job.Transcodes, Inputs: []job.Input{{Name: inputName, Media: &media}},
		Transcode: &job.Transcode{Format: "mp4", Quality: "medium", Resolution: "720p", HasPreset: true},
	})
	if err != nil {
		return 0, 0, err
	}
	before, err := childrenCPU()
	if err != nil {
		return 0, 0, err
	}
	began := time.Now()
	if err := tools.Run(ctx, ffmpeg.Task{Dir: dir, Args: c.Args, OnProgress: func(ffmpeg.Update) {}}); err != nil {
		return 0, 0, err
	}
	wall = time.Since(began).Seconds()
	after, err := childrenCPU()
	return (after - before).Seconds(), wall, err
}

// childrenCPU is what all children of this process have taken that have ended.
func childrenCPU() (time.Duration, error) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_CHILDREN, &u); err != nil {
		return 0, fmt.Errorf("CPU time of ffmpeg: %w", err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), nil
}
