package cloud_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/fflambda/fflambda/shared/cloud"
	"github.com/fflambda/fflambda/shared/job"
)

// wire answers requests in AWS's place.
type wire func(*http.Request) (*http.Response, error)

func (w wire) Do(r *http.Request) (*http.Response, error) { return w(r) }

// refuse answers every request with that status and code, in JSON's form and in S3's.
func refuse(status int, code string) wire {
	return func(r *http.Request) (*http.Response, error) {
		body := `{"__type": "com.amazonaws.x#` + code + `", "message": "no"}`
		if strings.Contains(r.URL.Host, "s3") {
			body = "<Error><Code>" + code + "</Code><Message>no</Message></Error>"
		}
		return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
	}
}

func getItem(ctx context.Context, cfg aws.Config) error {
	_, err := dynamodb.NewFromConfig(cfg).GetItem(ctx, &dynamodb.GetItemInput{
		TableName: aws.String("t"), Key: map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: "x"}},
	})
	return err
}

func sendMessage(ctx context.Context, cfg aws.Config) error {
	_, err := sqs.NewFromConfig(cfg).SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: aws.String("https://q/1/q"), MessageBody: aws.String("x")})
	return err
}

func listBucket(ctx context.Context, cfg aws.Config) error {
	_, err := s3.NewFromConfig(cfg).ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: aws.String("b")})
	return err
}

func putParameter(ctx context.Context, cfg aws.Config) error {
	_, err := ssm.NewFromConfig(cfg).PutParameter(ctx, &ssm.PutParameterInput{Name: aws.String("n"), Value: aws.String("v")})
	return err
}

// TestBusy: what can pass matches job.ErrBusy, and stays the error that it was.
func TestBusy(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		call   func(context.Context, aws.Config) error
		status int
		code   string
		busy   bool
	}{
		{"throttled table", getItem, 400, "ThrottlingException", true},
		{"table over its capacity", getItem, 400, "ProvisionedThroughputExceededException", true},
		{"account over its limit", getItem, 400, "RequestLimitExceeded", true},
		{"item in a transaction", getItem, 400, "TransactionConflictException", true},
		{"failing table", getItem, 500, "InternalServerError", true},
		{"refused condition", getItem, 400, "ConditionalCheckFailedException", false},
		{"no such table", getItem, 400, "ResourceNotFoundException", false},
		{"not allowed", getItem, 400, "AccessDeniedException", false},
		{"throttled queue", sendMessage, 400, "RequestThrottled", true},
		{"full queue", sendMessage, 400, "OverLimit", true},
		{"failing queue", sendMessage, 503, "ServiceUnavailable", true},
		{"no such queue", sendMessage, 400, "QueueDoesNotExist", false},
		{"busy bucket", listBucket, 503, "SlowDown", true},
		{"failing bucket", listBucket, 500, "InternalError", true},
		{"foreign bucket", listBucket, 403, "AccessDenied", false},
		{"busy parameter", putParameter, 400, "TooManyUpdates", true},
		{"existing parameter", putParameter, 400, "ParameterAlreadyExists", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			cfg := load(t)
			cfg.HTTPClient = refuse(c.status, c.code)
			cfg.Retryer = func() aws.Retryer { return aws.NopRetryer{} }
			err := c.call(t.Context(), cfg)
			if errors.Is(err, job.ErrBusy) != c.busy {
				t.Errorf("busy is %t: %v", !c.busy, err)
			}
			if api, ok := errors.AsType[smithy.APIError](err); !ok || api.ErrorCode() != c.code {
				t.Errorf("%v is not AWS's error any more", err)
			}
		})
	}
}

// TestTypedError: the mark hides none of the SDK's types.
func TestTypedError(t *testing.T) {
	t.Parallel()
	cfg := load(t)
	cfg.HTTPClient = refuse(400, "ProvisionedThroughputExceededException")
	cfg.Retryer = func() aws.Retryer { return aws.NopRetryer{} }
	err := getItem(t.Context(), cfg)
	if _, ok := errors.AsType[*types.ProvisionedThroughputExceededException](err); !ok || !errors.Is(err, job.ErrBusy) {
		t.Errorf("error is %v", err)
	}
}

