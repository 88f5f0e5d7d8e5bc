package main

import (
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"
)

// TestRateExact: of 100 requests at once, on several routes and with one key, exactly those pass that a bucket of 20 holds,
// and what flows into it meanwhile: 10 a second.
func TestRateExact(t *testing.T) {
	t.Parallel()
	requireFFmpeg(t)
	s := start(t, options{env: []string{"FFLAMBDA_RATE_LIMIT=10"}, args: []string{"--workers", "0"}})
	s.do(t, bob, "GET", "/api/jobs", nil) // the server is warm
	paths := []string{"/api/jobs", "/api/jobs/" + aJob, "/api//nothing"}
	answers := make([]answer, 100)
	began := time.Now()
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() { answers[i], _ = s.try(alice, "GET", paths[i%len(paths)], nil) })
	}
	all.Wait()
	most := 20 + int(time.Since(began).Seconds()*10)
	passed := 0
	for i, a := range answers {
		switch a.status {
		case http.StatusOK, http.StatusNotFound:
			passed++
		case http.StatusTooManyRequests:
			if after, err := strconv.Atoi(a.header.Get("Retry-After")); err != nil || after != 1 || a.text("message") != "Rate limit exceeded" {
				t.Errorf("%v %s", a.header, a.body)
			}
		default:
			t.Errorf("request %d: %d %s", i, a.status, a.body)
		}
	}
	if passed < 20 || passed > most {
		t.Errorf("%d of 100 requests passed, want 20 to %d", passed, most)
	}
	if a := s.do(t, bob, "GET", "/api/jobs", nil); a.status != http.StatusOK {
		t.Errorf("another key: %d", a.status)
	}
}
