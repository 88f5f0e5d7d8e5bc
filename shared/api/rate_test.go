package api_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/fflambda/fflambda/shared/api"
)

// TestRate: 20 requests at once and 10 with each second, on any route of /api, by a clock of the test's own.
// Retry-After leads to the moment at which one more is let through.
func TestRate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.api = api.New(withRate(w, 10, nil))
	let := func(n int) (through int) {
		for i := range n {
			rec := w.do("GET", []string{"/api/jobs", "/api/nothing", "/api//jobs/x"}[i%3], "")
			if rec.Code != http.StatusTooManyRequests {
				through++
			} else if rec.Header().Get("Retry-After") != "1" || rec.Body.String() != `{"errorCode":"tooManyRequests","message":"Rate limit exceeded"}` {
				t.Fatalf("%v %s", rec.Header(), rec.Body)
			}
		}
		return through
	}
	for _, step := range []struct {
		after time.Duration
		want  int
	}{{0, 20}, {99 * time.Millisecond, 0}, {time.Millisecond, 1}, {time.Second, 10}, {time.Hour, 20}} {
		w.now = w.now.Add(step.after)
		if got := let(50); got != step.want {
			t.Errorf("after %s %d of 50 requests were let through, want %d", step.after, got, step.want)
		}
	}
	if rec := w.do("GET", "/v1/transcodes", ""); rec.Code != http.StatusOK {
		t.Errorf("the other API: %d", rec.Code)
	}

	w.api = api.New(withRate(w, 0.01, nil)) // a request in 100 s
	for range 20 {
		w.do("GET", "/api/jobs", "")
	}
	w.now = w.now.Add(30 * time.Second)
	if rec := w.do("GET", "/api/jobs", ""); rec.Header().Get("Retry-After") != "70" {
		t.Errorf("%d, Retry-After %q, want 70", rec.Code, rec.Header().Get("Retry-After"))
	}
}

// TestRateTogether: where others count too, they are asked once for each request that this server would let through.
func TestRateTogether(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	others := &counted{left: 5}
	w.api = api.New(withRate(w, 10, others))
	through := 0
	for i := range 50 {
		want := "2" // as the others say
		if i >= 20 {
			want = "1" // this server knows by itself
		}
		if rec := w.do("GET", "/api/jobs", ""); rec.Code == http.StatusOK {
			through++
		} else if got := rec.Header().Get("Retry-After"); got != want {
			t.Errorf("request %d: Retry-After %q, want %s", i, got, want)
		}
	}
	if through != 5 || others.asked != 20 || others.name != "api#1" {
		t.Errorf("%d were let through, %d asked of the others as %q; want 5, 20, api#1", through, others.asked, others.name)
	}
	w.now = w.now.Add(time.Hour)
	others.err = errors.New("throttled")
	if rec := w.do("GET", "/api/jobs", ""); rec.Code != http.StatusOK || !strings.Contains(w.log.String(), "throttled") {
		t.Errorf("where the others cannot be asked: %d; log: %s", rec.Code, w.log.String())
	}
	w.api = api.New(withRate(w, 0, others))
	asked := others.asked
	if rec := w.do("GET", "/api/jobs", ""); rec.Code != http.StatusOK || others.asked != asked {
		t.Errorf("without a rate: %d, and the others are asked", rec.Code)
	}
}

// withRate is w's server with a rate.
func withRate(w *world, perSecond float64, others *counted) api.Config {
	c := w.api.Config
	c.Rate = perSecond
	if others != nil {
		c.Rates = others
	}
	return c
}

// counted lets so many through, and then says to wait for two seconds.
type counted struct {
	left, asked int
	name        string
	err         error
}

func (c *counted) Take(_ context.Context, name string, _ float64, _ int) (time.Duration, bool, error) {
	c.asked++
	c.name = name
	c.left--
	return 1500 * time.Millisecond, c.left >= 0, c.err
}