// TestTries: what can pass is tried again, and the caller hears of it within a second. The clock is a fake one.
func TestTries(t *testing.T) {
	t.Parallel()
	dead := func(*http.Request) (*http.Response, error) {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
	}
	for _, c := range []struct {
		name  string
		wire  wire
		tries int
	}{
		{"internal error", refuse(500, "InternalServerError"), 4},
		{"item in a transaction", refuse(400, "TransactionConflictException"), 4},
		{"no connection", dead, 4},
		{"refused condition", refuse(400, "ConditionalCheckFailedException"), 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				cfg := load(t)
				cfg.HTTPClient = c.wire
				counter := cloud.Count(&cfg)
				start := time.Now()
				err := getItem(t.Context(), cfg)
				if n := counter.Total(); n != c.tries || errors.Is(err, job.ErrBusy) != (c.tries > 1) {
					t.Errorf("after %d tries, of %d: %v", n, c.tries, err)
				}
				if took := time.Since(start); took > time.Second {
					t.Errorf("took %s", took)
				}
			})
		})
	}
}

// TestThrottled: a client that is throttled slows down, but gets there. By the real clock: with a fake one the SDK's
// rate limiter waits for nanoseconds that never pass.
func TestThrottled(t *testing.T) {
	t.Parallel()
	cfg := load(t)
	calls := 0
	cfg.HTTPClient = wire(func(r *http.Request) (*http.Response, error) {
		if calls++; calls == 1 {
			return refuse(400, "ThrottlingException")(r)
		}
		return refuse(200, "")(r)
	})
	start := time.Now()
	if err := getItem(t.Context(), cfg); err != nil || calls != 2 {
		t.Errorf("%d calls, %v", calls, err)
	}
	if took := time.Since(start); took < time.Second/2 || took > 10*time.Second {
		t.Errorf("took %s", took)
	}
}

// TestSilence: a connection that says nothing costs a try, one that the caller has no time for the call.
func TestSilence(t *testing.T) {
	t.Parallel()
	mute := wire(func(r *http.Request) (*http.Response, error) {
		<-r.Context().Done()
		return nil, r.Context().Err()
	})
	synctest.Test(t, func(t *testing.T) {
		cfg := load(t)
		cfg.HTTPClient = mute
		start := time.Now()
		err := getItem(t.Context(), cfg)
		if took := time.Since(start); !errors.Is(err, job.ErrBusy) || took < 20*time.Second || took > 21*time.Second {
			t.Errorf("after %s: %v", took, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 7*time.Second)
		defer cancel()
		if err := getItem(ctx, cfg); errors.Is(err, job.ErrBusy) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error is %v, want the caller's deadline", err)
		}
		ctx, cancel = context.WithTimeout(t.Context(), 24*time.Second)
		defer cancel()
		_, err = sqs.NewFromConfig(cfg).ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: aws.String("https://q/1/q")})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error is %v: a long poll was cut short", err)
		}
	})
}

// TestCount: counted is what goes out, so presigning is not.
func TestCount(t *testing.T) {
	t.Parallel()
	cfg := load(t)
	cfg.HTTPClient = refuse(200, "")
	counter := cloud.Count(&cfg)
	for range 2 {
		if err := getItem(t.Context(), cfg); err != nil {
			t.Fatal(err)
		}
	}
	if err := sendMessage(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	client := s3.NewPresignClient(s3.NewFromConfig(cfg))
	if _, err := client.PresignGetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("b"), Key: aws.String("k")}); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(map[string]int{"DynamoDB.GetItem": 2, "SQS.SendMessage": 1}, counter.Calls()); d != "" {
		t.Errorf("calls (-want +got):\n%s", d)
	}
}
