package gateway_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/google/go-cmp/cmp"

	"github.com/fflambda/fflambda/shared/gateway"
)

// The bytes of both ways are tested with the real lambda.Start: the test binary, called with lambdaRole, is the Lambda;
// the test plays Lambda's runtime API on 127.0.0.1 and looks at what arrives there.
const lambdaRole = "GATEWAY_TEST_LAMBDA" // its value is the URL that the Lambda's handler reports to

func TestMain(m *testing.M) {
	if report := os.Getenv(lambdaRole); report != "" {
		c := gateway.Config{Streams: []string{"/api/ffmpeg"}, Log: slog.New(slog.NewTextHandler(os.Stderr, nil))}
		lambda.Start(gateway.New(lambdaHandler(report), c).Handle)
		return
	}
	os.Exit(m.Run())
}

// lambdaHandler does as the path's query "do" says. Where it reports it waits for the test's answer.
func lambdaHandler(report string) http.Handler {
	tell := func(what string) {
		resp, err := http.Get(report + what) //nolint:noctx // the test ends the process
		if err != nil {
			slog.Error("report", "err", err)
			return
		}
		_ = resp.Body.Close()
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Add("X-A", "1")
		w.Header().Add("X-A", "2")
		switch do := r.URL.Query().Get("do"); do {
		case "wait", "break", "leave":
			_, _ = io.WriteString(w, "\n")
			http.NewResponseController(w).Flush() //nolint:errcheck // has no error here
			tell("/first")
			if do == "leave" {
				for r.Context().Err() == nil {
					_, _ = io.WriteString(w, "\n")
				}
				tell("/left")
				return
			}
			_, _ = io.WriteString(w, "\n")
			tell("/second")
			if do == "break" {
				panic("boom")
			}
			_, _ = io.WriteString(w, `{"ok":true}`)
		case "panic":
			panic("boom")
		default:
			w.WriteHeader(http.StatusAccepted)
			_, _ = io.WriteString(w, `{"id":"`+gateway.RequestID(r)+`"}`)
		}
	})
}

// runtimeAPI is Lambda's runtime API for one function, which runs until the test ends.
type runtimeAPI struct {
	t      *testing.T
	events chan events.APIGatewayProxyRequest
	posts  chan *post
	report chan *call
	ended  context.Context // the test, or the function
}

// post is what the function posts for an event. The handler of the runtime API that took it waits for release.
type post struct {
	path    string
	request *http.Request
	release chan bool // true: taken; false: the connection is cut
}

// call is a report of the function's handler, which goes on when resume is closed.
type call struct {
	what   string
	resume chan struct{}
}

func startLambda(t *testing.T) *runtimeAPI {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	api := &runtimeAPI{t, make(chan events.APIGatewayProxyRequest), make(chan *post), make(chan *call), ctx}
	server := httptest.NewServer(api)
	function := exec.CommandContext(ctx, os.Args[0])
	function.Env = append(os.Environ(), "AWS_LAMBDA_RUNTIME_API="+strings.TrimPrefix(server.URL, "http://"), lambdaRole+"="+server.URL+"/report")
	function.Stdout, function.Stderr = t.Output(), t.Output()
	if err := function.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = function.Wait() // was killed, or had to end because its connection was cut
		server.Close()
	})
	return api
}

func (a *runtimeAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch path, _ := strings.CutPrefix(r.URL.Path, "/2018-06-01/runtime/invocation/"); {
	case strings.HasPrefix(path, "/report/"):
		c := &call{strings.TrimPrefix(path, "/report"), make(chan struct{})}
		if send(a, a.report, c) {
			receive(a, c.resume)
		}
	case path == "next":
		e, ok := receive(a, a.events)
		if !ok {
			return
		}
		w.Header().Set("Lambda-Runtime-Aws-Request-Id", "invocation")
		w.Header().Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(time.Now().Add(time.Minute).UnixMilli(), 10))
		_ = json.NewEncoder(w).Encode(e)
	default:
		p := &post{path, r, make(chan bool)}
		if !send(a, a.posts, p) {
			return
		}
		if taken, _ := receive(a, p.release); taken {
			w.WriteHeader(http.StatusAccepted)
			return
		}
		if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
			_ = conn.Close()
		}
	}
}

func send[T any](a *runtimeAPI, to chan<- T, v T) bool {
	select {
	case to <- v:
		return true
	case <-a.ended.Done():
		return false
	}
}

func receive[T any](a *runtimeAPI, from <-chan T) (v T, ok bool) {
	select {
	case v = <-from:
		return v, true
	case <-a.ended.Done():
		return v, false
	}
}

// invoke sends an event and returns what the function posts for it, as soon as it begins to.
func (a *runtimeAPI) invoke(resource, do string) *post {
	a.t.Helper()
	if !send(a, a.events, routeEvent(a.t, "POST", resource, resource+"?do="+do, "{}")) {
		a.t.Fatal("the function does not ask for an event")
	}
	p, ok := receive(a, a.posts)
	if !ok {
		a.t.Fatal("the function does not answer")
	}
	return p
}

