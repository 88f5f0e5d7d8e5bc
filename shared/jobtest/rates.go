package jobtest

import (
	"context"
	"testing"
	"time"
)

// Rates count requests for several servers.
type Rates interface {
	Take(ctx context.Context, name string, perSecond float64, burst int) (wait time.Duration, ok bool, err error)
}

// RunRates is the conformance suite of counts of requests that servers share. r is empty. It says nothing about the
// moment at which a bucket fills up: the rate is one in hours.
func RunRates(t *testing.T, r Rates) {
	const burst, callers, perSecond = 20, 60, 0.0001
	ctx := within(t)
	take := func(name string) string {
		wait, ok, err := r.Take(ctx, name, perSecond, burst)
		switch {
		case err != nil:
			return err.Error()
		case ok:
			return "taken"
		case wait <= 0 || wait.Seconds() > burst/perSecond:
			return "wait for " + wait.String()
		}
		return "refused"
	}
	got := map[string]int{}
	for _, answer := range each(callers, func(int) string { return take("alice") }) {
		got[answer]++
	}
	if got["taken"] != burst || got["refused"] != callers-burst {
		t.Errorf("%d callers got %v, want %d taken and the others refused", callers, got, burst)
	}
	if answer := take("bob"); answer != "taken" {
		t.Errorf("another name: %s", answer)
	}
}
