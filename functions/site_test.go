package functions_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

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
	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/jobtest/standin"
	"github.com/fflambda/fflambda/shared/link"
	"github.com/fflambda/fflambda/shared/queue"
	"github.com/fflambda/fflambda/shared/table"
)

// Whose requests events/*.json are, and what they call the bucket.
const (
	owner        = "demo"
	secret       = "ffl_example-key-for-sam-local"
	eventsBucket = "fflambda-local"
)

// site is a deployment of its own: a table, queues, a bucket with tone.wav in it, and the key of the example events.
type site struct {
	name  string // of the table, the queue and the bucket
	moto  string // endpoint
	env   map[string]string
	jobs  *table.Jobs
	files *bucket.Bucket
	queue *queue.Queue

	writes sync.Mutex // moto looks at a condition and then writes, and lets others write in between
}

// tone is the upload that jobs are made of.
func (s *site) tone() string {
	return job.Object{Bucket: s.name, Key: job.UploadKey(owner, "tone.wav")}.URL()
}

// newSite makes one in moto. Its table is at the endpoint dynamo, where that is not empty.
func newSite(tb testing.TB, dynamo string) *site {
	tb.Helper()
	s := &site{moto: standin.Moto(tb), name: "f" + job.NewID()}
	s.env = map[string]string{
		"AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret",
		"AWS_ENDPOINT_URL": s.moto, "AWS_ENDPOINT_URL_DYNAMODB": dynamo,
		"FFLAMBDA_TABLE": s.name, "FFLAMBDA_BUCKET": s.name,
		"FFLAMBDA_LINK_PARAMETER": "/" + s.name + "/link-key", "FFLAMBDA_WEBHOOK_PARAMETER": "/" + s.name + "/webhook-secret",
		"FFLAMBDA_TIMEOUT": "5m", "FFLAMBDA_RATE_LIMIT": "0",
	}
	cfg, err := cloud.Environment(s.getenv)
	must(tb, err)
	must(tb, table.CreateTable(tb.Context(), dynamodb.NewFromConfig(cfg), s.name))
	client := sqs.NewFromConfig(cfg)
	jobs, err := queue.Create(tb.Context(), client, s.name, queue.Config{Visibility: 90 * time.Minute, MaxReceive: 5})
	must(tb, err)
	notices, err := queue.Create(tb.Context(), client, s.name+"-notices", queue.Config{Visibility: time.Minute, MaxReceive: 5})
	must(tb, err)
	s.env["FFLAMBDA_QUEUE_URL"], s.env["FFLAMBDA_DEAD_URL"], s.env["FFLAMBDA_NOTICES_URL"] = jobs.URL, jobs.DeadURL, notices.URL
	store := s3.NewFromConfig(cfg)
	_, err = store.CreateBucket(tb.Context(), &s3.CreateBucketInput{Bucket: &s.name})
	must(tb, err)
	t := table.New(dynamodb.NewFromConfig(cfg), table.Config{Name: s.name})
	must(tb, t.Keys().Add(tb.Context(), job.Key{ID: "example1", Owner: owner, Hash: job.HashKey(secret), CreatedAt: job.Milli(time.Now())}))
	s.jobs, s.files, s.queue = t.Jobs(), bucket.New(store, bucket.Config{Name: s.name}), queue.New(client, jobs)
	must(tb, s.files.PutBytes(tb.Context(), job.UploadKey(owner, "tone.wav"), wav(), "audio/wav"))
	return s
}

func (s *site) getenv(name string) string { return s.env[name] }

// wav is half a second of silence.
func wav() []byte {
	const rate, samples = 8000, 4000
	var b bytes.Buffer
	b.WriteString("RIFF\x00\x00\x00\x00WAVEfmt ")
	for _, v := range []any{uint32(16), uint16(1), uint16(1), uint32(rate), uint32(2 * rate), uint16(2), uint16(16)} {
		_ = binary.Write(&b, binary.LittleEndian, v) // to a buffer it never fails
	}
	b.WriteString("data")
	_ = binary.Write(&b, binary.LittleEndian, uint32(2*samples))
	b.Write(make([]byte, 2*samples))
	out := b.Bytes()
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8)) //nolint:gosec // some KB
	return out
}

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

// must ends the test that has an error where none may be.
func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// request is the event of events/<file>.json with this site's bucket, and with from, to pairs replaced.
func (s *site) request(tb testing.TB, file string, pairs ...string) events.APIGatewayProxyRequest {
	tb.Helper()
	data, err := os.ReadFile(filepath.Join("..", "events", file+".json"))
	must(tb, err)
	var e events.APIGatewayProxyRequest
	must(tb, json.Unmarshal([]byte(strings.NewReplacer(append(pairs, eventsBucket, s.name)...).Replace(string(data))), &e))
	return e
}

// create makes a job of tone.wav: an MP3, by the /v1 API.
func (s *site) create(tb testing.TB) events.APIGatewayProxyRequest {
	tb.Helper()
	e := s.request(tb, "create")
	e.Body = `{"inputs":[{"url":"` + s.tone() + `"}],"outputFormat":"mp3"}`
	return e
}

// created makes such a job without any function, and returns it with its message sent.
func (s *site) created(tb testing.TB) job.Job {
	tb.Helper()
	now := job.Milli(time.Now())
	j := job.Job{
		ID: job.NewID(), Owner: owner, API: job.Transcodes, State: job.Pending, CreatedAt: now, UpdatedAt: now,
		Inputs: []job.Input{{Name: "input0.wav", URL: s.tone()}}, Transcode: &job.Transcode{Format: "mp3"}, Timeout: time.Minute,
	}
	_, _, err := s.jobs.Create(tb.Context(), j)
	must(tb, err)
	must(tb, job.Dispatch(tb.Context(), s.jobs, s.queue, j.ID, now))
	return s.find(tb, j.ID)
}

func (s *site) find(tb testing.TB, id string) job.Job {
	tb.Helper()
	j, err := s.jobs.Find(tb.Context(), id)
	must(tb, err)
	return j
}

// wantState is find, for a job that must be in that state.
func (s *site) wantState(tb testing.TB, id string, state job.State, attempt int) job.Job {
	tb.Helper()
	j := s.find(tb, id)
	if j.State != state || j.Attempt != attempt {
		tb.Errorf("the job is %s at attempt %d, want %s at %d; %+v", j.State, j.Attempt, state, attempt, j.Failure)
	}
	return j
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

// take receives the one message that the queue must have now, as an event source mapping does.
func (s *site) take(tb testing.TB) events.SQSEvent {
	tb.Helper()
	m, err := s.queue.Receive(tb.Context())
	must(tb, err)
	return messages(m.Body, m.Receipt)
}

func messages(body, receipt string) events.SQSEvent {
	return events.SQSEvent{Records: []events.SQSMessage{{
		MessageId: "m-" + job.Clip(body, 36), Body: body, ReceiptHandle: receipt, Attributes: map[string]string{"ApproximateReceiveCount": "1"},
	}}}
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
func (l *logBuffer) until(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for !strings.Contains(l.text.String(), text) {
		l.grown.Wait()
	}
}

func (l *logBuffer) want(tb testing.TB, text string) {
	tb.Helper()
	if !strings.Contains(l.String(), text) {
		tb.Errorf("the log lacks %q:\n%s", text, l)
	}
}
