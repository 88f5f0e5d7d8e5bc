package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// crowd is clients that go on with what they do until the server is not there any more.
type crowd struct {
	server *server

	clients  sync.WaitGroup
	requests atomic.Int64
	mu       sync.Mutex
	accepted []string // the paths of jobs whose creation was answered
	odd      []string // answers that a server which stops should not give
}

// note keeps what an answer told. It reports whether the server is still there.
func (c *crowd) note(a answer, err error) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	var dial *net.OpError
	refused := errors.As(err, &dial) || errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET)
	switch {
	case err != nil && !refused:
		c.odd = append(c.odd, err.Error())
	case err == nil && a.status != 200 && a.status != 503:
		c.odd = append(c.odd, fmt.Sprintf("%d %s", a.status, a.body))
	case err == nil:
		c.requests.Add(1)
	}
	return err == nil
}

// creates has a client that creates a job at every tick.
func (c *crowd) creates() {
	c.clients.Go(func() {
		tick := time.NewTicker(150 * time.Millisecond)
		defer tick.Stop()
		for there := true; there; <-tick.C {
			a, err := c.server.try(alice, "POST", "/api/ffmpeg", anyJob)
			there = c.note(a, err)
			if there && a.status == 200 {
				c.accept("/api/jobs/" + a.text("data", "id"))
			}
		}
	})
}

func (c *crowd) accept(path string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.accepted = append(c.accepted, path)
}

// polls has a client that looks at a job and at the list, again and again.
func (c *crowd) polls(path string) {
	c.clients.Go(func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for there := true; there; <-tick.C {
			there = c.note(c.server.try(alice, "GET", path, nil)) && c.note(c.server.try(alice, "GET", "/v1/transcodes?limit=5", nil))
		}
	})
}

// TestStopUnderLoad: a signal comes while jobs run and wait, and fifty clients create, poll and wait. No answer is a 500,
// every client that waits is answered, the server exits with 0 in time, and all that it had accepted is done after the
// next start; being handed back has cost none of them its only try.
func TestStopUnderLoad(t *testing.T) {
	t.Parallel()
	lazy := fakeFFmpeg(t, "sleep 1.7; "+quick)
	for name, signal := range map[string]syscall.Signal{"SIGTERM": syscall.SIGTERM, "SIGINT": syscall.SIGINT} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			args := []string{"--sandbox", "off", "--max-attempts", "1", "--workers", "8"}
			s := start(t, options{args: append(slices.Clone(args), "--grace", "1s", "--ffmpeg", lazy)})
			c, waiters := gather(t, s)
			stopInTime(t, c, signal)
			for _, w := range waiters {
				a := w.answer(t)
				if got := finalStatus(t, a.Body); a.StatusCode != 200 || !slices.Contains([]string{"queued", "running", "succeeded"}, got) {
					t.Errorf("a client that waits: %d %q", a.StatusCode, got)
				}
			}
			s = start(t, options{data: s.data, args: append(slices.Clone(args), "--ffmpeg", fakeFFmpeg(t, quick))})
			for _, path := range c.accepted {
				if done, _ := s.wait(t, alice, path); done.text("data", "status") != "succeeded" {
					t.Errorf("%s", done.body)
				}
			}
			until(t, func() bool {
				list := s.do(t, bob, "GET", "/api/jobs", nil)
				return strings.Count(string(list.body), `"status":"succeeded"`) == len(waiters)
			})
		})
	}
}

// gather has fifty clients use the server, twenty of which wait for a job, and comes back when the workers have begun.
func gather(t *testing.T, s *server) (*crowd, []waiting) {
	t.Helper()
	c := &crowd{server: s}
	var first string
	for i := range 20 {
		path := "/api/jobs/" + s.do(t, alice, "POST", "/api/ffmpeg", anyJob).text("data", "id")
		c.accept(path)
		c.polls(path)
		if i < 10 {
			c.creates()
		}
		first = cmp.Or(first, path)
	}
	waiters := make([]waiting, 20)
	for i := range waiters {
		waiters[i] = s.waitFor(t, "HTTP/1.1", bob, fmt.Sprint(i), anyJob)
	}
	until(t, func() bool {
		list := s.do(t, bob, "GET", "/api/jobs?limit=1", nil)
		return list.field("pagingParams", "total") == float64(len(waiters)) &&
			s.do(t, alice, "GET", first, nil).text("data", "status") != "queued"
	})
	return c, waiters
}

// stopInTime ends the crowd's server, whose grace is a second.
func stopInTime(t *testing.T, c *crowd, signal syscall.Signal) {
	t.Helper()
	asked := time.Now()
	c.server.end(signal)
	took := time.Since(asked)
	c.clients.Wait()
	t.Logf("stopped after %s, %d jobs accepted, %d requests answered", took.Round(time.Millisecond), len(c.accepted), c.requests.Load())
	if code := c.server.cmd.ProcessState.ExitCode(); code != 0 || took > 5*time.Second {
		t.Errorf("exit code %d after %s", code, took)
	}
	if len(c.odd) > 0 {
		t.Errorf("%d odd answers: %s", len(c.odd), c.odd[0])
	}
	orphans(t, c.server.data)
}

// TestSecondSignal: who asks twice does not want to wait. The job that was running goes on after the next start.
func TestSecondSignal(t *testing.T) {
	t.Parallel()
	requireFFmpeg(t)
	s := start(t, options{args: []string{"--grace", "1h"}})
	path := "/api/jobs/" + s.do(t, alice, "POST", "/api/ffmpeg", unending).text("data", "id")
	s.running(t, path)
	_ = s.cmd.Process.Signal(os.Interrupt)
	until(t, func() bool { return strings.Contains(s.stderr.String(), "stopping") })
	asked := time.Now()
	s.end(syscall.SIGTERM)
	if took := time.Since(asked); took > 2*time.Second {
		t.Errorf("it took %s", took)
	}
	if exit, ok := s.cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || exit.Signal() != syscall.SIGTERM {
		t.Errorf("ended by %v", s.cmd.ProcessState)
	}
	orphans(t, s.data)
	s = start(t, options{data: s.data})
	s.running(t, path)
	s.do(t, alice, "POST", path+"/cancel", nil)
}
