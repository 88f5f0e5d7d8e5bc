package worker

import (
	"sync"

	"github.com/fflambda/fflambda/shared/ffmpeg"
	"github.com/fflambda/fflambda/shared/job"
)

// tracker is what an attempt knows of itself, written by its steps and read by its heartbeat.
type tracker struct {
	mu       sync.Mutex
	progress job.Progress
	inputs   []job.Input
	ran      []job.Option
	news     bool // inputs or ran were not stored yet

	commands int       // how many there are in all
	seconds  []float64 // expected output length of each command; 0 where it cannot be known
}

// fill puts what is known into a move. A heartbeat carries the inputs and options only until one was stored:
// a table that counts what is written (DynamoDB) would count them every two seconds.
func (t *tracker) fill(m *job.Move) {
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.progress
	m.Progress = &p
	if t.news || m.To.Terminal() {
		m.Inputs, m.Ran = t.inputs, t.ran
		t.news = false
	}
}

// unstored says that a move which was filled did not get through.
func (t *tracker) unstored() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.news = true
}

func (t *tracker) setInputs(in []job.Input) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.inputs, t.news = in, true
}

func (t *tracker) setRan(ran []job.Option) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ran, t.news = ran, true
}

// expect says how long the output of each command will be, as far as that is known.
func (t *tracker) expect(seconds []float64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.seconds = seconds
}

// start says that the 1-based command n of all begins.
func (t *tracker) start(n, all int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.progress.Command, t.commands = n, all
}

// update takes ffmpeg's own word on the command that runs. Percent counts every command alike, and only grows.
func (t *tracker) update(u ffmpeg.Update) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.progress.Speed = u.Speed
	n := t.progress.Command
	if n < 1 || n > len(t.seconds) || t.seconds[n-1] <= 0 {
		return
	}
	share := min(u.Seconds/t.seconds[n-1], 1)
	percent := 100 * (float64(n-1) + max(share, 0)) / float64(max(t.commands, 1))
	if t.progress.Percent == nil || percent > *t.progress.Percent {
		t.progress.Percent = &percent
	}
	t.progress.ETA = 0
	if u.Speed > 0 {
		t.progress.ETA = max(t.seconds[n-1]-u.Seconds, 0) / u.Speed
	}
}

// finished says that all the commands have run.
func (t *tracker) finished() {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := 100.0
	t.progress.Percent, t.progress.ETA = &all, 0
}
