package main

import (
	"strings"
	"testing"
)

// TestQueueLimits: what has no room is refused by both APIs and stored by none; what comes again under its key gets its job.
func TestQueueLimits(t *testing.T) {
	t.Parallel()
	requireFFmpeg(t)
	s := start(t, options{args: []string{"--workers", "0", "--max-queued", "3", "--max-queued-owner", "2"}})
	for _, c := range creates() {
		if a := s.do(t, alice, "POST", c.path, c.body, "Idempotency-Key", "first"); a.status != c.status {
			t.Fatalf("with room: %d %s", a.status, a.body)
		}
	}
	full := func(key string, status int, retry, v1, api string) {
		t.Helper()
		for name, c := range creates() {
			a := s.do(t, key, "POST", c.path, c.body)
			text, want := a.text("error"), v1
			if name == "api" {
				text, want = a.text("errorCode")+": "+a.text("message"), api
			}
			if a.status != status || a.header.Get("Retry-After") != retry || text != want {
				t.Errorf("%s: %d, Retry-After %s, %s", name, a.status, a.header.Get("Retry-After"), a.body)
			}
		}
	}
	const queue = "The queue is full. Try again as Retry-After says"
	full(alice, 429, "10", "You have 2 jobs waiting, as many as you may have. Try again as Retry-After says.",
		"tooManyRequests: You have 2 jobs waiting, as many as you may have: there is room again when one of them begins, or when you cancel one")
	v1 := creates()["v1"]
	id := s.do(t, bob, "POST", v1.path, v1.body).text("id")
	full(bob, 503, "30", queue+".", "unknownError: "+queue)
	for name, c := range creates() {
		a := s.do(t, alice, "POST", c.path, c.body, "Idempotency-Key", "first")
		if a.status != c.status || a.header.Get("Idempotent-Replayed") != "true" {
			t.Errorf("%s: a create that comes again: %d %s", name, a.status, a.body)
		}
	}
	if n := s.do(t, bob, "GET", "/v1/transcodes?limit=1", nil).header.Get("X-Total-Count"); n != "1" {
		t.Errorf("bob has %s jobs, want 1", n)
	}
	s.do(t, bob, "PATCH", "/v1/transcodes/"+id+"/cancel", nil)
	if a := s.do(t, bob, "POST", v1.path, v1.body); a.status != 201 {
		t.Errorf("with room again: %d %s", a.status, a.body)
	}
}

// TestRunningLimit: an owner's further jobs wait while a worker is free, and another owner's need not wait for them.
func TestRunningLimit(t *testing.T) {
	t.Parallel()
	requireFFmpeg(t)
	s := start(t, options{args: []string{"--workers", "2", "--max-running-owner", "1", "--grace", "1ms"}})
	add := func(key string) string {
		a := s.do(t, key, "POST", "/api/ffmpeg", apiBody(`"ffmpeg_commands":["-re -f lavfi -i sine=d=3600 {{o.wav}}"]`))
		if a.status != 200 {
			t.Fatalf("%d %s", a.status, a.body)
		}
		return "/api/jobs/" + a.text("data", "id")
	}
	var alices []string
	for range 5 {
		alices = append(alices, add(alice))
	}
	bobs := add(bob)
	until(t, func() bool { return s.do(t, bob, "GET", bobs, nil).text("data", "status") == "running" })
	running := func() (n int) {
		for _, path := range alices {
			if s.do(t, alice, "GET", path, nil).text("data", "status") == "running" {
				n++
			}
		}
		return n
	}
	s.do(t, bob, "POST", bobs+"/cancel", nil)
	until(t, func() bool { return s.count("job ended")+s.count("job given up") > 0 }) // now a worker is free
	for i, path := range alices[:3] {
		s.running(t, path)
		if n := running(); n != 1 {
			t.Errorf("%d of alice's jobs run after %d, want 1", n, i)
		}
		s.do(t, alice, "POST", path+"/cancel", nil)
	}
}

// count is how often the server's log has the text.
func (s *server) count(text string) int { return strings.Count(s.stderr.String(), text) }

// full gets the answers of a create that has no room, for its owner and for everybody.
func (q *asked) full(t *testing.T, path string, body any, created int) {
	t.Helper()
	s := start(t, options{args: []string{"--workers", "0", "--max-queued", "3", "--max-queued-owner", "2"}})
	for range 2 {
		q.ask(t, s, alice, "POST", path, body, created)
	}
	q.ask(t, s, alice, "POST", path, body, 429)
	q.ask(t, s, bob, "POST", path, body, created)
	q.ask(t, s, bob, "POST", path, body, 503)
}
