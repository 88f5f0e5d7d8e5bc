package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// unending is a job that lasts until somebody ends it.
var unending = object{"input_files": object{}, "output_files": []string{"o.wav"}, "ffmpeg_commands": []string{"-re -f lavfi -i sine=duration=600 {{o.wav}}"}}

// TestWaitValue: only true waits.
func TestWaitValue(t *testing.T) {
	t.Parallel()
	s := common(t)
	for _, query := range []string{"?wait=TRUE", "?wait=1", "?wait=yes", "?wait=", "?wait", "?wait=true%20", "?wait=false&wait=true", "?Wait=true", "?wait=%zz"} {
		if a := s.do(t, alice, "POST", "/api/ffmpeg"+query, tone(nil)); a.status != 200 || a.text("data", "status") != "queued" {
			t.Errorf("%s: %d %s", query, a.status, a.body)
		}
	}
	for _, query := range []string{"?wait=true", "?x=1&wait=true", "?wait=%74rue"} {
		a := s.do(t, alice, "POST", "/api/ffmpeg"+query, tone(nil))
		if a.status != 200 || a.text("data", "status") != "succeeded" || a.header.Get("Content-Length") != strconv.Itoa(len(a.body)) || a.body[0] != '{' {
			t.Errorf("%s: %d %v %s", query, a.status, a.header, a.body)
		}
	}
}

// TestWaitAgain: an Idempotency-Key that comes again waits for the job of the first time, running or over; who does not
// wait gets the first answer again.
func TestWaitAgain(t *testing.T) {
	t.Parallel()
	s := common(t)
	again := func(query string) answer {
		return s.do(t, alice, "POST", "/api/ffmpeg"+query, tone(nil), "Idempotency-Key", t.Name())
	}
	created := again("")
	for range 2 {
		a := again("?wait=true")
		if a.text("data", "status") != "succeeded" || a.text("data", "id") != created.text("data", "id") || a.header.Get("Idempotent-Replayed") != "true" {
			t.Errorf("%v %s", a.header, a.body)
		}
	}
	if a := again(""); a.text("data", "status") != "queued" {
		t.Errorf("without waiting: %s", a.body)
	}
}

// TestWaitIsTold: the answer goes out when the job ends, and not when somebody looks the next time.
func TestWaitIsTold(t *testing.T) {
	t.Parallel()
	s := common(t)
	least := time.Hour
	for range 5 { // the best of them, for the machine may be busy
		a := s.do(t, alice, "POST", "/api/ffmpeg?wait=true", tone(nil))
		finished, err := time.Parse(time.RFC3339, a.text("data", "finished_at"))
		if err != nil {
			t.Fatalf("%v: %s", err, a.body)
		}
		least = min(least, time.Since(finished))
	}
	if least > 200*time.Millisecond {
		t.Errorf("answered %s after the job's end", least)
	}
}

// waiting is a client that waits for its job over a connection of its own.
type waiting struct {
	conn net.Conn
	*bufio.Reader
}

// waitFor sends a create that waits, as bytes: protocol is HTTP/1.0 or HTTP/1.1.
func (s *server) waitFor(t *testing.T, protocol, key, idempotency string, body object) waiting {
	t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	host := strings.TrimPrefix(s.url, "http://")
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(2 * time.Minute)); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintf(conn, "POST /api/ffmpeg?wait=true %s\r\nHost: %s\r\nAuthorization: Bearer %s\r\nIdempotency-Key: %s\r\nAccept-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s",
		protocol, host, key, idempotency, len(data), data); err != nil {
		t.Fatal(err)
	}
	return waiting{conn, bufio.NewReader(conn)}
}

// answer reads the header of the answer. The body is the caller's to read.
func (w waiting) answer(t *testing.T) *http.Response {
	t.Helper()
	a, err := http.ReadResponse(w.Reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Body.Close() })
	return a
}

// finalStatus is how the job stands in the JSON at the end of an answer.
func finalStatus(t *testing.T, body io.Reader) string {
	t.Helper()
	text, err := io.ReadAll(body)
	var a struct{ Data struct{ Status string } }
	if err != nil || json.Unmarshal(text, &a) != nil {
		t.Errorf("the answer ends badly: %v\n%q", err, text)
	}
	return a.Data.Status
}

// feed reads line feeds off the body, one after another as they come.
func feed(t *testing.T, body io.Reader, n int) {
	t.Helper()
	for range n {
		var c [1]byte
		if _, err := io.ReadFull(body, c[:]); err != nil || c[0] != '\n' {
			t.Fatalf("got %q, %v; want a line feed", c[:], err)
		}
	}
}

