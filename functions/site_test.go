package functions_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/fflambda/fflambda/shared/bucket"
	"github.com/fflambda/fflambda/shared/cloud"
	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/jobtest/standin"
	"github.com/fflambda/fflambda/shared/queue"
	"github.com/fflambda/fflambda/shared/service"
	"github.com/fflambda/fflambda/shared/table"
)

// Whose requests events/*.json are, and what they call the bucket.
const (
	owner        = "demo"
	secret       = "ffl_example-key-for-sam-local"
	eventsBucket = "fflambda-local"
)

// patience is for what comes at once where nothing is wrong.
const patience = time.Minute

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
	jobs, err := queue.Create(tb.Context(), client, s.name, queue.Config{Visibility: 90 * time.Minute, MaxReceive: service.MaxReceive})
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
	must(tb, job.Dispatch(tb.Context(), s.jobs, s.queue, j, now))
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

// take receives the one message that the queue must have now, as an event source mapping does.
func (s *site) take(tb testing.TB) events.SQSEvent {
	tb.Helper()
	ctx, stop := context.WithTimeout(tb.Context(), patience)
	defer stop()
	m, err := s.queue.Receive(ctx)
	must(tb, err)
	return messages(m.Body, m.Receipt)
}

func messages(body, receipt string) events.SQSEvent {
	return events.SQSEvent{Records: []events.SQSMessage{{
		MessageId: "m-" + job.Clip(body, 36), Body: body, ReceiptHandle: receipt, Attributes: map[string]string{"ApproximateReceiveCount": "1"},
	}}}
}

// must ends the test that has an error where none may be.
func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}
