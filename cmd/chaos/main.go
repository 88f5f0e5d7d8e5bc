// Command chaos shows that a job that was accepted ends, once, and says how. It builds fflambda with faults before its
// stores (the tag chaos), gives it many small jobs over both APIs, and meanwhile kills it, freezes it, fills its disk and
// takes its callers' hosts away. Then it checks from outside, through the APIs and by looking into the table and the bucket.
// `make chaos` runs it, `make soak` its steady load; it needs Linux and ffmpeg.
//
//	-mode run       the chaos run (the default)
//	-mode soak      a steady load for a long time: does anything grow?
//	-mode recovery  how long a job stands still when its worker is killed
//
// It exits 1 where something was lost, stuck, doubled or half, or grows.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// options are the flags.
type options struct {
	mode  string
	home  string
	seed  uint64
	jobs  int
	pace  float64       // jobs a second that are created
	rate  float64       // of the stores' calls that meet a fault
	every time.Duration // on average, between two things that go wrong outside
	hurry int
	last  time.Duration // of the soak
	keep  bool
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := start(ctx, os.Args[1:])
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		os.Exit(1)
	}
}

func parse(args []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("chaos", flag.ContinueOnError)
	flags.StringVar(&o.mode, "mode", "run", "run, soak or recovery")
	flags.StringVar(&o.home, "home", homeLocal, "local, or aws: two servers on stand-ins for AWS")
	flags.Uint64Var(&o.seed, "seed", 1, "what the jobs and the faults are drawn from")
	flags.IntVar(&o.jobs, "jobs", 1000, "how many jobs; in recovery, how many kills")
	flags.Float64Var(&o.pace, "pace", 5, "jobs created in a second")
	flags.Float64Var(&o.rate, "rate", 0.05, "part of the calls to table, queues and bucket that fail or stall")
	flags.DurationVar(&o.every, "every", 6*time.Second, "time between two things that go wrong outside, on average")
	flags.IntVar(&o.hurry, "hurry", 1, "by how much leases and waiting times are divided")
	flags.DurationVar(&o.last, "for", 30*time.Minute, "length of the soak")
	flags.BoolVar(&o.keep, "keep", false, "keep the folder with the data, the history and the servers' logs")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if o.jobs < 1 || o.pace <= 0 || o.hurry < 1 || o.every <= 0 {
		return o, errors.New("-jobs, -pace, -every and -hurry have to be above 0")
	}
	return o, nil
}

func start(ctx context.Context, args []string) error {
	o, err := parse(args)
	if err != nil {
		return err
	}
	modes := map[string]func(context.Context, *world) error{"run": runChaos, "soak": soak, "recovery": recovery}
	mode, ok := modes[o.mode]
	if !ok {
		return fmt.Errorf("there is no mode %q: run, soak, recovery", o.mode)
	}
	w, err := newWorld(ctx, o, stack{})
	if err != nil {
		return err
	}
	err = mode(ctx, w)
	if o.keep || err != nil && ctx.Err() == nil {
		fmt.Println("kept:", w.dir)
	}
	return errors.Join(err, w.end(context.WithoutCancel(ctx), o.keep || err != nil))
}
