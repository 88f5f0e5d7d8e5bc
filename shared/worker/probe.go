package worker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/fflambda/fflambda/shared/job"
)

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
				return job.Failf(f.Code, "%s%s", a.inputLabel(i), strings.TrimPrefix(f.Message, inputs[i].Name))
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

// explain finds the cause that a failure of ffmpeg points to: an input that nothing can open is the caller's
// mistake in choosing it, and not in the command.
func (a *attempt) explain(ctx context.Context, err error) error {
	var f *job.Failure
	if a.job.API != job.FFmpeg || !errors.As(err, &f) || f.Code != job.FFmpegFailed ||
		!strings.Contains(f.Message, "Invalid data found when processing input") {
		return err
	}
	for i, in := range a.job.Inputs {
		if !strings.Contains(f.Message, inputsDir+"/"+in.Name) {
			continue
		}
		var no *job.Failure
		if _, perr := a.c.Tools.Probe(ctx, a.inputPath(in)); errors.As(perr, &no) && no.Code == job.InputNotMedia {
			no.Message = a.inputLabel(i) + strings.TrimPrefix(no.Message, in.Name)
			no.StderrTail = f.StderrTail
			return no
		}
	}
	return err
}
