package ffmpeg

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fflambda/fflambda/shared/job"
)

// after is a grace that does not depend on the cause.
func after(d time.Duration) func(error) time.Duration {
	return func(error) time.Duration { return d }
}

// failure runs the fake and expects a *job.Failure with the code.
func failure(t *testing.T, task Task, code job.Code) *job.Failure {
	t.Helper()
	err := fake(t).Run(t.Context(), task)
	var f *job.Failure
	if !errors.As(err, &f) {
		t.Fatalf("Run: %v, want a *job.Failure", err)
	}
	if f.Code != code {
		t.Errorf("code %q (%s), want %q", f.Code, f.Message, code)
	}
	return f
}

func TestRunSucceedsInSilence(t *testing.T) {
	t.Parallel()
	if err := fake(t).Run(t.Context(), Task{Dir: folder(t), Args: []string{"fake:silent"}}); err != nil {
		t.Error(err)
	}
}

func TestRunExitCode(t *testing.T) {
	t.Parallel()
	f := failure(t, Task{Dir: folder(t), Args: []string{"fake:exit255"}}, job.FFmpegFailed)
	if want := "ffmpeg exited with code 255: Unknown encoder 'nope'"; f.Message != want {
		t.Errorf("message %q, want %q", f.Message, want)
	}
	if !slices.Equal(f.StderrTail, []string{"Unknown encoder 'nope'", "Conversion failed!"}) {
		t.Errorf("stderr tail %q", f.StderrTail)
	}
}

// A cancelled run returns the cause, whether ffmpeg obeys or has to be killed.
func TestRunCancelled(t *testing.T) {
	t.Parallel()
	for _, part := range []string{"polite", "deaf"} {
		t.Run(part, func(t *testing.T) {
			t.Parallel()
			cause := errors.New("not wanted any more")
			ctx, cancel := context.WithCancelCause(t.Context())
			began := time.Now()
			task := Task{Dir: folder(t), Args: []string{"fake:" + part}, Grace: after(300 * time.Millisecond)}
			task.OnProgress = func(Update) { cancel(cause) }
			if part == "polite" {
				task.Grace = after(time.Hour)
			}
			if err := fake(t).Run(ctx, task); !errors.Is(err, cause) {
				t.Errorf("Run: %v, want the cause", err)
			}
			if part == "deaf" && time.Since(began) < task.Grace(cause) {
				t.Error("was killed before its grace had ended")
			}
		})
	}
}

func TestRunCancelledBefore(t *testing.T) {
	t.Parallel()
	cause := errors.New("stopping")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	if err := fake(t).Run(ctx, Task{Dir: folder(t), Args: []string{"fake:silent"}}); !errors.Is(err, cause) {
		t.Errorf("Run: %v, want the cause", err)
	}
}

// What ffmpeg leaves behind is killed, and does not hold up Run by keeping stderr open.
func TestRunLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	f := failure(t, Task{Dir: dir, Args: []string{"fake:parent"}}, job.FFmpegFailed)
	if !strings.Contains(f.Message, "code 1: the parent gave up") {
		t.Errorf("message %q", f.Message)
	}
	lock, err := os.Open(filepath.Join(dir, "held"))
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil { // waits for as long as the grandchild lives: an hour
		t.Fatal(err)
	}
}

func TestRunStalls(t *testing.T) {
	t.Parallel()
	for _, part := range []string{"stuck", "deaf"} {
		t.Run(part, func(t *testing.T) {
			t.Parallel()
			task := Task{Dir: folder(t), Args: []string{"fake:" + part}, StallAfter: 200 * time.Millisecond, Grace: after(50 * time.Millisecond)}
			f := failure(t, task, job.TimedOut)
			if !strings.Contains(f.Message, "no progress for 200ms") {
				t.Errorf("message %q", f.Message)
			}
		})
	}
}

func TestRunFloodOfStderr(t *testing.T) {
	t.Parallel()
	f := failure(t, Task{Dir: folder(t), Args: []string{"fake:flood"}}, job.FFmpegFailed)
	if f.Message != "ffmpeg exited with code 1: the end" {
		t.Errorf("message %q", f.Message)
	}
	if len(f.StderrTail) > tailLines {
		t.Errorf("%d lines of stderr, want at most %d", len(f.StderrTail), tailLines)
	}
}

