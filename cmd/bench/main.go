// Command bench measures fflambda on this machine and writes the figures into docs/performance.md. `make bench` runs it.
//
// Of a server, it starts bin/fflambda on temporary folders and talks to it over 127.0.0.1, with client and server on the
// same cores. Of the functions, it builds and starts them as Lambda does, with stand-ins for AWS. Where a figure is a
// ratio, both sides are measured in turn in the same run. A figure is the median of five rounds where nothing else is said.
// `-only server`, `-only wait`, `-only sandbox` and `-only aws` run one table; `-only NAME` runs one measure, and writes nothing.
// `-only quality` and `-only presets` measure what coding costs and what it leaves of a picture, for docs/transcodes.md; nothing else runs these.
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
	"slices"
	"strings"
	"syscall"
	"time"
)

// measure is one part of the benchmark.
type measure struct {
	name string
	run  func(context.Context, *bench) ([]figure, error)
}

// section is the measures that share a table.
type section struct {
	name     string
	measures []measure

	// In place of measures: a table of its own kind, for another document. It runs only where it is named.
	report func(context.Context, *bench) (string, error)
}

func sections() []section {
	return []section{
		{name: "server", measures: []measure{
			{"job", measureJob},
			{"copy", measureCopy},
			{"create", measureCreate},
			{"get", measureGet},
			{"ready", measureReady},
			{"idle", measureIdle},
			{"memory", measureMemory},
			{"list", measureList},
		}},
		{name: "wait", measures: []measure{
			{"answer", measureAnswer},
			{"short", measureShort},
			{"waiting", measureWaiting},
		}},
		{name: "sandbox", measures: []measure{
			{"frame", measureFrame},
			{"contained", measureContained},
		}},
		{name: "aws", measures: []measure{
			{"start", measureStart},
			{"size", measureSize},
			{"layers", measureLayers},
			{"calls", measureCalls},
			{"encode", measureEncode},
		}},
		{name: "quality", report: reportQuality},
		{name: "presets", report: reportPresets},
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
	only := flags.String("only", "", "run a part: "+strings.Join(names(), ", "))
	if err := flags.Parse(args); err != nil {
		return err
	}
	chosen, whole, err := choose(*only)
	if err != nil {
		return err
	}
	b, err := newBench("bin/fflambda")
	if err != nil {
		return err
	}
	defer b.clean()
	for _, s := range chosen {
		if err := b.measure(ctx, s, whole); err != nil {
			return err
		}
	}
	return nil
}

// measure makes the table of a section, and keeps it where no part of it is missing.
func (b *bench) measure(ctx context.Context, s section, whole bool) error {
	start := time.Now()
	table, err := b.table(ctx, s)
	if err != nil {
		return err
	}
	fmt.Printf("\n%s\n", table)
	if !whole {
		return nil
	}
	facts := machine(ctx, b, start)
	if err := keep(s.doc(), s.name, facts+"\n\n"+table); err != nil {
		return err
	}
	fmt.Printf("%s\nwritten to %s\n\n", facts, s.doc())
	return nil
}

func (b *bench) table(ctx context.Context, s section) (string, error) {
	if s.report != nil {
		return s.report(ctx, b)
	}
	figures, err := b.runAll(ctx, s.measures)
	return markdown(figures), err
}

// doc is the file that keeps the section's table.
func (s section) doc() string {
	if s.report != nil {
		return "docs/transcodes.md"
	}
	return "docs/performance.md"
}

// choose finds what is to be measured: all that needs no name, a section or one measure. whole says that no table is partly measured.
func choose(only string) (chosen []section, whole bool, err error) {
	if only == "" {
		return slices.DeleteFunc(sections(), func(s section) bool { return s.report != nil }), true, nil
	}
	for _, s := range sections() {
		if s.name == only {
			return []section{s}, true, nil
		}
		for _, m := range s.measures {
			if m.name == only {
				return []section{{name: s.name, measures: []measure{m}}}, false, nil
			}
		}
	}
	return nil, false, fmt.Errorf("nothing is called %q; there are %s", only, strings.Join(names(), ", "))
}

func names() []string {
	var all []string
	for _, s := range sections() {
		all = append(all, s.name)
	}
	for _, s := range sections() {
		for _, m := range s.measures {
			all = append(all, m.name)
		}
	}
	return all
}
