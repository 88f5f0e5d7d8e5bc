package main

import (
	"fmt"
	"math"
	"testing"
	"time"
)

// seenProgress is what a poller saw of a running job. A field that was null is NaN.
type seenProgress struct {
	at                               time.Time
	progress, eta, speed, command, n float64
}

func (a answer) progress() seenProgress {
	figure := func(name string) float64 {
		if v, ok := a.field("data", name).(float64); ok {
			return v
		}
		return math.NaN()
	}
	return seenProgress{time.Now(), figure("progress"), figure("eta_seconds"), figure("speed"), figure("command_index"), figure("commands_total")}
}

// watched is a job while it is polled.
type watched struct {
	path     string
	seen     []seenProgress // whenever that changed, while the job was running
	last     answer
	inputs   object
	commands []string
	unknown  bool // no length can be known
}

// create starts the job. Nothing is known of its progress then.
func (w *watched) create(t *testing.T, s *server) {
	t.Helper()
	a := s.do(t, alice, "POST", "/api/ffmpeg", object{"input_files": w.inputs, "output_files": []string{"o.mkv"}, "ffmpeg_commands": w.commands})
	if p := a.progress(); a.status != 200 || !math.IsNaN(p.progress+p.eta+p.speed) || !math.IsNaN(p.command) || p.n < 1 {
		t.Fatalf("create: %d %s", a.status, a.body)
	}
	w.path = "/api/jobs/" + a.text("data", "id")
}

// poll looks once, and reports whether the job has ended.
func (w *watched) poll(t *testing.T, s *server) bool {
	t.Helper()
	if w.last.text("data", "finished_at") != "" {
		return true
	}
	w.last = s.do(t, alice, "GET", w.path, nil)
	if w.last.text("data", "status") == "running" {
		p := w.last.progress()
		if n := len(w.seen); n == 0 || fmt.Sprint(w.seen[n-1].progress, w.seen[n-1].command) != fmt.Sprint(p.progress, p.command) {
			w.seen = append(w.seen, p)
		}
	}
	return false
}

// check holds what was seen against the time that the job took.
func (w *watched) check(t *testing.T) {
	t.Helper()
	began, err1 := time.Parse(time.RFC3339, w.last.text("data", "started_at"))
	ended, err2 := time.Parse(time.RFC3339, w.last.text("data", "finished_at"))
	if p := w.last.progress(); err1 != nil || err2 != nil || p.progress != 100 || !math.IsNaN(p.eta) || p.command != p.n {
		t.Fatalf("at the end: %s", w.last.body)
	}
	known, before := 0, 0.0
	for _, p := range w.seen {
		if math.IsNaN(p.progress) {
			continue
		}
		known++
		if p.progress < before || p.progress > 99.9 {
			t.Errorf("progress %v after %v", p.progress, before)
		}
		before = p.progress
		// What is seen may be as old as the last report of ffmpeg (half a second), which on a busy machine starts late too.
		percent := 100 / ended.Sub(began).Seconds()
		if now := p.at.Sub(began).Seconds() * percent; p.progress > now+10 || p.progress < now-10-1.5*percent {
			t.Errorf("progress %v at %.1f %% of the time", p.progress, now)
		}
		if left := ended.Sub(p.at).Seconds(); p.progress > 30 && p.progress < 99 && !(math.Abs(p.eta-left) < 4) {
			t.Errorf("eta_seconds %v, %.1f s before the end", p.eta, left)
		}
		if p.speed < 0.1 || p.speed > 1.6 || p.command < 1 || p.n != float64(len(w.commands)) {
			t.Errorf("%+v", p)
		}
	}
	if w.unknown != (known == 0) || !w.unknown && known < 2 {
		t.Errorf("%d percentages: %+v", known, w.seen)
	}
}

// TestProgress runs jobs that read as fast as their input plays, so that half of the time is half of the work, and polls them.
func TestProgress(t *testing.T) {
	t.Parallel()
	clip := serveFile(t, media(t, "clip.mkv", "-f", "lavfi", "-i", "testsrc=s=64x64:r=10:d=8", "-f", "lavfi", "-i", "sine=d=8", "-c:v", "mpeg4", "-g", "10"))
	picture := serveFile(t, media(t, "p.png", "-f", "lavfi", "-i", "testsrc=s=64x64:d=1", "-frames:v", "1"))
	pictures := object{}
	for i := range 13 {
		pictures[fmt.Sprintf("img%03d.png", i+1)] = picture
	}
	video := object{"a": clip}
	jobs := map[string]*watched{
		"-t":             {inputs: object{}, commands: []string{"-re -f lavfi -i testsrc=s=64x64:r=10 -t 6.5 -c:v mpeg4 {{o.mkv}}"}},
		"-ss -to setpts": {inputs: video, commands: []string{"-re -ss 1 -to 7.5 -i {{a}} -vf setpts=0.5*PTS -an -c:v mpeg4 {{o.mkv}}"}},
		"pictures":       {inputs: pictures, commands: []string{"-re -framerate 2 -i inputs/img%03d.png -r 10 -c:v mpeg4 {{o.mkv}}"}},
		"two commands":   {inputs: video, commands: []string{"-i {{a}} -c copy temp.mkv", "-re -i temp.mkv -t 6.5 -c:v mpeg4 {{o.mkv}}"}},
		"unknown": {unknown: true, inputs: video, commands: []string{
			"-re -t 6.5 -i {{a}} -vf select='not(mod(n\\,2))',setpts=N/FRAME_RATE/TB -an -c:v mpeg4 {{o.mkv}}"}},
	}
	s := start(t, options{args: []string{"--workers", "5"}})
	for _, w := range jobs {
		w.create(t, s)
	}
	until(t, func() bool {
		all := true
		for _, w := range jobs {
			all = w.poll(t, s) && all
		}
		return all
	})
	for name, w := range jobs {
		t.Run(name, w.check)
	}
}
