package table_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/jobtest"
	"github.com/fflambda/fflambda/shared/jobtest/standin"
	"github.com/fflambda/fflambda/shared/table"
)

func TestRates(t *testing.T) {
	t.Parallel()
	for _, s := range standIns {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			jobtest.RunRates(t, open(t, s.client(t), table.Config{}).Rates())
		})
	}
}

// TestRateCost: a request is one call and one write unit, whether it is taken or refused.
func TestRateCost(t *testing.T) {
	t.Parallel()
	client, m := measured(local(t))
	rates := open(t, client, table.Config{}).Rates()
	m.reset()
	for range 3 {
		if _, _, err := rates.Take(t.Context(), "alice", 0.0001, 2); err != nil {
			t.Fatal(err)
		}
	}
	if calls, units := m.reset(); calls != 3 || units > 3 {
		t.Errorf("3 requests took %d calls and %.1f units", calls, units)
	}
}

// TestRatePeriods: a bucket is full again when its period is over, and the wait leads there.
func TestRatePeriods(t *testing.T) {
	t.Parallel()
	client, at := local(t), time.Date(2026, 11, 22, 12, 0, 0, 700_000_000, time.UTC)
	all := open(t, client, table.Config{})
	for _, step := range []struct {
		after time.Duration
		ok    bool
		wait  time.Duration
	}{{0, true, 0}, {0, true, 0}, {0, false, 300 * time.Millisecond}, {299 * time.Millisecond, false, time.Millisecond}, {300 * time.Millisecond, true, 0}} {
		wait, ok, err := all.At(at.Add(step.after)).Rates().Take(t.Context(), "alice", 2, 2) // a second
		if err != nil || ok != step.ok || wait != step.wait {
			t.Errorf("after %s: %s, %v, %v; want %s, %v", step.after, wait, ok, err, step.wait, step.ok)
		}
	}
	for _, perSecond := range []float64{1e-300, 1e300} { // no setting makes a period that is none
		if _, ok, err := all.Rates().Take(t.Context(), "bob", perSecond, 20); !ok || err != nil {
			t.Errorf("%g a second: %v, %v", perSecond, ok, err)
		}
	}
}

// TestRateThrottled: where DynamoDB throttles, that is said at once, with no second try.
func TestRateThrottled(t *testing.T) {
	t.Parallel()
	c := config(standin.DynamoDB(t))
	var tries atomic.Int32
	through := c.HTTPClient
	c.HTTPClient = roundTrip(func(r *http.Request) (*http.Response, error) {
		if strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".UpdateItem") {
			tries.Add(1)
			return &http.Response{
				StatusCode: 400, Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}},
				Body: io.NopCloser(strings.NewReader(`{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException","message":"no"}`)),
			}, nil
		}
		return through.Do(r)
	})
	rates := open(t, dynamodb.NewFromConfig(c), table.Config{}).Rates()
	if _, ok, err := rates.Take(t.Context(), "alice", 10, 20); ok || !errors.Is(err, job.ErrBusy) || tries.Load() != 1 {
		t.Errorf("%v, %v after %d tries, want one and job.ErrBusy", ok, err, tries.Load())
	}
}
