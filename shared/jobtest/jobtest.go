// Package jobtest holds what tests of several packages share: the conformance suites that every table and every queue
// must pass (RunTable, RunQueue), a valid job (New), and golden files (Golden). Only tests import it.
package jobtest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/fflambda/fflambda/shared/job"
)

// New returns a valid job as a create request would store it: pending, created now, at attempt 0.
func New(owner string, api job.API) job.Job {
	now := job.Milli(time.Now())
	j := job.Job{
		ID: job.NewID(), Owner: owner, API: api, State: job.Pending,
		CreatedAt: now, UpdatedAt: now,
		Inputs:  []job.Input{{Name: "in.mp4", URL: "https://media.example/in.mp4"}},
		Timeout: 10 * time.Minute,
	}
	if api == job.FFmpeg {
		j.Commands = &job.Commands{Lines: []string{"-i {{in}} -t 5 {{out.mp4}}"}, Outputs: []string{"out.mp4"}}
	} else {
		j.Transcode = &job.Transcode{Format: "mp4", Resolution: "720p"}
	}
	return j
}

// diff compares what a store answered with what it was given. JSON does not tell an empty list from none.
func diff(want, got any) string { return cmp.Diff(want, got, cmpopts.EquateEmpty()) }

// each runs do n times at once and returns what each of them answered.
func each[T any](n int, do func(i int) T) []T {
	answers := make([]T, n)
	start := make(chan struct{})
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			<-start
			answers[i] = do(i)
		})
	}
	close(start)
	all.Wait()
	return answers
}

// patience is how long a suite waits for what must come.
const patience = 30 * time.Second

// within is the test's context with an end, so that what never comes fails the test instead of hanging it.
func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// wantConflict checks that err is a lost race over the job as it stands.
func wantConflict(t *testing.T, err error, stands job.Job) {
	t.Helper()
	c, ok := errors.AsType[*job.Conflict](err)
	if !ok {
		t.Fatalf("error is %v, want a *job.Conflict", err)
	}
	if !errors.Is(err, job.ErrConflict) {
		t.Errorf("%v is not job.ErrConflict", err)
	}
	if d := diff(stands, c.Job); d != "" {
		t.Errorf("the conflict's job is not the one that is stored (-stored +conflict):\n%s", d)
	}
}
