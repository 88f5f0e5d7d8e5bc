package main

import (
	"path/filepath"
	"sync"
	"testing"

	"github.com/fflambda/fflambda/shared/sqlite"
)

// creates are the creates of both APIs, and where their answers have the job's id.
func creates() map[string]struct {
	path, body string
	status     int
	id         []string
} {
	return map[string]struct {
		path, body string
		status     int
		id         []string
	}{
		"v1":  {"/v1/transcodes", aCreate, 201, []string{"id"}},
		"api": {"/api/ffmpeg", apiBody(""), 200, []string{"data", "id"}},
	}
}

// TestIdempotencyRace: 50 creates at once under one Idempotency-Key are one job and one message, and each of them is answered
// with that job. The next with another body is refused.
func TestIdempotencyRace(t *testing.T) {
	t.Parallel()
	requireFFmpeg(t)
	s := start(t, options{args: []string{"--workers", "0"}})
	for name, c := range creates() {
		answers := make([]answer, 50)
		var all sync.WaitGroup
		for i := range answers {
			all.Go(func() {
				var err error
				if answers[i], err = s.try(alice, "POST", c.path, c.body, "Idempotency-Key", "one"); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		first := 0
		for _, a := range answers {
			if a.status != c.status || a.text(c.id...) == "" || a.text(c.id...) != answers[0].text(c.id...) {
				t.Errorf("%s: %d %s, and another %s", name, a.status, a.body, answers[0].body)
			}
			if a.header.Get("Idempotent-Replayed") == "" {
				first++
			}
		}
		if first != 1 {
			t.Errorf("%s: %d answers say that they made the job", name, first)
		}
		if a := s.do(t, alice, "POST", c.path, c.body+" ", "Idempotency-Key", "one"); a.status != 409 {
			t.Errorf("%s: another body: %d %s", name, a.status, a.body)
		}
	}
	wantMessages(t, s, len(creates()))
}

// wantMessages looks into the queue of jobs beside the server.
func wantMessages(t *testing.T, s *server, want int) {
	t.Helper()
	db, err := sqlite.Open(t.Context(), filepath.Join(s.data, "fflambda.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if n, err := db.Queue("jobs", sqlite.QueueConfig{}).Count(t.Context()); err != nil || n != (sqlite.Counts{Waiting: want}) {
		t.Errorf("the queue has %+v, %v; want %d messages", n, err, want)
	}
}
