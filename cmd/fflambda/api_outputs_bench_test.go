package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// BenchmarkKeep is what one job with 10,000 frames costs: keeping them, as the server's log has it, beside `cp` of the same
// files in the same round, and the answer with the 10,000 links. The frames are noise, 2.7 KB each.
//
//	go test ./cmd/fflambda -run '^$' -bench Keep -benchtime 3x
func BenchmarkKeep(b *testing.B) {
	const frames = 10_000
	s, err := launch(options{data: b.TempDir(), args: []string{"--workers", "1", "--log-level", "debug", "--log-format", "json"}})
	if err != nil {
		b.Fatal(err)
	}
	defer s.stop()
	var keep, copying, reading time.Duration
	var size int
	for b.Loop() {
		path, err := framesJob(s, frames)
		if err != nil {
			b.Fatal(err)
		}
		id := filepath.Base(path)
		took, err := between(s.stderr.String(), id, "ran", "kept")
		if err != nil {
			b.Fatal(err)
		}
		keep += took
		kept := filepath.Join(filesPath(s.data), bucketName, "jobs", id, "1")
		start := time.Now()
		if out, err := exec.Command("cp", "-r", kept, filepath.Join(b.TempDir(), "copy")).CombinedOutput(); err != nil {
			b.Fatalf("cp: %v %s", err, out)
		}
		copying += time.Since(start)
		start = time.Now()
		a, err := s.try(alice, "GET", path, nil)
		if err != nil || a.status != 200 {
			b.Fatal(a.status, err)
		}
		reading += time.Since(start)
		size = len(a.body)
		if files, err := os.ReadDir(kept); err != nil || len(files) != frames {
			b.Fatalf("%d files are kept: %v", len(files), err)
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(keep.Seconds()/float64(b.N), "s/keep")
	b.ReportMetric(copying.Seconds()/float64(b.N), "s/cp")
	b.ReportMetric(keep.Seconds()/copying.Seconds(), "keep÷cp")
	b.ReportMetric(reading.Seconds()/float64(b.N), "s/GET")
	b.ReportMetric(float64(size)/1e6, "MB/GET")
}

// framesJob makes a job of so many frames, waits for its end and returns its path.
func framesJob(s *server, frames int) (path string, err error) {
	line := fmt.Sprintf("-f lavfi -i nullsrc=s=64x64:r=1000,geq=random(1)*255:128:128 -frames:v %d {{frame_%%05d.png}}", frames)
	a, err := s.try(alice, "POST", "/api/ffmpeg?wait=true", object{"output_files": []string{"frame_%05d.png"}, "ffmpeg_commands": []string{line}})
	if err == nil && a.text("data", "status") != "succeeded" {
		err = fmt.Errorf("%d %.1000s", a.status, a.body)
	}
	return "/api/jobs/" + a.text("data", "id"), err
}

// between is the time between two lines of a JSON log about one job.
func between(log, id, from, to string) (time.Duration, error) {
	at := map[string]time.Time{}
	for line := range strings.Lines(log) {
		var l struct {
			Time time.Time `json:"time"`
			Msg  string    `json:"msg"`
			Job  string    `json:"job"`
		}
		if json.Unmarshal([]byte(line), &l) == nil && l.Job == id {
			at[l.Msg] = l.Time
		}
	}
	if at[from].IsZero() || at[to].IsZero() {
		return 0, fmt.Errorf("the log of job %s has no %q and %q", id, from, to)
	}
	return at[to].Sub(at[from]), nil
}
