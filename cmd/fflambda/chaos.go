//go:build chaos

package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fflambda/fflambda/cmd/chaos/history"
	"github.com/fflambda/fflambda/shared/job"
)

// chaosSetting is the variable that says what goes wrong: "seed=1,rate=0.05,hurry=5,history=PATH". Without it nothing does.
// It has no FFLAMBDA_ before it, for the program without the tag knows nothing of it.
const chaosSetting = "CHAOS"

const sampleEvery = 5 * time.Second

var errChaos = errors.New("made to fail")

// chaos draws what goes wrong between the service and its stores.
type chaos struct {
	rate    float64 // of the calls; 0: none
	hurry   int     // how much faster than ours the time in the stores passes: leases, visibility, delays; 1: as it is
	history *history.Writer

	mu  sync.Mutex
	rnd *rand.Rand
}

// disturb puts the faults before the stores, and a record of what the table is asked behind them.
func (h *home) disturb() error {
	told := os.Getenv(chaosSetting)
	if told == "" {
		return nil
	}
	c, err := parseChaos(told)
	if err != nil {
		return fmt.Errorf("%s %q: %w", chaosSetting, told, err)
	}
	go c.sample()
	h.parts.Jobs = &chaosJobs{recorded{h.parts.Jobs, c.history}, c}
	h.parts.Queue = &chaosQueue{Queue: h.parts.Queue, chaos: c}
	h.parts.Notices = &chaosQueue{Queue: h.parts.Notices, chaos: c, waits: true}
	h.parts.Files = &chaosFiles{h.parts.Files, c}
	return nil
}

func parseChaos(text string) (*chaos, error) {
	c := &chaos{hurry: 1}
	var seed uint64
	for pair := range strings.SplitSeq(text, ",") {
		name, value, _ := strings.Cut(pair, "=")
		var err error
		switch name {
		case "seed":
			seed, err = strconv.ParseUint(value, 10, 64)
		case "rate":
			c.rate, err = strconv.ParseFloat(value, 64)
		case "hurry":
			c.hurry, err = strconv.Atoi(value)
		case "history":
			c.history, err = history.Append(value, monotonic)
		default:
			err = errors.New("there is seed, rate, hurry and history")
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	if c.history == nil || c.hurry < 1 {
		return nil, errors.New("a history is needed, and hurry is 1 or more")
	}
	c.rnd = rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // to be drawn again, and no secret
	return c, nil
}

// monotonic is the clock of the machine that no process sets.
func monotonic() int64 {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_MONOTONIC, &t) != nil {
		return time.Now().UnixNano()
	}
	return t.Nano()
}

func (c *chaos) sample() {
	for range time.Tick(sampleEvery) {
		c.history.Sample(runtime.NumGoroutine())
	}
}

// What can happen to a call.
const (
	faultStall  = "stalled"                   // answered late
	faultBefore = "failed"                    // never made
	faultAfter  = "failed after it succeeded" // made, and its answer lost
	faultTwice  = "sent twice"
	faultLate   = "sent out of order"
	faultHalf   = "failed in the middle"
	faultFull   = "no space"
)

// draw says whether a call meets one of the faults, and which.
func (c *chaos) draw(call string, faults ...string) string {
	c.mu.Lock()
	hit, which := c.rnd.Float64() < c.rate, c.rnd.IntN(len(faults))
	c.mu.Unlock()
	if !hit {
		return ""
	}
	c.history.Fault(faults[which], call)
	return faults[which]
}

// upTo is a random time.
func (c *chaos) upTo(most time.Duration) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Duration(c.rnd.Int64N(int64(most)))
}

// failure is the error of a call that was made to fail: every other one says that it can pass.
func (c *chaos) failure(call string) error {
	if c.upTo(2) == 0 {
		return fmt.Errorf("%s: %w", call, errChaos)
	}
	return fmt.Errorf("%s: %w: %w", call, errChaos, job.ErrBusy)
}

// quick is a time that is spent in a store.
func (c *chaos) quick(d time.Duration) time.Duration { return d / time.Duration(c.hurry) }

// meet makes the call, or has it meet one of the ordinary faults.
func meet[T any](ctx context.Context, c *chaos, call string, do func() (T, error)) (T, error) {
	var none T
	switch c.draw(call, faultStall, faultBefore, faultAfter) {
	case faultStall:
		select {
		case <-ctx.Done():
			return none, ctx.Err()
		case <-time.After(c.upTo(2 * time.Second)):
		}
	case faultBefore:
		return none, c.failure(call)
	case faultAfter:
		if v, err := do(); err != nil {
			return v, err
		}
		return none, c.failure(call)
	}
	return do()
}

// run is meet for a call without a value.
func (c *chaos) run(ctx context.Context, call string, do func() error) error {
	_, err := meet(ctx, c, call, func() (struct{}, error) { return struct{}{}, do() })
	return err
}
