package table_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/smithy-go/middleware"

	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/jobtest"
	"github.com/fflambda/fflambda/shared/jobtest/standin"
	"github.com/fflambda/fflambda/shared/table"
)

// roundTrip is an HTTP client made of a function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) Do(r *http.Request) (*http.Response, error) { return f(r) }

// TestLostAnswers: a write that was done, but whose answer was lost, is done once and known as one's own.
func TestLostAnswers(t *testing.T) {
	t.Parallel()
	c := config(standin.DynamoDB(t))
	through := c.HTTPClient
	var lose atomic.Bool
	c.HTTPClient = roundTrip(func(r *http.Request) (*http.Response, error) {
		response, err := through.Do(r)
		if err == nil && lose.Swap(false) {
			return nil, errors.Join(syscall.ECONNRESET, response.Body.Close())
		}
		return response, err
	})
	jobs := open(t, dynamodb.NewFromConfig(c), table.Config{}).Jobs()
	j := jobtest.New("alice", job.FFmpeg)
	lose.Store(true)
	if _, created, err := jobs.Create(t.Context(), j); err != nil || !created {
		t.Fatalf("Create: %v, %v", created, err)
	}
	at := j.CreatedAt.Add(time.Second)
	for _, m := range []job.Move{
		job.Enqueue(at), job.Claim(at, time.Minute), job.Release(at, 1), job.Claim(at, time.Minute), job.Succeed(at, 2, nil),
	} {
		lose.Store(true)
		want, err := m.Apply(find(t, jobs, j.ID)) // loses the answer to a read
		if err != nil {
			t.Fatal(err)
		}
		lose.Store(true)
		got, err := jobs.Move(t.Context(), j.ID, m)
		if err != nil || got.State != want.State || got.Attempt != want.Attempt || got.Returned != want.Returned {
			t.Fatalf("%s: %v: %s at attempt %d, %d returned; want %s, %d, %d", m.Name, err,
				got.State, got.Attempt, got.Returned, want.State, want.Attempt, want.Returned)
		}
		if lose.Load() {
			t.Fatalf("%s: no answer was lost", m.Name)
		}
	}
	wantTotal(t, jobs, job.FFmpeg, 1)
}

// TestBusy: what DynamoDB refuses for the moment is job.ErrBusy, and what is wrong is not.
func TestBusy(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		status int
		kind   string
		busy   bool
	}{
		{400, "ThrottlingException", true},
		{400, "ProvisionedThroughputExceededException", true},
		{400, "RequestLimitExceeded", true},
		{400, "TransactionConflictException", true},
		{500, "InternalServerError", true},
		{503, "", true},
		{400, "AccessDeniedException", false},
		{400, "ResourceNotFoundException", false},
	} {
		c := config("http://127.0.0.1:1")
		c.Retryer = func() aws.Retryer { return aws.NopRetryer{} } // the tries are package cloud's to test
		c.HTTPClient = roundTrip(func(*http.Request) (*http.Response, error) {
			return &http.Response{
				StatusCode: test.status, Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}},
				Body: io.NopCloser(strings.NewReader(`{"__type":"com.amazonaws.dynamodb.v20120810#` + test.kind + `","message":"no"}`)),
			}, nil
		})
		tb := table.New(dynamodb.NewFromConfig(c), table.Config{Name: "t"})
		for name, err := range map[string]error{
			"Check": tb.Check(t.Context()),
			"Move":  errorOf(tb.Jobs().Move(t.Context(), job.NewID(), job.Cancel(time.Now()))),
			"List":  errorOf(tb.Jobs().List(t.Context(), job.Query{Owner: "alice", Limit: 1})),
			"Keys":  errorOf(tb.Keys().Find(t.Context(), "x")),
		} {
			if err == nil || errors.Is(err, job.ErrBusy) != test.busy {
				t.Errorf("%s after %d %s: %v; want busy %v", name, test.status, test.kind, err, test.busy)
			}
		}
	}
}

func errorOf[T any](_ T, err error) error { return err }

