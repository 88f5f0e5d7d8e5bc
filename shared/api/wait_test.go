package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fflambda/fflambda/shared/bell"
	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/sqlite"
)

// waiter is a client that waits for its job, over a real connection.
func waiter(t *testing.T, w *world) (*http.Response, *bufio.Reader) {
	t.Helper()
	server := httptest.NewServer(w.api)
	t.Cleanup(server.Close)
	r, err := http.NewRequestWithContext(t.Context(), "POST", server.URL+"/api/ffmpeg?wait=true", strings.NewReader(creates["/api/ffmpeg"]))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+secret)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = answer.Body.Close() })
	return answer, bufio.NewReader(answer.Body)
}

// status is the status of the job in an answer, which may begin with line feeds.
func status(t *testing.T, body io.Reader) string {
	t.Helper()
	var answer struct{ Data struct{ Status string } }
	if err := json.NewDecoder(body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	return answer.Data.Status
}

// TestWaitStreams: a client that waits gets a line feed with every beat, and then the job.
func TestWaitStreams(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	answer, body := waiter(t, w)
	if answer.StatusCode != 200 || answer.ContentLength != -1 || !strings.HasPrefix(answer.Header.Get("Content-Type"), "application/json") {
		t.Fatalf("%d, length %d, %v", answer.StatusCode, answer.ContentLength, answer.Header)
	}
	for range 3 {
		if c, err := body.ReadByte(); err != nil || c != '\n' {
			t.Fatalf("got %q, %v; want a line feed", c, err)
		}
	}
	if _, err := w.table.Jobs().Move(t.Context(), w.sent[0], job.Cancel(w.now)); err != nil {
		t.Fatal(err)
	}
	if got := status(t, body); got != "cancelled" {
		t.Errorf("the job is %s, want cancelled", got)
	}
}

// TestWaitEndsWithServer: a server that is about to stop answers the job as it stands, in valid JSON.
func TestWaitEndsWithServer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, body := waiter(t, w)
	if _, err := body.ReadByte(); err != nil {
		t.Fatal(err)
	}
	close(w.stopping)
	if got := status(t, body); got != "queued" {
		t.Errorf("the job is %s, want queued", got)
	}
}

// TestWaitIsLimited: a wait ends some time before the process that answers it does, with the job cancelled.
func TestWaitIsLimited(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := httptest.NewRequest("POST", "/api/ffmpeg?wait=true", strings.NewReader(creates["/api/ffmpeg"]))
	r.Header.Set("Authorization", "Bearer "+secret)
	ctx, stop := context.WithTimeout(t.Context(), 10*time.Second+100*time.Millisecond)
	defer stop()
	rec := httptest.NewRecorder()
	w.api.ServeHTTP(rec, r.WithContext(ctx))
	if got := status(t, rec.Body); got != "cancelled" || ctx.Err() != nil {
		t.Errorf("the job is %s, %v; want cancelled before the end", got, ctx.Err())
	}
}

// TestWaitOutlivesClient: a client that leaves changes nothing for the job.
func TestWaitOutlivesClient(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, leave := context.WithCancel(t.Context())
	r := httptest.NewRequest("POST", "/api/ffmpeg?wait=true", strings.NewReader(creates["/api/ffmpeg"]))
	r.Header.Set("Authorization", "Bearer "+secret)
	w.onSend = leave
	w.api.ServeHTTP(httptest.NewRecorder(), r.WithContext(ctx))
	if j, err := w.table.Jobs().Find(t.Context(), w.sent[0]); err != nil || j.State.Terminal() {
		t.Errorf("the job is %s, %v", j.State, err)
	}
}

// stopwatch is a client's side of an answer, with the time at which its header came.
type stopwatch struct {
	*httptest.ResponseRecorder
	start, header time.Time
}

func (w *stopwatch) WriteHeader(status int) {
	w.header = time.Now()
	w.ResponseRecorder.WriteHeader(status)
}

// headerAfter is how long the client waited for the header.
func (w *stopwatch) headerAfter() time.Duration { return w.header.Sub(w.start) }

// feeds counts the line feeds before the JSON.
func (w *stopwatch) feeds() int {
	body := w.Body.String()
	return len(body) - len(strings.TrimLeft(body, "\n"))
}

// waitFor makes a client wait for the job of one Idempotency-Key, in the time of a synctest bubble.
func waitFor(t *testing.T, w *world) *stopwatch {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), "POST", "/api/ffmpeg?wait=true", strings.NewReader(creates["/api/ffmpeg"]))
	r.Header.Set("Authorization", "Bearer "+secret)
	r.Header.Set("Idempotency-Key", "k")
	answer := &stopwatch{ResponseRecorder: httptest.NewRecorder(), start: time.Now()}
	w.api.ServeHTTP(answer, r)
	return answer
}

