package worker

import (
	"math"
	"sync"

	"github.com/fflambda/fflambda/shared/command"
	"github.com/fflambda/fflambda/shared/ffmpeg"
	"github.com/fflambda/fflambda/shared/job"
)

const (
	maxPercent = 99.9 // shown until the job has really succeeded
	minClock   = 0.1  // seconds of media; before that, ffmpeg's speed is about its start
	minShare   = 0.1  // of a command that is shorter than ten seconds: before that, the time that is left is too rough a guess
)

// tracker is what an attempt knows of itself, written by its steps and read by its heartbeat.
type tracker struct {
	mu       sync.Mutex
	progress job.Progress
	inputs   []job.Input
	ran      []job.Option
	news     bool // inputs or ran were not stored yet

	forecasts []command.Forecast // of each command; none until something is known
	clocks    []float64          // seconds of media that each of the commands has reached, up to the one that runs
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

// expect says what all the commands will be like, as far as that is known.
func (t *tracker) expect(all []command.Forecast) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.forecasts = all
}

// foreseen reports whether it is known how long the output of command i (from 0) will be.
func (t *tracker) foreseen(i int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.forecast(i).Seconds > 0
}

// forecast is of command i; what is not known costs as much as a video.
func (t *tracker) forecast(i int) command.Forecast {
	if i >= len(t.forecasts) {
		return command.Forecast{Cost: 1}
	}
	return t.forecasts[i]
}

// start says that the 1-based command n begins, and so that those before it have ended.
func (t *tracker) start(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.progress.Command = n
	t.clocks = append(t.clocks, make([]float64, n-len(t.clocks))...)
}

// update takes ffmpeg's own word on the command that runs. The commands count by their work. Percent only grows; it stays
// unknown, or where it was, while the length of this command or of one behind it is not known.
func (t *tracker) update(u ffmpeg.Update) {
	t.mu.Lock()
	defer t.mu.Unlock()
	last := t.progress.Command - 1
	t.progress.Speed, t.progress.ETA, t.clocks[last] = 0, 0, u.Seconds
	if u.Seconds >= minClock {
		t.progress.Speed = u.Speed
	}
	now, done := t.forecast(last), t.done()
	ahead, ok := t.ahead()
	if !ok || now.Seconds <= 0 || now.Late {
		return
	}
	share := min(max(u.Seconds-now.From, 0)/now.Seconds, 1)
	t.reach(100 * (done + share*now.Work()) / (done + now.Work() + ahead))
	if t.progress.Speed > 0 && (share >= minShare || u.Seconds-now.From >= 1) {
		t.progress.ETA = ((1-share)*now.Work() + ahead) / (u.Speed * now.Cost)
	}
}

// done is the work of the commands that have ended. One of which nobody knew how long it would be was as long as its clock said.
func (t *tracker) done() (work float64) {
	for i, clock := range t.clocks[:t.progress.Command-1] {
		f := t.forecast(i)
		if f.Seconds <= 0 {
			f.Seconds = max(clock, 0.001)
		}
		work += f.Work()
	}
	return work
}

// ahead is the work of the commands behind the one that runs; ok is false where one's is not known.
func (t *tracker) ahead() (work float64, ok bool) {
	for i := t.progress.Command; i < len(t.forecasts); i++ {
		w := t.forecasts[i].Work()
		if w == 0 {
			return 0, false
		}
		work += w
	}
	return work, true
}

// reach moves the percentage on, to a tenth.
func (t *tracker) reach(percent float64) {
	percent = min(math.Floor(percent*10)/10, maxPercent)
	if t.progress.Percent == nil || percent > *t.progress.Percent {
		t.progress.Percent = &percent
	}
}

// finished says that all the commands have run. What they wrote is still to be kept.
func (t *tracker) finished() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.reach(100)
	t.progress.ETA = 0
}
