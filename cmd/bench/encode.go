package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
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

// medium720p is the commonest job.
var medium720p = job.Transcode{Format: "mp4", Quality: "medium", Resolution: "720p", HasPreset: true}

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
		c, err := b.encode(ctx, tools, source, medium720p)
		if err != nil {
			return nil, err
		}
		if err := os.Remove(c.output); err != nil {
			return nil, err
		}
		cpu, wall = append(cpu, c.cpu), append(wall, c.wall)
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

// coded is one run of ffmpeg.
type coded struct {
	output    string   // the file, in the bench's folder
	args      []string // as planned
	cpu, wall float64  // seconds
}

// encode runs the command that a job of the transcodes API becomes. Each of change is an option of it with another
// argument than the planned one.
func (b *bench) encode(ctx context.Context, tools ffmpeg.Tools, source string, t job.Transcode, change ...job.Option) (coded, error) {
	dir, err := b.jobFolder(source)
	if err != nil {
		return coded{}, err
	}
	media, err := tools.Probe(ctx, filepath.Join(dir, "inputs", inputName))
	if err != nil {
		return coded{}, err
	}
	c, err := ffmpeg.Plan(job.Job{
		ID: job.NewID(), API: job.Transcodes, Inputs: []job.Input{{Name: inputName, Media: &media}}, Transcode: &t,
	})
	if err != nil {
		return coded{}, err
	}
	for _, o := range change {
		i := slices.Index(c.Args, o.Option)
		if i < 0 {
			return coded{}, fmt.Errorf("the plan for %s has no %s", t.Format, o.Option)
		}
		c.Args[i+1] = o.Argument
	}
	before, err := childrenCPU()
	if err != nil {
		return coded{}, err
	}
	began := time.Now()
	if err := tools.Run(ctx, ffmpeg.Task{Dir: dir, Args: c.Args, OnProgress: func(ffmpeg.Update) {}}); err != nil {
		return coded{}, err
	}
	wall := time.Since(began).Seconds()
	after, err := childrenCPU()
	return coded{output: filepath.Join(dir, c.Output), args: c.Args, cpu: (after - before).Seconds(), wall: wall}, err
}

// jobFolder is a new folder with one input, laid out as the worker does.
func (b *bench) jobFolder(source string) (string, error) {
	dir, err := os.MkdirTemp(b.folder, "encode-")
	if err != nil {
		return "", err
	}
	for _, d := range []string{"inputs", "outputs"} {
		if err := os.Mkdir(filepath.Join(dir, d), 0o700); err != nil {
			return "", err
		}
	}
	return dir, link(source, filepath.Join(dir, "inputs", inputName))
}

// link puts a file where it is looked for without copying it, also across file systems.
func link(from, to string) error {
	if os.Link(from, to) == nil {
		return nil
	}
	return os.Symlink(from, to)
}

// childrenCPU is what all children of this process have taken that have ended.
func childrenCPU() (time.Duration, error) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_CHILDREN, &u); err != nil {
		return 0, fmt.Errorf("CPU time of ffmpeg: %w", err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), nil
}
