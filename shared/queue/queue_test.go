package queue_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"

	"github.com/fflambda/fflambda/shared/cloud"
	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/jobtest"
	"github.com/fflambda/fflambda/shared/jobtest/standin"
	"github.com/fflambda/fflambda/shared/queue"
)

// environment is that of a function whose AWS is at endpoint.
func environment(endpoint string) func(string) string {
	return func(name string) string {
		return map[string]string{
			"AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_ENDPOINT_URL": endpoint,
		}[name]
	}
}

func client(t *testing.T, endpoint string) *sqs.Client {
	t.Helper()
	cfg, err := cloud.Environment(environment(endpoint))
	if err != nil {
		t.Fatal(err)
	}
	return sqs.NewFromConfig(cfg)
}

// open makes a new pair of queues in moto.
func open(t *testing.T, o jobtest.QueueOptions) *queue.Queue {
	t.Helper()
	client := client(t, standin.Moto(t))
	c, err := queue.Create(t.Context(), client, "test-"+job.NewID(), queue.Config{Visibility: o.Visibility, MaxReceive: o.MaxReceive})
	if err != nil {
		t.Fatal(err)
	}
	return queue.New(client, c)
}

func TestSuite(t *testing.T) {
	t.Parallel()
	jobtest.RunQueue(t, time.Second, func(t *testing.T, o jobtest.QueueOptions) jobtest.Queue { return open(t, o) },
		jobtest.Except{Test: "stale receipt", Reason: "moto 5.2.1 takes each receipt that a message ever had, where SQS takes the last one"},
		jobtest.Except{Test: "fair", Reason: "moto delivers in the order of sending, whatever the group; SQS promises fairness without saying an order"})
}