// TestUncounted: what a writer left that ended too early is counted and told by Overdue, once.
func TestUncounted(t *testing.T) {
	t.Parallel()
	jobs := open(t, local(t), table.Config{}).Jobs()
	j := jobtest.New("alice", job.Transcodes)
	j.WebhookURL = "https://hooks.example/"
	create(t, jobs, j)
	j = move(t, jobs, j.ID, job.Cancel(j.CreatedAt.Add(time.Second)))
	wantTotal(t, jobs, job.Transcodes, 1)
	if err := jobs.MarkUncounted(t.Context(), j); err != nil {
		t.Fatal(err)
	}
	wantTotal(t, jobs, job.Transcodes, 0)
	for range 2 {
		found, err := jobs.Overdue(t.Context(), job.Overdue{Notice: true, Before: j.UpdatedAt.Add(time.Hour), Limit: 10})
		if err != nil || len(found) != 1 || found[0].ID != j.ID {
			t.Errorf("Overdue: %v, %v; want the job", found, err)
		}
		wantTotal(t, jobs, job.Transcodes, 1)
	}
	if err := jobs.MarkUncounted(t.Context(), j); err != nil {
		t.Fatal(err)
	}
	told := move(t, jobs, j.ID, job.Tell(0, job.Notice{Tries: 1}))
	if !told.Notice.DueAt.IsZero() || told.Notice.Tries != 1 {
		t.Errorf("after Tell the notice is %+v", told.Notice)
	}
	wantTotal(t, jobs, job.Transcodes, 1)
	if found, err := jobs.Overdue(t.Context(), job.Overdue{Notice: true, Before: j.UpdatedAt.Add(time.Hour), Limit: 10}); err != nil || len(found) != 0 {
		t.Errorf("Overdue after Tell: %v, %v; want none", found, err)
	}
}

// TestStaleIndex: entries of the indexes that the table does not bear out are not shown, and none is shown twice.
func TestStaleIndex(t *testing.T) {
	t.Parallel()
	plain := local(t)
	var stale []dynamodb.QueryOutput
	client := changed(plain, func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, error) {
		out, _, err := next.HandleInitialize(ctx, in)
		if page, ok := out.Result.(*dynamodb.QueryOutput); ok && err == nil && in.Parameters.(*dynamodb.QueryInput).IndexName != nil {
			for _, old := range stale {
				page.Items = append(page.Items, old.Items...)
			}
		}
		return out, err
	})
	config := table.Config{Name: name()}
	if err := table.CreateTable(t.Context(), plain, config.Name); err != nil {
		t.Fatal(err)
	}
	jobs := table.New(client, config).Ahead(time.Hour).Jobs()
	j := create(t, jobs, jobtest.New("alice", job.Transcodes))
	create(t, jobs, jobtest.New("bob", job.Transcodes))
	for _, index := range []string{"created", "updated"} {
		all, err := plain.Scan(t.Context(), &dynamodb.ScanInput{TableName: &config.Name, IndexName: aws.String(index)})
		if err != nil {
			t.Fatal(err)
		}
		stale = append(stale, dynamodb.QueryOutput{Items: all.Items})
	}
	move(t, jobs, j.ID, job.Claim(j.CreatedAt.Add(time.Second), time.Minute))
	for state, want := range map[job.State]int{job.Pending: 1, job.Running: 1, job.Queued: 0} { // the pending one is bob's
		found, err := jobs.Overdue(t.Context(), job.Overdue{State: state, Before: j.CreatedAt.Add(time.Hour), Limit: 10})
		if err != nil || len(found) != want {
			t.Errorf("%s and overdue: %d jobs, %v; want %d", state, len(found), err, want)
		}
	}
	for _, order := range []job.Order{job.NewestFirst, job.UpdatedAsc} {
		for _, since := range []time.Time{{}, j.CreatedAt} {
			for states, want := range map[job.State]int{job.Pending: 0, job.Running: 1, "": 1} {
				q := job.Query{Owner: "alice", API: job.Transcodes, Order: order, Since: since, Limit: 10}
				if states != "" {
					q.States = []job.State{states}
				}
				page, err := jobs.List(t.Context(), q)
				if err != nil || len(page.Jobs) != want {
					t.Errorf("order %d, since %s, state %q: %d jobs, %v; want %d", order, since, states, len(page.Jobs), err, want)
				}
			}
		}
	}
}
