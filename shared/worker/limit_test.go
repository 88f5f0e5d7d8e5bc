package worker_test

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fflambda/fflambda/shared/job"
)

// deaf is an ffmpeg that does not end when it is asked to, and says who it is.
const deaf = `trap '' INT TERM; echo $$ > pid.tmp; mv pid.tmp pid; while :; do sleep 5; done`

// TestKillTimes: an ffmpeg that does not listen is gone soon after its job is not wanted any more, or not ours.
func TestKillTimes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		move   func(j job.Job) job.Move
		within time.Duration // heartbeats come every 2 s; the rest is slack for a busy machine
	}{
		"cancelled": {func(job.Job) job.Move { return job.Cancel(time.Now()) }, 3 * time.Second},
		"lost":      {func(j job.Job) job.Move { return job.Release(time.Now(), j.Attempt) }, 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHome(t, 5)
			h.run(t, deaf)
			j := h.add(t)
			running := h.until(t, j.ID, func(j job.Job) bool { return j.State == job.Running })
			pid := pidOf(t, filepath.Join(h.dir, j.ID+"-1", "pid"))
			began := time.Now()
			if _, err := h.table.Jobs().Move(t.Context(), j.ID, c.move(running)); err != nil {
				t.Fatal(err)
			}
			limit, stop := context.WithTimeout(t.Context(), c.within)
			defer stop()
			if !poll(limit, func() bool { return syscall.Kill(pid, 0) != nil }) {
				t.Fatalf("ffmpeg still runs after %s", c.within)
			}
			t.Logf("gone after %s", time.Since(began).Round(time.Millisecond))
		})
	}
}

func pidOf(t *testing.T, file string) (pid int) {
	t.Helper()
	limit, stop := context.WithTimeout(t.Context(), 10*time.Second)
	defer stop()
	if !poll(limit, func() bool {
		text, err := os.ReadFile(file)
		if err == nil {
			pid, err = strconv.Atoi(strings.TrimSpace(string(text)))
		}
		return err == nil
	}) {
		t.Fatal("ffmpeg did not start")
	}
	return pid
}

// poll asks until something is so, or says false when ctx has ended.
func poll(ctx context.Context, so func() bool) bool {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !so() {
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
	}
	return true
}
