package worker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sync/errgroup"

	"github.com/fflambda/fflambda/shared/command"
	"github.com/fflambda/fflambda/shared/job"
)

const (
	maxOutputs = 10_000 // files that one job may keep
	uploads    = 8      // files of one job that are kept at the same time
)

// keep puts every declared file into the bucket. A declared file that is missing or empty fails the job.
func (a *attempt) keep(ctx context.Context, declared []string) ([]job.Output, error) {
	made, err := produced(a.dir)
	if err != nil {
		return nil, err
	}
	names, err := wanted(declared, made)
	if err != nil {
		return nil, a.inFolder(declared, err)
	}
	outputs := make([]job.Output, len(names))
	for i, name := range names {
		outputs[i] = job.Output{Name: name, Key: job.OutputKey(a.job.ID, a.job.Attempt, name), ContentType: contentType(name), Bytes: made[name].size}
		a.kept = append(a.kept, outputs[i].Key) // before the put: one that is cut off may still have been written
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(uploads)
	for _, o := range outputs { // a copy: the look below writes into the original
		g.Go(func() error { return a.put(ctx, made[o.Name].path, o) })
	}
	if a.job.API == job.Transcodes {
		// ffmpeg writes some files that it cannot read itself (animated WebP): nothing is known of those.
		g.Go(func() (err error) {
			outputs[0].Media, err = a.c.Tools.Describe(ctx, made[outputs[0].Name].path)
			return err
		})
	}
	return outputs, g.Wait()
}

func (a *attempt) put(ctx context.Context, file string, o job.Output) error {
	if err := a.awake(ctx); err != nil {
		return err
	}
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // only read
	if err := a.c.Bucket.Put(ctx, o.Key, f, o.ContentType); err != nil {
		return fmt.Errorf("keep %s: %w", o.Name, err)
	}
	return nil
}

// file is what the commands left under one name.
type file struct {
	path string
	size int64
}

// produced lists the regular files in the outputs folder and in the working folder itself, by their own names.
// Where both have one of the same name, the one in outputs/ counts.
func produced(dir string) (map[string]file, error) {
	made := map[string]file{}
	for _, d := range []string{dir, filepath.Join(dir, outputsDir)} {
		entries, err := os.ReadDir(d)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			info, err := e.Info()
			if err != nil || !info.Mode().IsRegular() {
				continue
			}
			made[e.Name()] = file{path: filepath.Join(d, e.Name()), size: info.Size()}
		}
	}
	return made, nil
}

// wanted picks the declared names out of what was made, in the order of their declaration, each once.
func wanted(declared []string, made map[string]file) ([]string, error) {
	all := make([]string, 0, len(made))
	for name := range made {
		all = append(all, name)
	}
	slices.Sort(all)
	var names []string
	taken := map[string]bool{}
	for _, d := range declared {
		matches := command.Match(d, all)
		if len(matches) == 0 {
			return nil, job.Failf(job.OutputMissing, "The commands succeeded, but %q was not written. %s", d, found(all))
		}
		for _, name := range matches {
			if made[name].size == 0 {
				return nil, job.Failf(job.OutputMissing, "The commands succeeded, but %q is empty. Check -ss, -t and -map: nothing was selected.", name)
			}
			if !taken[name] {
				taken[name] = true
				names = append(names, name)
			}
		}
		if len(names) > maxOutputs {
			return nil, job.Failf(job.OutputTooLarge, "The job made more than %d files to keep.", maxOutputs)
		}
	}
	return names, nil
}

// inFolder says of a declared file that lies in a folder of outputs/ where it is: only outputs/ itself is kept.
func (a *attempt) inFolder(declared []string, missing error) error {
	outputs := filepath.Join(a.dir, outputsDir)
	var lost error
	_ = filepath.WalkDir(outputs, func(file string, d fs.DirEntry, err error) error { // best effort: missing says enough
		if err != nil || d.IsDir() || filepath.Dir(file) == outputs {
			return nil //nolint:nilerr // see above
		}
		for _, name := range declared {
			if len(command.Match(name, []string{d.Name()})) > 0 {
				rel, _ := filepath.Rel(a.dir, file)
				lost = job.Failf(job.OutputMissing, "The commands succeeded, but %q was written into a folder (%s), and only what is in outputs/ itself is kept. "+
					"Write it there, under a name without a folder.", name, rel)
				return filepath.SkipAll
			}
		}
		return nil
	})
	return cmp.Or(lost, missing)
}

func found(all []string) string {
	if len(all) == 0 {
		return "Nothing else was written either."
	}
	more := ""
	if len(all) > 10 {
		all, more = all[:10], ", …"
	}
	return fmt.Sprintf("Found instead: %s%s.", strings.Join(all, ", "), more)
}

// diskFailure says in words for the caller that this worker has no room. Another try may find some.
func diskFailure(err error) error {
	if errors.Is(err, syscall.ENOSPC) {
		return job.Failf(job.Internal, "The server's disk is full. Try again later.").Again()
	}
	return err
}
