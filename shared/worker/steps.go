package worker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/fflambda/fflambda/shared/command"
	"github.com/fflambda/fflambda/shared/fetch"
	"github.com/fflambda/fflambda/shared/ffmpeg"
	"github.com/fflambda/fflambda/shared/job"
)

// Folders of a job, under its working folder. The commands run in the working folder itself.
const (
	inputsDir  = "inputs"
	outputsDir = "outputs"
)

// plan is what will run, and which files are wanted of it.
type plan struct {
	commands [][]string
	outputs  []string // declared: names, patterns, globs
}

// steps does the work of the attempt and returns the kept files. An error that is a *job.Failure is an answer to the caller.
func (a *attempt) steps(ctx context.Context) ([]job.Output, error) {
	for _, d := range []string{inputsDir, outputsDir} {
		if err := os.MkdirAll(filepath.Join(a.dir, d), 0o700); err != nil {
			return nil, diskFailure(err)
		}
	}
	if err := a.fetch(ctx); err != nil {
		return nil, err
	}
	a.log.Debug("fetched")
	p, err := a.plan(ctx)
	if err != nil {
		return nil, err
	}
	if err := a.runAll(ctx, p.commands); err != nil {
		return nil, err
	}
	a.log.Debug("ran")
	// The inputs have served. Their room, on the disk and in the page cache, is what the kept files will take.
	if err := os.RemoveAll(filepath.Join(a.dir, inputsDir)); err != nil {
		return nil, err
	}
	outputs, err := a.keep(ctx, p.outputs)
	a.log.Debug("kept")
	return outputs, err
}

// fetch brings all inputs to the disk, at the same time.
func (a *attempt) fetch(ctx context.Context) error {
	items := make([]fetch.Item, len(a.job.Inputs))
	for i, in := range a.job.Inputs {
		url, err := a.c.Resolve(ctx, a.job, in.URL)
		if err != nil {
			return err
		}
		items[i] = fetch.Item{Name: a.inputLabel(i), URL: url, Path: a.inputPath(in)}
	}
	sizes, err := a.c.Fetch.FetchAll(ctx, items)
	if err != nil {
		return err
	}
	inputs := slices.Clone(a.job.Inputs)
	for i := range inputs {
		inputs[i].Bytes = sizes[i]
	}
	a.job.Inputs = inputs
	a.progress.setInputs(inputs)
	return nil
}

// inputLabel is what the caller calls input i: by its name in the ffmpeg API, by its place in the other.
func (a *attempt) inputLabel(i int) string {
	if a.job.API == job.FFmpeg {
		return "input " + a.job.Inputs[i].Name
	}
	return fmt.Sprintf("inputs[%d]", i)
}

func (a *attempt) inputPath(in job.Input) string { return filepath.Join(a.dir, inputsDir, in.Name) }

// plan turns the job into command lines. The transcodes API needs to know its inputs for that;
// the ffmpeg API's caller wrote the lines, so there the probe only serves the progress, and runs beside the first of them.
func (a *attempt) plan(ctx context.Context) (plan, error) {
	if a.job.API == job.FFmpeg {
		commands, err := command.Compile(*a.job.Commands, inputNames(a.job.Inputs))
		if err != nil {
			return plan{}, job.Failf(job.FFmpegFailed, "%v", err)
		}
		return plan{commands: commands, outputs: a.job.Commands.Outputs}, nil
	}
	inputs, err := a.probe(ctx)
	if err != nil {
		return plan{}, err
	}
	a.job.Inputs = inputs
	a.progress.setInputs(inputs)
	c, err := ffmpeg.Plan(a.job)
	if err != nil {
		return plan{}, err
	}
	for name, content := range c.Files {
		if err := a.write(name, content); err != nil {
			return plan{}, diskFailure(err)
		}
	}
	a.progress.setRan(c.Ran)
	a.progress.expect(command.Predict([][]string{c.Args}, known(inputs)))
	return plan{commands: [][]string{c.Args}, outputs: []string{filepath.Base(c.Output)}}, nil
}

// known is the inputs as commands name them.
func known(inputs []job.Input) command.Known {
	k := command.Known{Media: make(map[string]job.Media, len(inputs))}
	for _, in := range inputs {
		k.Media[inputsDir+"/"+in.Name] = *in.Media
	}
	return k
}

// write writes a file that a command reads, by its path in the working folder.
func (a *attempt) write(name, content string) error {
	file := filepath.Join(a.dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(content), 0o600)
}

// runAll runs the commands in order. Of the caller's own, how long they will take is found out meanwhile.
func (a *attempt) runAll(ctx context.Context, commands [][]string) error {
	begin := func(int) {}
	if a.job.API == job.FFmpeg {
		var stop func()
		begin, stop = a.foresee(ctx, commands)
		defer stop()
	}
	for i, args := range commands {
		a.progress.start(i + 1)
		begin(i)
		if err := a.execute(ctx, args); err != nil {
			return a.explain(ctx, err)
		}
	}
	a.progress.finished()
	return nil
}

func (a *attempt) execute(ctx context.Context, args []string) error {
	var given int64
	for _, in := range a.job.Inputs {
		given += in.Bytes
	}
	return a.c.Tools.Run(ctx, ffmpeg.Task{
		Dir:        a.dir,
		Args:       args,
		MaxBytes:   a.c.MaxOutput,
		GivenBytes: given,
		GivenFiles: len(a.job.Inputs),
		CPU:        cmp.Or(a.c.MaxCPU, a.processorTime()),
		Grace:      graceOf,
		OnProgress: a.progress.update,
	})
}

// processorTime is more than the job's time has on all processors: it ends what its worker, stopped or gone, does not end.
func (a *attempt) processorTime() time.Duration {
	const slack, most = 10 * time.Second, 365 * 24 * time.Hour // of 256 processors, most is still a Duration
	wall := min(a.job.Timeout, most) + slack
	return wall * time.Duration(cmp.Or(a.c.Tools.CPUs, runtime.NumCPU()))
}

// graceOf is how long ffmpeg has to end by itself. A job that is lost may run elsewhere by now, and whoever cancels one
// sees it end: with the heartbeat that tells of it, within 3 s.
func graceOf(why error) time.Duration {
	switch {
	case errors.Is(why, errLost):
		return 0
	case errors.Is(why, errCancelled):
		return 500 * time.Millisecond
	}
	return ffmpeg.DefaultGrace
}

func inputNames(inputs []job.Input) []string {
	names := make([]string, len(inputs))
	for i, in := range inputs {
		names[i] = in.Name
	}
	return names
}
