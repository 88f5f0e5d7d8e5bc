package functions_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/fflambda/fflambda/functions/internal/home"
	"github.com/fflambda/fflambda/functions/internal/work"
	"github.com/fflambda/fflambda/shared/api"
	"github.com/fflambda/fflambda/shared/bucket"
	"github.com/fflambda/fflambda/shared/cloud"
	"github.com/fflambda/fflambda/shared/config"
	"github.com/fflambda/fflambda/shared/ffmpeg"
	"github.com/fflambda/fflambda/shared/link"
	"github.com/fflambda/fflambda/shared/queue"
	"github.com/fflambda/fflambda/shared/table"
)

// instance is one environment of a function, as package home opens it, but for what a test looks into: its way to AWS,
// its log, and how often it calls AWS.
type instance struct {
	*home.Home
	site  *site
	wire  *wire
	calls *cloud.Counter
	log   *logBuffer
}

// instance starts one.
func (s *site) instance(tb testing.TB, options ...func(*aws.Config)) *instance {
	tb.Helper()
	i := &instance{site: s, wire: newWire(tb, &s.writes), log: newLogBuffer()}
	env := map[string]string{}
	var environ []string
	for name, value := range s.env {
		if strings.HasPrefix(name, "AWS_ENDPOINT_URL") && value != "" {
			value = i.wire.through(value)
		}
		env[name] = value
		environ = append(environ, name+"="+value)
	}
	c, err := config.Function(environ, "table")
	must(tb, err)
	cfg, err := cloud.Environment(func(name string) string { return env[name] })
	must(tb, err)
	for _, option := range options {
		option(&cfg)
	}
	i.calls = cloud.Count(&cfg)
	i.Home = &home.Home{
		Config: c, AWS: cfg, Stopping: tb.Context(),
		Log:   slog.New(slog.NewJSONHandler(i.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Table: table.New(dynamodb.NewFromConfig(cfg), table.Config{Name: c.AWS.Table, Retention: c.Retention}),
	}
	i.Links = link.Lazy(i.Secret(c.AWS.LinkParameter).Bytes)
	return i
}

// answer is what a client gets.
type answer struct {
	status int
	header http.Header
	body   map[string]any
}

// request answers an event as the functions with these verbs do.
func (i *instance) request(tb testing.TB, event events.APIGatewayProxyRequest, verbs ...api.Verb) answer {
	tb.Helper()
	client, c := sqs.NewFromConfig(i.AWS), i.API(verbs...)
	jobs := queue.New(client, queue.Config{URL: i.Config.AWS.QueueURL})
	files := bucket.New(s3.NewFromConfig(i.AWS), bucket.Config{Name: i.Config.AWS.Bucket})
	c.Queue, c.Bucket = jobs, files
	c.Jobs = i.Table.Jobs().Limited(i.Config.Limits, jobs.Waiting)
	c.Notices = queue.New(client, queue.Config{URL: i.Config.AWS.NoticesURL})
	c.Checks = map[string]func(context.Context) error{"table": i.Table.Check, "queue": jobs.Check, "bucket": files.Check}
	handle, ok := i.HTTP(c).(func(context.Context, events.APIGatewayProxyRequest) (any, error))
	if !ok {
		tb.Fatalf("the handler is a %T", i.HTTP(c))
	}
	out, err := handle(tb.Context(), event)
	must(tb, err)
	a := answer{body: map[string]any{}}
	var body []byte
	switch out := out.(type) {
	case *events.APIGatewayProxyResponse:
		a.status, a.header, body = out.StatusCode, out.MultiValueHeaders, []byte(out.Body)
	case *events.APIGatewayProxyStreamingResponse:
		a.status, a.header = out.StatusCode, out.MultiValueHeaders
		body, err = io.ReadAll(out.Body)
		must(tb, err)
		if closer, ok := out.Body.(io.Closer); ok {
			must(tb, closer.Close())
		}
	}
	if len(body) > 0 {
		if err := json.Unmarshal(body, &a.body); err != nil {
			tb.Fatalf("%d %s: %v", a.status, body, err)
		}
	}
	return a
}

// tools looks for ffmpeg once.
var tools = sync.OnceValues(func() (ffmpeg.Tools, error) {
	return ffmpeg.Find(context.Background(), "")
})

// runner is the function worker's handler.
type runner func(context.Context, events.SQSEvent) (events.SQSEventResponse, error)

// worker makes one, with a folder of its own. It skips the test where there is no ffmpeg.
func (i *instance) worker(tb testing.TB) runner {
	tb.Helper()
	tools, err := tools()
	if err != nil && !slices.Contains(strings.Split(os.Getenv("FFLAMBDA_REQUIRE"), ","), "ffmpeg") {
		tb.Skip(err)
	}
	must(tb, err)
	parts := work.Parts(i.Home)
	pool, err := parts.Pool(tools, tb.TempDir(), true)
	must(tb, err)
	handle, ok := home.Messages(parts.Queue, i.Log, pool.Handle).(func(context.Context, events.SQSEvent) (events.SQSEventResponse, error))
	if !ok {
		tb.Fatal("home.Messages made something else")
	}
	return handle
}

// handled gives the worker a message, and fails the test where it is not done with it.
func (w runner) handled(tb testing.TB, e events.SQSEvent) {
	tb.Helper()
	if r, err := w(tb.Context(), e); err != nil || len(r.BatchItemFailures) > 0 {
		tb.Errorf("the message comes again: %v, %v", r.BatchItemFailures, err)
	}
}

// logBuffer is a log that tests read.
type logBuffer struct {
	mu    sync.Mutex
	grown *sync.Cond
	text  strings.Builder
}

func newLogBuffer() *logBuffer {
	l := &logBuffer{}
	l.grown = sync.NewCond(&l.mu)
	return l
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.grown.Broadcast()
	return l.text.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// until waits for a text.
func (l *logBuffer) until(tb testing.TB, text string) {
	tb.Helper()
	ctx, stop := context.WithTimeout(tb.Context(), patience)
	defer stop()
	defer context.AfterFunc(ctx, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.grown.Broadcast()
	})()
	l.mu.Lock()
	defer l.mu.Unlock()
	for !strings.Contains(l.text.String(), text) {
		if ctx.Err() != nil {
			tb.Errorf("the log lacks %q:\n%s", text, l.text.String())
			return
		}
		l.grown.Wait()
	}
}

func (l *logBuffer) want(tb testing.TB, text string) {
	tb.Helper()
	if !strings.Contains(l.String(), text) {
		tb.Errorf("the log lacks %q:\n%s", text, l)
	}
}
