package worker

import (
	"context"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"time"

	"github.com/fflambda/fflambda/shared/command"
	"github.com/fflambda/fflambda/shared/job"
)

// soon is how long the inputs are not looked at: probing them takes about as much CPU time as a short command.
// A second later the first heartbeat shows what was found.
const soon = time.Second

// maxList is the size in bytes of a concat list that is read for the progress; a hundred inputs make a far smaller one.
const maxList = 1 << 20

// forecast finds out, beside the caller's own commands, how long their outputs will be. A file that is no media
// (a subtitle, a LUT) says nothing of that, and is no mistake here.
type forecast struct {
	*attempt
	commands [][]string
	known    command.Known
	begun    chan int // indexes of the commands that begin
	probed   chan struct{}
}

// foresee starts a forecast. begin tells it which command runs; stop ends it and waits for it. Where the inputs are
// metered, stop lets it probe them first.
func (a *attempt) foresee(ctx context.Context, commands [][]string) (begin func(i int), stop func()) {
	f := &forecast{attempt: a, commands: commands, begun: make(chan int, len(commands)), probed: make(chan struct{})}
	f.known = command.Known{Media: map[string]job.Media{}, Lists: map[string]string{}}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		f.run(ctx)
	}()
	return func(i int) { f.begun <- i }, func() {
		if f.c.Metered {
			<-f.probed
		}
		cancel()
		close(f.begun)
		<-done
	}
}

// run looks at the inputs, and later at what a command reads that earlier ones wrote and nobody could tell the length of.
func (f *forecast) run(ctx context.Context) {
	if !f.c.Metered {
		if wait(ctx, soon); ctx.Err() != nil {
			return
		}
	}
	f.probeInputs(ctx)
	close(f.probed)
	f.predict()
	for i := range f.begun {
		if ctx.Err() == nil && !f.progress.foreseen(i) {
			f.probeWritten(ctx, f.commands[i])
			f.predict()
		}
	}
}

func (f *forecast) predict() { f.progress.expect(command.Predict(f.commands, f.known)) }

// probeInputs leaves out the pictures of a sequence: they are counted.
func (f *forecast) probeInputs(ctx context.Context) {
	var patterns []string
	for _, words := range f.commands {
		paths, lists := command.Reads(words)
		patterns = append(patterns, paths...)
		for _, list := range lists {
			f.readList(list)
		}
	}
	inputs := slices.Clone(f.job.Inputs)
	for i, in := range inputs {
		name := path.Join(inputsDir, in.Name)
		f.known.Paths = append(f.known.Paths, name)
		inSequence := slices.ContainsFunc(patterns, func(p string) bool { return p != name && len(command.Match(p, []string{name})) > 0 })
		if _, isList := f.known.Lists[name]; isList || inSequence {
			continue
		}
		if m, ok := f.look(ctx, name); ok {
			inputs[i].Media = &m
		}
	}
	f.progress.setInputs(inputs)
}

// probeWritten looks at the files that a command reads, which lie in the working folder by now.
func (f *forecast) probeWritten(ctx context.Context, words []string) {
	paths, lists := command.Reads(words)
	for _, list := range lists {
		f.readList(list)
	}
	for _, name := range paths {
		if _, known := f.known.Media[name]; !known {
			f.look(ctx, name)
		}
	}
	f.known.Paths = nil
	_ = fs.WalkDir(os.DirFS(f.dir), ".", func(name string, d fs.DirEntry, err error) error { // best effort
		if err == nil && d.Type().IsRegular() {
			f.known.Paths = append(f.known.Paths, name)
		}
		return nil
	})
}

// look probes a file, by its path in the working folder.
func (f *forecast) look(ctx context.Context, name string) (job.Media, bool) {
	file := filepath.Join(f.dir, name)
	if info, err := os.Lstat(file); err != nil || !info.Mode().IsRegular() {
		return job.Media{}, false
	}
	m, err := f.c.Tools.Probe(ctx, file)
	if err != nil {
		return job.Media{}, false
	}
	f.known.Media[name] = m
	return m, true
}

func (f *forecast) readList(name string) {
	file := filepath.Join(f.dir, name)
	if info, err := os.Lstat(file); err != nil || !info.Mode().IsRegular() || info.Size() > maxList {
		return
	}
	if text, err := os.ReadFile(file); err == nil { //nolint:gosec // a plain file in the job's folder, whose words Check has seen
		f.known.Lists[name] = string(text)
	}
}