// patient is a world with the times of a real server, in which jobs end so long after they were sent; 0: never.
func patient(t *testing.T, ends time.Duration) *world {
	t.Helper()
	w := newWorld(t)
	w.api.Poll, w.api.Beat = 500*time.Millisecond, 10*time.Second
	w.onSend = func() {
		id := w.sent[len(w.sent)-1]
		if ends == 0 {
			return
		}
		time.AfterFunc(ends, func() {
			if _, err := w.table.Jobs().Move(t.Context(), id, job.Cancel(w.now)); err != nil {
				t.Error(err)
			}
		})
	}
	return w
}

// TestWaitTimes: what a client gets, and when, by how long its job takes.
func TestWaitTimes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		ends, header, whole time.Duration // since the request; whole: the poll that finds the end
		feeds               int
	}{
		"at once":    {ends: time.Nanosecond, header: 500 * time.Millisecond, whole: 500 * time.Millisecond},
		"short":      {ends: 9400 * time.Millisecond, header: 9500 * time.Millisecond, whole: 9500 * time.Millisecond},
		"long":       {ends: 35100 * time.Millisecond, header: 10 * time.Second, whole: 35500 * time.Millisecond, feeds: 3},
		"never ends": {header: 10 * time.Second, whole: 15 * time.Minute, feeds: 89},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				answer := waitFor(t, patient(t, c.ends))
				if got := time.Since(answer.start); got != c.whole || answer.headerAfter() != c.header {
					t.Errorf("the header after %s, the answer after %s; want %s, %s", answer.headerAfter(), got, c.header, c.whole)
				}
				// At the very moment of a beat, the poll or the end of the wait may be first.
				if got := answer.feeds(); got != c.feeds && got != c.feeds+1 {
					t.Errorf("%d line feeds, want %d", got, c.feeds)
				}
				if length := answer.Header().Get("Content-Length"); (length == "") != (answer.feeds() > 0) {
					t.Errorf("%d line feeds and a Content-Length of %q", answer.feeds(), length)
				}
				if got := status(t, answer.Body); answer.Code != 200 || got != "cancelled" {
					t.Errorf("%d, the job is %s", answer.Code, got)
				}
			})
		})
	}
}

// TestWaitHears: an end that this process makes is answered at that moment, and not at the next look.
func TestWaitHears(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := patient(t, 0)
		var ended bell.Bell
		w.api.Ended, w.api.Poll = ended.Listen, time.Hour
		w.onSend = func() {
			id := w.sent[0]
			time.AfterFunc(3*time.Second, func() {
				j, err := w.table.Jobs().Move(t.Context(), id, job.Cancel(w.now))
				if err != nil {
					t.Error(err)
				}
				ended.Ring(j)
			})
		}
		answer := waitFor(t, w)
		if got := time.Since(answer.start); got != 3*time.Second || status(t, answer.Body) != "cancelled" {
			t.Errorf("answered after %s: %s", got, answer.Body)
		}

		again := waitFor(t, w) // whom no bell will tell
		if got := time.Since(again.start); got != 0 || again.Header().Get("Idempotent-Replayed") != "true" || status(t, again.Body) != "cancelled" {
			t.Errorf("a job that had ended: answered after %s: %s", got, again.Body)
		}
	})
}

// downTable cannot be read for a while.
type downTable struct {
	*sqlite.Jobs
	err   error
	until time.Time
}

func (d downTable) Find(ctx context.Context, id string) (job.Job, error) {
	if time.Now().Before(d.until) {
		return job.Job{}, d.err
	}
	return d.Jobs.Find(ctx, id)
}

// TestWaitOutlastsBusyTable: a table that is busy for a while costs a waiting client nothing; one that is broken is told.
func TestWaitOutlastsBusyTable(t *testing.T) {
	t.Parallel()
	for want, down := range map[string]error{"cancelled": job.ErrBusy, "": errors.New("the disk is gone")} {
		synctest.Test(t, func(t *testing.T) {
			w := patient(t, 13*time.Second)
			w.api.Jobs = downTable{w.table.Jobs(), down, time.Now().Add(12 * time.Second)}
			answer := waitFor(t, w)
			if got := status(t, answer.Body); got != want || (want == "") != (answer.Code == 500) {
				t.Errorf("%v: %d, %q", down, answer.Code, got)
			}
		})
	}
}
