package gateway_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"github.com/fflambda/fflambda/shared/gateway"
)

func write(t *testing.T, w io.Writer, s string) {
	t.Helper()
	if n, err := io.WriteString(w, s); n != len(s) || err != nil {
		t.Errorf("wrote %d of %d bytes: %v", n, len(s), err)
	}
}

// TestAnswer is what a handler's writes become: buffered and streamed, which must not differ.
func TestAnswer(t *testing.T) {
	t.Parallel()
	text := http.Header{"Content-Type": {"text/plain; charset=utf-8"}}
	for _, test := range []struct {
		name, method string
		handler      http.HandlerFunc
		status       int
		header       http.Header
		body         string
	}{
		{"nothing", "GET", func(http.ResponseWriter, *http.Request) {}, 200, http.Header{}, ""},
		{"body only", "GET", func(w http.ResponseWriter, _ *http.Request) { write(t, w, "hello") }, 200, text, "hello"},
		{"status and header", "POST", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Add("Set-Cookie", "a=1")
			w.Header().Add("Set-Cookie", "b=2")
			w.WriteHeader(http.StatusCreated)
			w.Header().Set("Too-Late", "x")
			w.WriteHeader(http.StatusTeapot)
			write(t, w, "{")
			write(t, w, "}")
		}, 201, http.Header{"Content-Type": {"application/json"}, "Set-Cookie": {"a=1", "b=2"}}, "{}"},
		{"flushed before it wrote", "GET", func(w http.ResponseWriter, _ *http.Request) {
			if err := http.NewResponseController(w).Flush(); err != nil {
				t.Error(err)
			}
			w.Header().Set("Too-Late", "x")
			write(t, w, "x")
		}, 200, http.Header{}, "x"},
		{"1xx", "GET", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusEarlyHints)
			http.Error(w, "gone", http.StatusGone)
		}, 410, http.Header{"Content-Type": {"text/plain; charset=utf-8"}, "X-Content-Type-Options": {"nosniff"}}, "gone\n"},
		{"no status of HTTP", "GET", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(0) }, 500, http.Header{}, ""},
		{"HEAD", "HEAD", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "5")
			write(t, w, "hello")
		}, 200, http.Header{"Content-Type": text["Content-Type"], "Content-Length": {"5"}}, ""},
		{"no body allowed", "GET", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNotModified)
			if _, err := io.WriteString(w, "x"); !errors.Is(err, http.ErrBodyNotAllowed) {
				t.Errorf("a body after 304: %v", err)
			}
		}, 304, http.Header{}, ""},
		{"what is of the connection", "GET", func(w http.ResponseWriter, _ *http.Request) {
			for _, name := range []string{"Connection", "Transfer-Encoding", "Trailer", "Upgrade", http.TrailerPrefix + "X"} {
				w.Header().Set(name, "x")
			}
			w.Header().Set("Location", "/a\r\nSet-Cookie: b=c")
			w.WriteHeader(http.StatusFound)
		}, 302, http.Header{"Location": {"/a  Set-Cookie: b=c"}}, ""},
		{"type not wanted", "GET", func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = nil
			write(t, w, "hello")
		}, 200, http.Header{"Content-Type": nil}, "hello"},
		{"binary", "GET", func(w http.ResponseWriter, _ *http.Request) { write(t, w, "\x89PNG\x0d\x0a\x1a\x0a\xff") }, 200,
			http.Header{"Content-Type": {"image/png"}}, "\x89PNG\x0d\x0a\x1a\x0a\xff"},
	} {
		for _, streams := range [][]string{nil, {"/api/ffmpeg"}} {
			status, header, body := answer(t, streams, test.method, test.handler)
			if status != test.status || body != test.body {
				t.Errorf("%s, streamed %v: %d %q, want %d %q", test.name, streams != nil, status, body, test.status, test.body)
			}
			if diff := cmp.Diff(test.header, header); diff != "" {
				t.Errorf("%s, streamed %v: %s", test.name, streams != nil, diff)
			}
		}
	}
}

