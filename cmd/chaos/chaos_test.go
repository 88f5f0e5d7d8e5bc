package main

import (
	"context"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fflambda/fflambda/shared/jobtest/standin"
)

// small is the chaos run that is part of the tests: some seconds of storm, in stores in which time is short.
func small(home string, seed uint64, jobs int) options {
	return options{home: home, seed: seed, jobs: jobs, pace: 5, rate: 0.05, every: 1200 * time.Millisecond, hurry: 20}
}

// TestChaos: jobs over both APIs on one machine, whose server is killed, frozen and cut off meanwhile.
func TestChaos(t *testing.T) {
	t.Parallel()
	require(t)
	weather(t, small(homeLocal, 3, 60), stack{})
}

// TestChaosAWS: the same with two servers on one table, queue and bucket.
func TestChaosAWS(t *testing.T) {
	t.Parallel()
	require(t)
	s := stack{dynamodb: standin.DynamoDB(t), moto: standin.Moto(t)}
	weather(t, small(homeAWS, 4, 30), s)
}

func weather(t *testing.T, o options, s stack) {
	t.Helper()
	w, err := newWorld(t.Context(), o, s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.end(context.WithoutCancel(t.Context()), false); err != nil {
			t.Error(err)
		}
	})
	r, err := chaosRun(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("seed %d\n%s", o.seed, r)
	if err := r.err(); err != nil {
		t.Error(err)
	}
	if len(r.counts["calls that met a fault"]) == 0 || len(r.counts["went wrong outside"]) < 2 {
		t.Error("nothing went wrong, so nothing is shown")
	}
}

// require skips where the run cannot be: it looks into /proc, and needs ffmpeg.
func require(t *testing.T) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("the chaos run looks into /proc")
	}
	if testing.Short() {
		t.Skip("it takes most of a minute")
	}
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		if slices.Contains(strings.Split(os.Getenv("FFLAMBDA_REQUIRE"), ","), "ffmpeg") {
			t.Fatal("ffmpeg is required and not installed")
		}
		t.Skip("ffmpeg is not installed")
	}
}

// TestFlags: what cannot be run is refused.
func TestFlags(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"-jobs", "0"}, {"-pace", "0"}, {"-hurry", "0"}, {"-mode", "walk"}, {"-nothing"}} {
		if err := start(t.Context(), args); err == nil {
			t.Errorf("%v is taken", args)
		}
	}
}