// A callback that blocks must not hold up ffmpeg, nor a line of progress without end.
func TestRunProgress(t *testing.T) {
	t.Parallel()
	var updates []Update
	task := Task{Dir: folder(t), Args: []string{"fake:reports"}, OnProgress: func(u Update) { updates = append(updates, u) }}
	if err := fake(t).Run(t.Context(), task); err != nil {
		t.Fatal(err)
	}
	if len(updates) == 0 {
		t.Fatal("no updates")
	}
	last := 0.0
	for _, u := range updates {
		if u.Seconds < last {
			t.Fatalf("%+v after %v s", u, last)
		}
		last = u.Seconds
	}
	if u := updates[len(updates)-1]; u.Seconds != 9 || u.Frame != 7 || math.Abs(u.Speed-1.5) > 1e-9 {
		t.Errorf("last update %+v", u)
	}
}

func TestRunSlowCallback(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	calls := 0
	task := Task{Dir: folder(t), Args: []string{"fake:stuck"}, StallAfter: 300 * time.Millisecond, Grace: after(time.Millisecond)}
	task.OnProgress = func(Update) {
		calls++
		<-release
	}
	time.AfterFunc(500*time.Millisecond, func() { close(release) })
	_ = failure(t, task, job.TimedOut)
	if calls == 0 || calls > 2 {
		t.Errorf("%d calls, want the first report and the newest", calls)
	}
}

func TestRunKilledBySomebodyElse(t *testing.T) {
	t.Parallel()
	f := failure(t, Task{Dir: folder(t), Args: []string{"fake:killed"}}, job.OutOfMemory)
	if !strings.Contains(f.Message, "memory") {
		t.Errorf("message %q", f.Message)
	}
}

func TestRunCrash(t *testing.T) {
	t.Parallel()
	f := failure(t, Task{Dir: folder(t), Args: []string{"fake:crash"}}, job.FFmpegFailed)
	if want := "ffmpeg was ended by a signal (terminated)"; f.Message != want {
		t.Errorf("message %q, want %q", f.Message, want)
	}
}

func TestRunDiskFull(t *testing.T) {
	t.Parallel()
	f := failure(t, Task{Dir: folder(t), Args: []string{"fake:disk"}}, job.Internal)
	if !f.Retry || !strings.Contains(f.Message, "disk is full") {
		t.Errorf("%+v, want one that can be tried again", f)
	}
}

// Too large an output is seen while it grows, and also where ffmpeg is faster than the look. Inputs do not count.
func TestRunMaxBytes(t *testing.T) {
	t.Parallel()
	for _, part := range []string{"greedy", "greedy and quick"} {
		t.Run(part, func(t *testing.T) {
			t.Parallel()
			_ = failure(t, Task{Dir: folder(t), Args: []string{"fake:" + part}, MaxBytes: 2 << 20}, job.OutputTooLarge)
		})
	}
	dir := folder(t)
	if err := os.WriteFile(filepath.Join(dir, "inputs", "in"), make([]byte, 9<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := fake(t).Run(t.Context(), Task{Dir: dir, Args: []string{"fake:greedy and quick"}, MaxBytes: 4 << 20, GivenBytes: 9 << 20}); err != nil {
		t.Errorf("3 MiB of 4: %v", err)
	}
}

func TestRunScrubsEnvironment(t *testing.T) {
	t.Setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
	t.Setenv("FFREPORT", "file=report.log")
	dir := folder(t)
	if err := fake(t).Run(t.Context(), Task{Dir: dir, Args: []string{"fake:environment"}}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "environment"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for line := range strings.Lines(string(text)) {
		name, _, _ := strings.Cut(line, "=")
		names = append(names, name)
	}
	slices.Sort(names)
	if want := []string{"AV_LOG_FORCE_NOCOLOR", "HOME", "LANG", "PATH"}; !slices.Equal(names, want) {
		t.Errorf("environment has %q, want %q", names, want)
	}
}

func TestRunCannotStart(t *testing.T) {
	t.Parallel()
	err := Tools{FFmpeg: "/nonexistent/ffmpeg"}.Run(t.Context(), Task{Dir: folder(t)})
	var f *job.Failure
	if err == nil || errors.As(err, &f) {
		t.Errorf("Run: %v, want an error that is not the caller's", err)
	}
}