// answer is what a client would get of the handler.
func answer(t *testing.T, streams []string, method string, h http.HandlerFunc) (int, http.Header, string) {
	t.Helper()
	a := gateway.New(h, gateway.Config{Streams: streams, Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	got, err := a.Handle(t.Context(), routeEvent(t, method, "/api/ffmpeg", "/api/ffmpeg", ""))
	if err != nil {
		t.Fatal(err)
	}
	if b, ok := got.(*events.APIGatewayProxyResponse); ok && streams == nil {
		if b.IsBase64Encoded {
			raw, err := base64.StdEncoding.DecodeString(b.Body)
			if err != nil {
				t.Error(err)
			}
			b.Body = string(raw)
		}
		return b.StatusCode, b.MultiValueHeaders, b.Body
	}
	s, ok := got.(*events.APIGatewayProxyStreamingResponse)
	if !ok || streams == nil {
		t.Fatalf("the answer is a %T", got)
	}
	body, err := io.ReadAll(s.Body)
	if err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	return s.StatusCode, s.MultiValueHeaders, string(body)
}

// TestBase64: text travels as it is, anything else as base64.
func TestBase64(t *testing.T) {
	t.Parallel()
	for body, encoded := range map[string]bool{"größe\n": false, "": false, "\xff": true} {
		got := deliver(t, gateway.Config{}, routeEvent(t, "GET", "/", "/", ""), func(w http.ResponseWriter, _ *http.Request) { write(t, w, body) })
		if got.IsBase64Encoded != encoded || !encoded && got.Body != body {
			t.Errorf("%q: base64 %v, %q", body, got.IsBase64Encoded, got.Body)
		}
	}
}

// TestTooLarge: what Lambda could not send is a 500 that says so. What counts is the size as JSON.
func TestTooLarge(t *testing.T) {
	t.Parallel()
	const limit = 6 << 20
	for _, test := range []struct {
		name, chunk string
		size        int
		want        int
	}{
		{"just fits", "x", limit - 200, 200},
		{"too many bytes", "x", limit + 1, 500},
		{"too many as JSON", `"`, limit/2 + 1, 500},
		{"too many as base64", "\xff", limit/4*3 + 1, 500},
	} {
		h := func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(bytes.Repeat([]byte(test.chunk), test.size))
		}
		got := deliver(t, gateway.Config{}, routeEvent(t, "GET", "/", "/", ""), h)
		if got.StatusCode != test.want || test.want == 500 && !strings.Contains(got.Body, `{"message":"`) {
			t.Errorf("%s: %d, %d bytes", test.name, got.StatusCode, len(got.Body))
		}
	}
}

// TestPanic: a handler that fails before it answered is an error, in both ways, and a panic is in the log.
func TestPanic(t *testing.T) {
	t.Parallel()
	for _, streams := range [][]string{nil, {"/api/ffmpeg"}} {
		for _, v := range []any{"boom", http.ErrAbortHandler} {
			var log bytes.Buffer
			h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(http.StatusOK) // not final yet
				panic(v)
			})
			a := gateway.New(h, gateway.Config{Streams: streams, Log: slog.New(slog.NewTextHandler(&log, nil))})
			got, err := a.Handle(t.Context(), routeEvent(t, "POST", "/api/ffmpeg", "/api/ffmpeg", ""))
			if err == nil || strings.Contains(err.Error(), "boom") {
				t.Errorf("%v, streamed %v: %v, %v", v, streams != nil, got, err)
			}
			inLog := strings.Contains(log.String(), "boom") && strings.Contains(log.String(), "answer_test.go")
			if inLog != (v == "boom") {
				t.Errorf("%v, streamed %v: the log is %s", v, streams != nil, log.String())
			}
		}
	}
}

// startStream starts a streamed answer.
func startStream(t *testing.T, h http.HandlerFunc) *events.APIGatewayProxyStreamingResponse {
	t.Helper()
	a := gateway.New(h, gateway.Config{Streams: []string{"/api/ffmpeg"}, Log: slog.New(slog.DiscardHandler)})
	got, err := a.Handle(t.Context(), routeEvent(t, "POST", "/api/ffmpeg", "/api/ffmpeg?wait=true", "{}"))
	if err != nil {
		t.Fatal(err)
	}
	return got.(*events.APIGatewayProxyStreamingResponse)
}

// TestStreamLeft: closing the stream ends the request's context, fails its writes, and waits for the handler.
func TestStreamLeft(t *testing.T) {
	t.Parallel()
	var ended, writeErr error
	s := startStream(t, func(w http.ResponseWriter, r *http.Request) {
		write(t, w, "\n")
		<-r.Context().Done()
		ended = r.Context().Err()
		_, writeErr = io.WriteString(w, "\n")
	})
	if _, err := io.ReadFull(s.Body, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if ended == nil || !errors.Is(writeErr, io.ErrClosedPipe) {
		t.Errorf("context %v, write %v", ended, writeErr)
	}
}

// TestStreamCut: what fails after the first byte is an error of the body, never its end.
func TestStreamCut(t *testing.T) {
	t.Parallel()
	s := startStream(t, func(w http.ResponseWriter, _ *http.Request) {
		write(t, w, "half")
		panic("boom")
	})
	body, err := io.ReadAll(s.Body)
	if string(body) != "half" || err == nil || strings.Contains(err.Error(), "boom") {
		t.Errorf("%q, %v", body, err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