// TestCount: each message is counted where it is, dead ones too while somebody looks at them.
func TestCount(t *testing.T) {
	t.Parallel()
	q := open(t, jobtest.QueueOptions{Visibility: time.Minute, MaxReceive: 1})
	if err := q.Check(t.Context()); err != nil {
		t.Error(err)
	}
	for _, body := range []string{"poison", "held", "delayed"} {
		delay := time.Duration(0)
		if body == "delayed" {
			delay = time.Minute
		}
		if err := q.Send(t.Context(), body, "", delay); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		m, err := q.Receive(t.Context())
		if err == nil && m.Body == "poison" {
			err = q.Extend(t.Context(), m, 0)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if m, err := q.Receive(ctx); err == nil { // and that kills the poison
		t.Errorf("received %q", m.Body)
	}
	wantCounts(t, q, queue.Counts{Waiting: 1, InFlight: 1, Dead: 1})
	letters, err := q.Dead(t.Context(), 10)
	if err != nil || len(letters) != 1 || letters[0].Body != "poison" {
		t.Fatalf("dead letters are %+v, %v", letters, err)
	}
	wantCounts(t, q, queue.Counts{Waiting: 1, InFlight: 1, Dead: 1})
	if err := q.Delete(t.Context(), letters[0]); err != nil {
		t.Error(err)
	}
	wantCounts(t, q, queue.Counts{Waiting: 1, InFlight: 1})
}

func wantCounts(t *testing.T, q *queue.Queue, want queue.Counts) {
	t.Helper()
	got, err := q.Count(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("counts (-want +got):\n%s", d)
	}
}

// TestManyDead: a list is as long as asked for, and over SQS's ten.
func TestManyDead(t *testing.T) {
	t.Parallel()
	client := client(t, standin.Moto(t))
	c, err := queue.Create(t.Context(), client, "test-"+job.NewID(), queue.Config{Visibility: time.Minute, MaxReceive: 3})
	if err != nil {
		t.Fatal(err)
	}
	dead := queue.New(client, queue.Config{URL: c.DeadURL})
	for i := range 14 {
		if err := dead.Send(t.Context(), fmt.Sprint(i), "", 0); err != nil {
			t.Fatal(err)
		}
	}
	q := queue.New(client, c)
	seen := map[string]bool{}
	for _, want := range []int{12, 2} {
		letters, err := q.Dead(t.Context(), 12)
		if err != nil || len(letters) != want {
			t.Errorf("%d dead letters, %v; want %d", len(letters), err, want)
		}
		for _, m := range letters {
			seen[m.Body] = true
		}
	}
	if len(seen) != 14 {
		t.Errorf("saw %d different letters of 14", len(seen))
	}
}

// TestNoQueue: a queue that is not there is said so, and is not taken for a message that is not.
func TestNoQueue(t *testing.T) {
	t.Parallel()
	q := queue.New(client(t, standin.Moto(t)), queue.Config{URL: "https://sqs.example/1/nowhere", DeadURL: "https://sqs.example/1/nowhere-dead"})
	m := job.Message{Receipt: "x"}
	for name, err := range map[string]error{
		"Send": q.Send(t.Context(), "x", "", 0), "Delete": q.Delete(t.Context(), m), "Extend": q.Extend(t.Context(), m, 0), "Check": q.Check(t.Context()),
	} {
		_, ok := errors.AsType[*types.QueueDoesNotExist](err)
		if !ok || errors.Is(err, job.ErrGone) || errors.Is(err, job.ErrBusy) || !strings.Contains(err.Error(), "queue nowhere") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// wire answers requests in SQS's place.
type wire func(*http.Request) (*http.Response, error)

func (w wire) Do(r *http.Request) (*http.Response, error) { return w(r) }

// TestWords: what SQS says of a receipt and of itself, in its own words where the stand-in has others.
func TestWords(t *testing.T) {
	t.Parallel()
	const receipt = "Value AQEB for parameter ReceiptHandle is invalid. Reason: "
	for _, c := range []struct {
		status        int
		code, message string
		want          error // nil: neither of the two
	}{
		{400, "ReceiptHandleIsInvalid", "The input receipt handle is invalid.", job.ErrGone},
		{400, "AWS.SimpleQueueService.MessageNotInflight", "", job.ErrGone},
		{400, "InvalidParameterValue", receipt + "The receipt handle has expired.", job.ErrGone},
		{400, "InvalidParameterValueException", receipt + "Message does not exist or is not available for visibility timeout change.", job.ErrGone},
		{400, "InvalidParameterValue", "Value 43200 for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout is beyond the limit", nil},
		{400, "RequestThrottled", "", job.ErrBusy},
		{500, "InternalFailure", "", job.ErrBusy},
		{403, "AccessDenied", "", nil},
	} {
		cfg, err := cloud.Environment(environment(""))
		if err != nil {
			t.Fatal(err)
		}
		cfg.Retryer = func() aws.Retryer { return aws.NopRetryer{} }
		cfg.HTTPClient = wire(func(r *http.Request) (*http.Response, error) {
			body := fmt.Sprintf(`{"__type": "com.amazonaws.sqs#%s", "message": %q}`, c.code, c.message)
			return &http.Response{StatusCode: c.status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
		})
		q := queue.New(sqs.NewFromConfig(cfg), queue.Config{URL: "https://sqs.example/1/jobs"})
		m := job.Message{Receipt: "AQEB"}
		for name, err := range map[string]error{"Extend": q.Extend(t.Context(), m, time.Minute), "Delete": q.Delete(t.Context(), m)} {
			for _, is := range []error{job.ErrGone, job.ErrBusy} {
				if err == nil || errors.Is(err, is) != errors.Is(c.want, is) {
					t.Errorf("%s answered %s: %v", name, c.code, err)
				}
			}
		}
	}
}

// TestLimits: times are sent in whole seconds, rounded up, and within SQS's limits.
func TestLimits(t *testing.T) {
	t.Parallel()
	var sent string
	cfg, err := cloud.Environment(environment(""))
	if err != nil {
		t.Fatal(err)
	}
	cfg.HTTPClient = wire(func(r *http.Request) (*http.Response, error) {
		body, err := io.ReadAll(r.Body)
		sent = string(body)
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}")), Request: r}, err
	})
	q := queue.New(sqs.NewFromConfig(cfg), queue.Config{URL: "https://sqs.example/1/jobs"})
	for d, want := range map[time.Duration]string{time.Millisecond: `"DelaySeconds":1`, 90 * time.Second: `"DelaySeconds":90`, time.Hour: `"DelaySeconds":900`} {
		if err := q.Send(t.Context(), "x", "", d); err != nil || !strings.Contains(sent, want) || strings.Contains(sent, "Group") {
			t.Errorf("Send after %s sent %s, %v", d, sent, err)
		}
	}
	if err := q.Send(t.Context(), "x", "alice", 0); err != nil || !strings.Contains(sent, `"MessageGroupId":"alice"`) {
		t.Errorf("Send for alice sent %s, %v", sent, err)
	}
	for d, want := range map[time.Duration]string{
		0: `"VisibilityTimeout":0`, 1500 * time.Millisecond: `"VisibilityTimeout":2`, 24 * time.Hour: `"VisibilityTimeout":43200`,
	} {
		if err := q.Extend(t.Context(), job.Message{Receipt: "AQEB"}, d); err != nil || !strings.Contains(sent, want) {
			t.Errorf("Extend by %s sent %s, %v", d, sent, err)
		}
	}
}
