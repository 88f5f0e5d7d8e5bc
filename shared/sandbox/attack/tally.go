package attack

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Verdict is what came of a case.
type Verdict string

// The verdicts. Only Reached is bad, and Passed where nothing else holds.
const (
	Refused   Verdict = "refused"   // by the policy: nothing ran
	Passed    Verdict = "passed"    // by the policy: the next layer has to hold
	Contained Verdict = "contained" // it ran and reached nothing
	Limited   Verdict = "limit"     // a limit ended it
	Reached   Verdict = "reached"   // what it was after
)

// Tally counts verdicts by group and way. The zero value is ready; it may be used by several goroutines.
type Tally struct {
	mu     sync.Mutex
	groups []string
	ways   []string
	counts map[[3]string]int
}

// Add counts a verdict.
func (t *Tally) Add(group, way string, v Verdict) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.counts == nil {
		t.counts = map[[3]string]int{}
	}
	if !slices.Contains(t.groups, group) {
		t.groups = append(t.groups, group)
	}
	if !slices.Contains(t.ways, way) {
		t.ways = append(t.ways, way)
	}
	t.counts[[3]string{group, way, string(v)}]++
	t.counts[[3]string{"all", way, string(v)}]++
}

// String is the table: a line for each group, and what came of it each way.
func (t *Tally) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	slices.Sort(t.ways)
	var b strings.Builder
	for _, group := range append(slices.Sorted(slices.Values(t.groups)), "all") {
		fmt.Fprintf(&b, "%-12s", group)
		for _, way := range t.ways {
			fmt.Fprintf(&b, "  %s:", way)
			for _, v := range []Verdict{Refused, Passed, Contained, Limited, Reached} {
				if n := t.counts[[3]string{group, way, string(v)}]; n > 0 || v == Reached {
					fmt.Fprintf(&b, " %d %s", n, v)
				}
			}
			b.WriteString(";")
		}
		b.WriteString("\n")
	}
	return b.String()
}
