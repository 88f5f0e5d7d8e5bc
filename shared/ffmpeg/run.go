package ffmpeg

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/fflambda/fflambda/shared/job"
)

const (
	stallAfter = 120 * time.Second
	grace      = 5 * time.Second
	sizeEvery  = time.Second
)

// Task is one run of ffmpeg.
type Task struct {
	Dir  string   // the job's folder: ffmpeg's working directory, absolute
	Args []string // without the program's name; Run adds its own

	// OnProgress is called about twice a second, never by two goroutines at once and never after Run has returned.
	// One that blocks misses reports, but does not hold up ffmpeg.
	OnProgress func(Update)

	StallAfter time.Duration // without any progress for so long, ffmpeg is ended; 0: 120 s
	Grace      time.Duration // between SIGINT and SIGKILL; 0: 5 s
	MaxBytes   int64         // that the folder may hold beside its inputs/; 0: any. Looked at every second and at the end
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
	if why != nil && !p.stop(orDefault(task.Grace, grace)) {
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
		return failureOf(p.err, p.stderr.Lines(), task.Dir)
	}
	return tooLarge(task)
}

// watch waits for the process to end (nil), or for a reason to end it.
func (p *process) watch(ctx context.Context, task Task) error {
	limit := orDefault(task.StallAfter, stallAfter)
	stall := time.NewTimer(limit)
	defer stall.Stop()
	var look <-chan time.Time
	if task.MaxBytes > 0 {
		ticker := time.NewTicker(sizeEvery)
		defer ticker.Stop()
		look = ticker.C
	}
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
		case <-look:
			if err := tooLarge(task); err != nil {
				return err
			}
		}
	}
}

// explain adds ffmpeg's last words to a failure of ours.
func (p *process) explain(why error, dir string) error {
	var f *job.Failure
	if !errors.As(why, &f) {
		return why
	}
	g := *f
	g.StderrTail = last20(p.stderr.Lines(), dir)
	return &g
}

// tooLarge fails a job that has written more than it may.
func tooLarge(task Task) error {
	if task.MaxBytes <= 0 || written(task.Dir) <= task.MaxBytes {
		return nil
	}
	return job.Failf(job.OutputTooLarge, "The job wrote more than %d MB, the limit of one job. Make the output shorter, smaller or of lower quality.", task.MaxBytes/1e6)
}

// written is the bytes of all files in dir but those of dir/inputs. What vanishes meanwhile counts as nothing.
func written(dir string) int64 {
	var sum int64
	inputs := filepath.Join(dir, "inputs")
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil //nolint:nilerr // see above
		}
		if path == inputs {
			return filepath.SkipDir
		}
		if info, err := d.Info(); err == nil && info.Mode().IsRegular() {
			sum += info.Size()
		}
		return nil
	})
	return sum
}

func orDefault(d, otherwise time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return otherwise
}