// TestWaitCancelled: who waits for a job that somebody cancels is answered at once.
func TestWaitCancelled(t *testing.T) {
	t.Parallel()
	s := common(t)
	client, path := s.waitAndRun(t, unending)
	cancelled := time.Now()
	s.do(t, alice, "POST", path+"/cancel", nil)
	if got := finalStatus(t, client.answer(t).Body); got != "cancelled" || time.Since(cancelled) > 2*time.Second {
		t.Errorf("%q, %s after the cancel", got, time.Since(cancelled))
	}
}

// TestWaitLeft: a job goes on without the client that waited for it.
func TestWaitLeft(t *testing.T) {
	t.Parallel()
	s := common(t)
	client, path := s.waitAndRun(t, slow)
	_ = client.conn.Close()
	if done, _ := s.wait(t, alice, path); done.text("data", "status") != "succeeded" {
		t.Errorf("%s", done.body)
	}
}

// waitAndRun is a client of alice's that waits for a job of its own, once that runs, and the job's path.
func (s *server) waitAndRun(t *testing.T, body object) (client waiting, path string) {
	t.Helper()
	client = s.waitFor(t, "HTTP/1.1", alice, t.Name(), body)
	var created answer
	until(t, func() bool { // the same job, whoever of the two creates it
		created = s.do(t, alice, "POST", "/api/ffmpeg", body, "Idempotency-Key", t.Name())
		return created.header.Get("Idempotent-Replayed") == "true"
	})
	path = "/api/jobs/" + created.text("data", "id")
	s.running(t, path)
	return client, path
}

// TestClientWait is about jobs that take longer than a client's patience. FFLAMBDA_WAIT says how long they take, in seconds:
// 40 put the 30 of the vendor's client to the test, the usual 12 take it down to 11. A server that stops lets them finish,
// and answers everybody: those too whose jobs have not begun.
func TestClientWait(t *testing.T) {
	t.Parallel()
	requireFFmpeg(t)
	seconds, silence := 12, 11
	if n, err := strconv.Atoi(os.Getenv("FFLAMBDA_WAIT")); err == nil {
		seconds, silence = n, 30
	}
	var interpreter string
	grace := "0s"
	if t.Run("vendor", func(t *testing.T) { interpreter = python(t) }) && interpreter != "" {
		grace = "30s"
	}
	s := start(t, options{args: []string{"--workers", "2", "--grace", grace}})
	vendor := s.waitAsVendor(t, interpreter, seconds, silence)

	late, old := s.waitFor(t, "HTTP/1.1", bob, "b", unending), s.waitFor(t, "HTTP/1.0", bob, "b", unending)
	a, b := late.answer(t), old.answer(t)
	if a.ContentLength != -1 || a.Header.Get("Content-Encoding") != "" || a.Header.Get("X-Accel-Buffering") != "no" || len(a.TransferEncoding) != 1 {
		t.Errorf("HTTP/1.1: %v, %v", a.TransferEncoding, a.Header)
	}
	if b.ContentLength != -1 || len(b.TransferEncoding) != 0 || !b.Close {
		t.Errorf("HTTP/1.0: %v, %v", b.TransferEncoding, b.Header)
	}
	feed(t, a.Body, (seconds-1)/10)

	s.stop()
	if err := <-vendor; err != nil {
		t.Error(err)
	}
	if code := s.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("exit code %d:\n%s", code, s.stderr)
	}
	for _, answer := range []*http.Response{a, b} {
		if got := finalStatus(t, answer.Body); got != "queued" {
			t.Errorf("%s: the job of a server that stopped is %q", answer.Proto, got)
		}
	}
}

// waitAsVendor has the vendor's client wait for two jobs, and comes back when they run. The channel gets how that went.
func (s *server) waitAsVendor(t *testing.T, interpreter string, seconds, silence int) <-chan error {
	t.Helper()
	done := make(chan error, 1)
	if interpreter == "" {
		done <- nil
		return done
	}
	script := exec.CommandContext(t.Context(), interpreter, "testdata/clients/ffmpeg_wait.py")
	script.Env = append(os.Environ(), "URL="+s.url, "KEY="+alice, fmt.Sprintf("SECONDS=%d", seconds), fmt.Sprintf("SILENCE=%d", silence))
	go func() {
		said, err := script.CombinedOutput()
		if err != nil {
			err = fmt.Errorf("the vendor's client: %w\n%s", err, said)
		}
		done <- err
	}()
	until(t, func() bool {
		list := s.do(t, alice, "GET", "/api/jobs", nil)
		return strings.Count(string(list.body), `"status":"running"`) == 2 || len(done) > 0
	})
	return done
}
