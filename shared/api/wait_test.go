package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/fflambda/fflambda/shared/job"
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
