package worker

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

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
	if a.job.API == job.FFmpeg {
		defer a.guess(ctx, p.commands)()
	}
	for i, args := range p.commands {
		a.progress.start(i+1, len(p.commands))
		if err := a.execute(ctx, args); err != nil {
			return nil, a.explain(ctx, err)
		}
	}
	a.progress.finished()
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
		return a.job.Inputs[i].Name
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
	a.progress.setRan(c.Ran)
	a.progress.expect([]float64{c.Seconds})
	return plan{commands: [][]string{c.Args}, outputs: []string{filepath.Base(c.Output)}}, nil
}

// probe looks into every input. The first that is no media ends the job.
func (a *attempt) probe(ctx context.Context) ([]job.Input, error) {
	inputs := slices.Clone(a.job.Inputs)
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(4)
	for i := range inputs {
		g.Go(func() error {
			m, err := a.c.Tools.Probe(ctx, a.inputPath(inputs[i]))
			var f *job.Failure
			if errors.As(err, &f) {
				return job.Failf(f.Code, "%s: %s", a.inputLabel(i), f.Message)
			}
			if err != nil {
				return fmt.Errorf("probe %s: %w", a.inputLabel(i), err)
			}
			inputs[i].Media = &m
			return nil
		})
	}
	return inputs, g.Wait()
}

// guess starts guessLengths, and returns what ends it.
func (a *attempt) guess(ctx context.Context, commands [][]string) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		a.guessLengths(ctx, commands)
	}()
	return func() {
		cancel()
		<-done
	}
}

// guessLengths probes the inputs of the caller's own commands for the progress. An input that is no media
// (a subtitle, a LUT, a list) says nothing of the length, and is no mistake here.
func (a *attempt) guessLengths(ctx context.Context, commands [][]string) {
	inputs := slices.Clone(a.job.Inputs)
	durations := make(map[string]float64, len(inputs))
	for i, in := range inputs {
		m, err := a.c.Tools.Probe(ctx, a.inputPath(in))
		if err != nil {
			continue
		}
		inputs[i].Media = &m
		durations[inputsDir+"/"+in.Name] = m.Duration
	}
	seconds := make([]float64, len(commands))
	for i, args := range commands {
		seconds[i] = command.Length(args, durations)
	}
	a.progress.setInputs(inputs)
	a.progress.expect(seconds)
}

func (a *attempt) execute(ctx context.Context, args []string) error {
	return a.c.Tools.Run(ctx, ffmpeg.Task{
		Dir:        a.dir,
		Args:       args,
		MaxBytes:   a.c.MaxOutput,
		OnProgress: a.progress.update,
	})
}

// explain finds the cause that a failure of ffmpeg points to: an input that nothing can open is the caller's
// mistake in choosing it, and not in the command.
func (a *attempt) explain(ctx context.Context, err error) error {
	var f *job.Failure
	if a.job.API != job.FFmpeg || !errors.As(err, &f) || f.Code != job.FFmpegFailed ||
		!strings.Contains(f.Message, "Invalid data found when processing input") {
		return err
	}
	for _, in := range a.job.Inputs {
		if !strings.Contains(f.Message, inputsDir+"/"+in.Name) {
			continue
		}
		var no *job.Failure
		if _, perr := a.c.Tools.Probe(ctx, a.inputPath(in)); errors.As(perr, &no) && no.Code == job.InputNotMedia {
			no.Message = fmt.Sprintf("input %q: %s", in.Name, no.Message)
			no.StderrTail = f.StderrTail
			return no
		}
	}
	return err
}

func inputNames(inputs []job.Input) []string {
	names := make([]string, len(inputs))
	for i, in := range inputs {
		names[i] = in.Name
	}
	return names
}
