// Command bench measures fflambda on this machine and writes the figures into docs/performance.md. `make bench` runs it.
//
// It starts bin/fflambda on temporary folders and talks to it over 127.0.0.1, with client and server on the same cores.
// Where a figure is a ratio, both sides are measured in turn in the same run. A figure is the median of five rounds,
// except for the peak of memory, which is one round. `-only NAME` runs one measure and writes nothing.
//
// It exits 0 when everything could be measured; a missed target is for the reader of the table.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// measure is one part of the benchmark.
type measure struct {
	name string
	run  func(context.Context, *bench) ([]figure, error)
}

func measures() []measure {
	return []measure{
		{"job", measureJob},
		{"copy", measureCopy},
		{"create", measureCreate},
		{"get", measureGet},
		{"ready", measureReady},
		{"idle", measureIdle},
		{"memory", measureMemory},
		{"list", measureList},
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	only := flags.String("only", "", "run one measure: "+strings.Join(names(), ", "))
	doc := flags.String("doc", "docs/performance.md", "the file that keeps the table")
	if err := flags.Parse(args); err != nil {
		return err
	}
	chosen, err := choose(*only)
	if err != nil {
		return err
	}
	b, err := newBench("bin/fflambda")
	if err != nil {
		return err
	}
	defer b.clean()
	start := time.Now()
	figures, err := b.runAll(ctx, chosen)
	if err != nil {
		return err
	}
	table := markdown(figures)
	fmt.Printf("\n%s\n", table)
	if *only != "" {
		return nil
	}
	facts := machine(ctx, b.binary, start)
	if err := keep(*doc, facts+"\n\n"+table); err != nil {
		return err
	}
	fmt.Printf("%s\nwritten to %s\n", facts, *doc)
	return nil
}

func choose(only string) ([]measure, error) {
	if only == "" {
		return measures(), nil
	}
	for _, m := range measures() {
		if m.name == only {
			return []measure{m}, nil
		}
	}
	return nil, fmt.Errorf("no measure is called %q; there are %s", only, strings.Join(names(), ", "))
}

func names() []string {
	var all []string
	for _, m := range measures() {
		all = append(all, m.name)
	}
	return all
}
