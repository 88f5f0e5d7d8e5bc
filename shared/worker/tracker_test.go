package worker

import (
	"testing"

	"github.com/fflambda/fflambda/shared/command"
	"github.com/fflambda/fflambda/shared/ffmpeg"
	"github.com/fflambda/fflambda/shared/job"
)

// at is a tracker after updates of the running command.
func (t *tracker) at(seconds, speed float64) job.Progress {
	t.update(ffmpeg.Update{Seconds: seconds, Speed: speed})
	return t.progress
}

func expectPercent(t *testing.T, when string, p job.Progress, percent float64) {
	t.Helper()
	if p.Percent == nil || *p.Percent != percent {
		t.Errorf("%s: percent is %v, want %v", when, deref(p.Percent), percent)
	}
}

func deref(p *float64) any {
	if p == nil {
		return nil
	}
	return *p
}

// TestTrackerWeighs: a copy of 100 s counts next to nothing beside coding 60 s, and the seconds that are left are those of all commands.
func TestTrackerWeighs(t *testing.T) {
	t.Parallel()
	var tr tracker
	tr.expect([]command.Forecast{{Seconds: 100, Cost: 0.005}, {Seconds: 60, Cost: 1}, {Seconds: 39.5, Cost: 1}})
	tr.start(1)
	p := tr.at(50, 400)
	expectPercent(t, "half of the copy", p, 0.2)
	if p.ETA != 99.75/2 || p.Command != 1 || p.Speed != 400 {
		t.Errorf("%+v; want 400 x 0.005 = 2 seconds of work a second", p)
	}
	tr.start(2)
	p = tr.at(30, 2)
	expectPercent(t, "half of the first film", p, 30.5)
	if p.ETA != (30+39.5)/2 {
		t.Errorf("%v seconds left, want 34.75", p.ETA)
	}
	expectPercent(t, "a clock that goes back", tr.at(10, 2), 30.5)
	tr.start(3)
	expectPercent(t, "the end of the last", tr.at(39.5, 2), 99.9)
	tr.finished()
	if p := tr.progress; *p.Percent != 99.9 || p.ETA != 0 {
		t.Errorf("%+v; want 99.9 until the files are kept", p)
	}
}

// TestTrackerKnowsLittle: no number is shown while a length is unknown, of this command or of one behind it; one that has
// ended was as long as its clock said. A number that was shown stays.
func TestTrackerKnowsLittle(t *testing.T) {
	t.Parallel()
	var tr tracker
	tr.start(1)
	if p := tr.at(3, 1); p.Percent != nil || p.ETA != 0 || p.Speed != 1 {
		t.Errorf("before anything is known: %+v", p)
	}
	known := command.Forecast{Seconds: 10, Cost: 1}
	tr.expect([]command.Forecast{{Cost: 1}, known, {Cost: 1}, {Seconds: 10, Cost: 1, Late: true}, known})
	if p := tr.at(30, 1); p.Percent != nil || p.ETA != 0 {
		t.Errorf("an unknown length: %+v", p)
	}
	tr.start(2)
	if p := tr.at(5, 1); p.Percent != nil || p.ETA != 0 {
		t.Errorf("an unknown length ahead: %+v", p)
	}
	tr.start(3)
	tr.at(10, 1)
	tr.start(4)
	if p := tr.at(5, 1); p.Percent != nil || p.ETA != 0 {
		t.Errorf("a command that writes nothing before its end: %+v", p)
	}
	tr.start(5)
	expectPercent(t, "30 + 10 + 10 + 10 and half of 10", tr.at(5, 1), 92.8)
	tr.expect(nil)
	expectPercent(t, "nothing is known any more", tr.at(6, 1), 92.8)
}

// TestTrackerLateForecast: what is found out about a command after it has ended counts as if it had been known before.
func TestTrackerLateForecast(t *testing.T) {
	t.Parallel()
	var tr tracker
	tr.start(1)
	tr.at(100, 500)
	tr.start(2)
	tr.expect([]command.Forecast{{Seconds: 100, Cost: 0.005}, {Seconds: 9.5, Cost: 1}})
	expectPercent(t, "half a second of copying, and 1.5 s of 9.5", tr.at(1.5, 1), 20)
}

// TestTrackerStarts: ffmpeg's first figures of speed would promise hours.
func TestTrackerStarts(t *testing.T) {
	t.Parallel()
	var tr tracker
	tr.expect([]command.Forecast{{Seconds: 6, Cost: 1}})
	tr.start(1)
	if p := tr.at(0.001, 0.002); p.ETA != 0 || p.Speed != 0 {
		t.Errorf("after a millisecond: %+v", p)
	}
	if p := tr.at(0.5, 0.5); p.ETA != 0 || p.Speed != 0.5 {
		t.Errorf("after half a second: %+v", p)
	}
	if p := tr.at(1, 0.5); p.ETA != 10 {
		t.Errorf("after a second: %+v", p)
	}
}

// TestTrackerGap: a clock that begins at 20 s, as behind trim=start=20, has then done nothing yet.
func TestTrackerGap(t *testing.T) {
	t.Parallel()
	var tr tracker
	tr.expect([]command.Forecast{{From: 20, Seconds: 10, Cost: 1}})
	tr.start(1)
	expectPercent(t, "the beginning", tr.at(0, 1), 0)
	expectPercent(t, "the middle", tr.at(25, 1), 50)
	expectPercent(t, "beyond the end", tr.at(60, 1), 99.9)
}
