package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// The ways in which the service can be wrong, in the order of the report.
const (
	lost       = "lost: accepted, and not there"
	stuck      = "stuck: not ended"
	doubled    = "doubled: one key, two jobs"
	illegal    = "history that no table of single moves can have"
	twiceEnded = "ended twice"
	wrong      = "ended otherwise than it must"
	half       = "output missing, half or other than of a clean run"
	foreign    = "objects that records name and the bucket has not"
	strays     = "objects of lost attempts that the sweeper leaves"
	silent     = "webhook not delivered"
	forged     = "webhook with a bad signature, or that tells another end"
	orphans    = "processes that outlive their server"
	folders    = "working folders left"
	parts      = "uploads left open"
	letters    = "messages left in the queues"
	fell       = "servers that ended by themselves"
)

func wrongs() []string {
	return []string{lost, stuck, doubled, illegal, twiceEnded, wrong, half, foreign, strays, silent, forged, orphans, folders, parts, letters, fell}
}

const examples = 5 // of each finding that are told

// report is what a run did and what it found.
type report struct {
	found  map[string][]string // by the way of being wrong
	done   []fact
	counts map[string]map[string]int // tables of their own
}

type fact struct{ name, value string }

func newReport() *report {
	return &report{found: map[string][]string{}, counts: map[string]map[string]int{}}
}

func (r *report) wrong(way, format string, args ...any) {
	r.found[way] = append(r.found[way], fmt.Sprintf(format, args...))
}

func (r *report) note(name, format string, args ...any) {
	r.done = append(r.done, fact{name, fmt.Sprintf(format, args...)})
}

func (r *report) count(table, name string) {
	if r.counts[table] == nil {
		r.counts[table] = map[string]int{}
	}
	r.counts[table][name]++
}

// err is nil where nothing was found.
func (r *report) err() error {
	n := 0
	for _, found := range r.found {
		n += len(found)
	}
	if n == 0 {
		return nil
	}
	return fmt.Errorf("%d things are wrong: see the table", n)
}

// String is the report as Markdown, with examples of what is wrong.
func (r *report) String() string {
	var b strings.Builder
	b.WriteString("| what was done | |\n| --- | --- |\n")
	for _, f := range r.done {
		fmt.Fprintf(&b, "| %s | %s |\n", f.name, f.value)
	}
	for _, table := range slices.Sorted(maps.Keys(r.counts)) {
		fmt.Fprintf(&b, "| %s | %s |\n", table, list(r.counts[table]))
	}
	b.WriteString("\n| what was found | |\n| --- | --- |\n")
	for _, way := range wrongs() {
		fmt.Fprintf(&b, "| %s | %d |\n", way, len(r.found[way]))
	}
	for _, way := range wrongs() {
		for _, example := range r.found[way][:min(examples, len(r.found[way]))] {
			fmt.Fprintf(&b, "\n%s: %s", way, example)
		}
	}
	return b.String()
}

// list is counts in a line, the most frequent first.
func list(counts map[string]int) string {
	names := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	parts := make([]string, len(names))
	for i, name := range names {
		parts[i] = fmt.Sprintf("%d %s", counts[name], name)
	}
	return strings.Join(parts, ", ")
}