// expect waits until the handler reports what.
func (a *runtimeAPI) expect(what string) *call {
	a.t.Helper()
	c, ok := receive(a, a.report)
	if !ok || c.what != what {
		a.t.Fatalf("the handler reports %+v, want %s", c, what)
	}
	return c
}

func (a *runtimeAPI) read(p *post, n int) string {
	a.t.Helper()
	b := make([]byte, n)
	if _, err := io.ReadFull(p.request.Body, b); err != nil {
		a.t.Fatalf("%q: %v", b, err)
	}
	return string(b)
}

// rest is the remaining body; the post is then taken.
func (a *runtimeAPI) rest(p *post) string {
	a.t.Helper()
	b, err := io.ReadAll(p.request.Body)
	if err != nil {
		a.t.Error(err)
	}
	send(a, p.release, true)
	return string(b)
}

// readPrelude reads up to and with the eight NULs, byte for byte.
func (a *runtimeAPI) readPrelude(p *post) string {
	a.t.Helper()
	var b strings.Builder
	for !strings.HasSuffix(b.String(), "\x00\x00\x00\x00\x00\x00\x00\x00") {
		b.WriteString(a.read(p, 1))
	}
	return b.String()
}

// lineFeeds reads two line feeds. The handler waits after each, until it has arrived here.
func (a *runtimeAPI) lineFeeds(p *post) {
	a.t.Helper()
	for _, what := range []string{"/first", "/second"} {
		if got := a.read(p, 1); got != "\n" {
			a.t.Errorf("got %q", got)
		}
		close(a.expect(what).resume)
	}
}

const streamed = "application/vnd.awslambda.http-integration-response"

// prelude is what API Gateway needs before the body: status and header as JSON, then eight NULs.
const prelude = `{"statusCode":200,"multiValueHeaders":{"Content-Type":["application/json"],"X-A":["1","2"]}}` + "\x00\x00\x00\x00\x00\x00\x00\x00"

// TestRuntimeStream: each line feed arrives while the handler is still at work, which only goes on once it has.
func TestRuntimeStream(t *testing.T) {
	t.Parallel()
	a := startLambda(t)
	p := a.invoke("/api/ffmpeg", "wait")
	if got := p.request.Header.Get("Content-Type"); p.path != "invocation/response" || got != streamed {
		t.Errorf("%s: %s", p.path, got)
	}
	if diff := cmp.Diff([]string{"chunked"}, p.request.TransferEncoding); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(prelude, a.readPrelude(p)); diff != "" {
		t.Error(diff)
	}
	a.lineFeeds(p)
	if got := a.rest(p); got != `{"ok":true}` {
		t.Errorf("got %q", got)
	}
	if got := p.request.Trailer.Get(errorType); got != "" {
		t.Errorf("error in the trailer: %s", got)
	}
}

const (
	errorType = "Lambda-Runtime-Function-Error-Type"
	errorBody = "Lambda-Runtime-Function-Error-Body"
)

// TestRuntimeErrors: a stream that breaks says so in its trailers, a panic before the first byte is an error of the
// invocation, and after each the function answers the next event.
func TestRuntimeErrors(t *testing.T) {
	t.Parallel()
	a := startLambda(t)
	p := a.invoke("/api/ffmpeg", "break")
	a.readPrelude(p)
	a.lineFeeds(p)
	if got := a.rest(p); got != "" {
		t.Errorf("got %q", got)
	}
	told, err := base64.StdEncoding.DecodeString(p.request.Trailer.Get(errorBody))
	if p.request.Trailer.Get(errorType) == "" || err != nil || !bytes.Contains(told, []byte("panicked")) || bytes.Contains(told, []byte("boom")) {
		t.Errorf("trailers %v: %s, %v", p.request.Trailer, told, err)
	}
	for _, resource := range []string{"/api/ffmpeg", "/v1/transcodes"} {
		p = a.invoke(resource, "panic")
		if got := a.rest(p); p.path != "invocation/error" || !strings.Contains(got, "panicked") || strings.Contains(got, "boom") {
			t.Errorf("%s: %s %s", resource, p.path, got)
		}
	}
	p = a.invoke("/v1/transcodes", "answer")
	const want = `{"statusCode":202,"headers":null,"multiValueHeaders":{"Content-Type":["application/json"],"X-A":["1","2"]},` +
		`"body":"{\"id\":\"c6af9ac6-7b61-11e6-9a41-93e8deadbeef\"}"}`
	if got := a.rest(p); p.path != "invocation/response" || got != want || p.request.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%s %s %s", p.path, p.request.Header.Get("Content-Type"), got)
	}
}

// TestRuntimeLeft: a connection that is cut ends the request, though only when the handler writes again.
func TestRuntimeLeft(t *testing.T) {
	t.Parallel()
	a := startLambda(t)
	p := a.invoke("/api/ffmpeg", "leave")
	a.readPrelude(p)
	a.read(p, 1)
	first := a.expect("/first")
	send(a, p.release, false)
	close(first.resume)
	close(a.expect("/left").resume)
}
