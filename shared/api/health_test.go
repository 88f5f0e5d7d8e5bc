package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/fflambda/fflambda/shared/job"
)

// TestHealth: every part that does not work is named, with what its operator can do, and without what is nobody's business.
func TestHealth(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	secret := errors.New("/srv/secret/files: no space left on device")
	w.api.Checks = map[string]func(context.Context) error{
		"table":  func(context.Context) error { return secret },
		"queue":  func(context.Context) error { return nil },
		"bucket": func(context.Context) error { return &job.Fault{Why: "the disk is full: make room", Err: secret} },
	}
	rec := w.do("GET", "/health-check", "")
	var answer struct {
		OK    bool
		Error string
	}
	if err := json.Unmarshal(rec.Body.Bytes(), &answer); err != nil {
		t.Fatal(err)
	}
	want := "the bucket cannot be used: the disk is full: make room; the table cannot be reached"
	if rec.Code != 500 || answer.OK || answer.Error != want {
		t.Errorf("%d %+v, want %q", rec.Code, answer, want)
	}
	if !strings.Contains(w.log.String(), "/srv/secret") {
		t.Errorf("the log does not say what is wrong:\n%s", &w.log)
	}
}

// TestFaultIsBusy: what can pass by itself is answered as such by both APIs, with when to come again, and the reason is not told.
func TestFaultIsBusy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tableErr = &job.Fault{Why: "the disk is full: make room", Err: errors.New("/srv/secret")}
	for path, body := range creates {
		rec := w.do("POST", path, body)
		if text := rec.Body.String(); rec.Code != 503 || rec.Header().Get("Retry-After") == "" || strings.Contains(text, "disk") || strings.Contains(text, "secret") {
			t.Errorf("%s: %d %v %s", path, rec.Code, rec.Header(), text)
		}
	}
}
