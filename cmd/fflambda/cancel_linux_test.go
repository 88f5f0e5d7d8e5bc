package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"
)

// TestCancelTime: 3 seconds after the answer to a cancel there is no ffmpeg any more, neither of one that listens nor of one
// that does not.
func TestCancelTime(t *testing.T) {
	t.Parallel()
	requireFFmpeg(t)
	const jobs = 20
	deaf := fakeFFmpeg(t, "trap '' INT TERM; sleep 600; sleep 600; sleep 600")
	for name, args := range map[string][]string{"ffmpeg": nil, "deaf": {"--sandbox", "off", "--ffmpeg", deaf}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := jobs
			if name == "deaf" {
				n = 4
			}
			s := start(t, options{args: append(args, "--workers", fmt.Sprint(n))})
			took := make([]time.Duration, n)
			var all sync.WaitGroup
			for i := range took {
				id := s.do(t, alice, "POST", "/api/ffmpeg", unending).text("data", "id")
				all.Go(func() {
					pids := s.processes(t, id)
					<-time.After(time.Duration(i) * 100 * time.Millisecond) // anywhere between two heartbeats
					s.do(t, alice, "POST", "/api/jobs/"+id+"/cancel", nil)
					cancelled := time.Now()
					until(t, func() bool { return !slices.ContainsFunc(pids, alive) })
					took[i] = time.Since(cancelled)
				})
			}
			all.Wait()
			slices.Sort(took)
			t.Logf("%d cancels: median %s, max %s", n, took[n/2].Round(time.Millisecond), took[n-1].Round(time.Millisecond))
			if took[n-1] > 3*time.Second {
				t.Errorf("an ffmpeg went on for %s", took[n-1])
			}
		})
	}
}

// processes waits for those that work in the folder of a job, and gives their ids.
func (s *server) processes(t *testing.T, id string) (pids []int) {
	t.Helper()
	until(t, func() bool {
		pids = nil
		links, _ := filepath.Glob("/proc/[0-9]*/cwd")
		for _, link := range links {
			var pid int
			cwd, err := os.Readlink(link)
			if inside, _ := filepath.Match(filepath.Join(s.data, "work", id+"-*"), cwd); err != nil || !inside {
				continue
			}
			if _, err := fmt.Sscanf(link, "/proc/%d/", &pid); err == nil {
				pids = append(pids, pid)
			}
		}
		return len(pids) > 0
	})
	return pids
}

// alive reports whether the process is there. One that only waits to be reaped is in no folder any more.
func alive(pid int) bool {
	_, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pid))
	return err == nil
}
