package ffmpeg

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fflambda/fflambda/shared/job"
)

const (
	stallAfter = 120 * time.Second
)

// DefaultGrace is the time that ffmpeg has to end by itself where nobody is in a hurry.
const DefaultGrace = 5 * time.Second

// Task is one run of ffmpeg.
type Task struct {
	Dir  string   // the job's folder: ffmpeg's working directory, absolute
	Args []string // without the program's name; Run adds its own

	// OnProgress is called about twice a second, never by two goroutines at once and never after Run has returned.
	// One that blocks misses reports, but does not hold up ffmpeg.
	OnProgress func(Update)

	StallAfter time.Duration // without any progress for so long, ffmpeg is ended; 0: 120 s

	// Grace is the time between SIGINT and SIGKILL, by the cause that ended the context, or by the failure for which
	// ffmpeg is ended. Of 0 and below there is no SIGINT. nil: DefaultGrace for all.
	Grace func(why error) time.Duration

	// What the folder may hold beside what was given: looked at while ffmpeg runs and at the end.
	MaxBytes   int64 // 0: any
	MaxFiles   int   // folders count too; 0: 20,000
	GivenBytes int64
	GivenFiles int

	CPU time.Duration // processor time of all threads together; 0: any. Held by the sandbox, without it not at all
}

// Run runs ffmpeg and waits until it and every process of its group are gone.
//
// A failed run is a *job.Failure, as are a stall and too large an output. When ctx ends first, it is ctx's cause:
// ffmpeg has then been asked to stop, and killed where it did not. Any other error means that it could not be started.
func (t Tools) Run(ctx context.Context, task Task) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	p, err := t.start(task)
	if err != nil {
		return fmt.Errorf("start ffmpeg: %w", err)
	}
	why := p.watch(ctx, task)
	if why != nil && !p.stop(task.grace(why)) {
		why = nil // it had ended by itself in that moment
	}
	p.drain()
	switch {
	case why != nil:
		if cause := context.Cause(ctx); cause != nil && errors.Is(why, cause) {
			return cause
		}
		return p.explain(why, task.Dir)
	case p.err != nil:
		if err := t.notConfined(p.err, p.stderr.Lines()); err != nil {
			return err
		}
		return t.failureOf(p.ending(), task)
	case says(p.stderr.Lines(), "Error writing trailer"), says(p.stderr.Lines(), "Error closing file"):
		return t.failureOf(p.ending(), task) // version 5 exits with 0 all the same, and the file is cut off
	}
	return task.over()
}

func (t Task) grace(why error) time.Duration {
	if t.Grace == nil {
		return DefaultGrace
	}
	return t.Grace(why)
}

// watch waits for the process to end (nil), or for a reason to end it.
func (p *process) watch(ctx context.Context, task Task) error {
	limit := orDefault(task.StallAfter, stallAfter)
	stall := time.NewTimer(limit)
	defer stall.Stop()
	next := time.NewTimer(lookEvery)
	defer next.Stop()
	for {
		select {
		case <-p.exited:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-p.moved:
			stall.Reset(limit)
		case <-stall.C:
			return job.Failf(job.TimedOut, "ffmpeg made no progress for %s and was stopped. Check that the input is not damaged and that no filter or input waits for ever.", limit)
		case <-next.C:
			began := time.Now()
			if err := task.over(); err != nil {
				return err
			}
			if diskFull(task.Dir) {
				return fullDisk()
			}
			next.Reset(max(lookEvery, lookShare*time.Since(began)))
		}
	}
}

// explain adds ffmpeg's last words to a failure of ours. Some encoders hang where they are refused memory, and have said so.
func (p *process) explain(why error, dir string) error {
	var f *job.Failure
	if !errors.As(why, &f) {
		return why
	}
	g, lines := *f, p.stderr.Lines()
	if f.Code == job.TimedOut && outOfMemory(lines) {
		g = *noMemory()
	}
	g.StderrTail = last20(lines, dir)
	return &g
}

func orDefault[T int | time.Duration](v, otherwise T) T {
	if v > 0 {
		return v
	}
	return otherwise
}
