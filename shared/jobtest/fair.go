package jobtest

import (
	"fmt"
	"testing"
	"time"

	"github.com/fflambda/fflambda/shared/job"
)

// testFair: the group that holds the fewest messages comes first, of several the one that was served longest ago, of
// those that never were the one that waits the longest.
func testFair(t *testing.T, q Queue, _ time.Duration) {
	held := map[string][]job.Message{}
	next := func(want string) {
		t.Helper()
		m := receive(t, q)
		if m.Body[:1] != want {
			t.Errorf("received %q, want one of %s's", m.Body, want)
		}
		held[m.Body[:1]] = append(held[m.Body[:1]], m)
	}
	for i := range 20 {
		sendFrom(t, q, "a", i)
	}
	for range 3 {
		next("a")
	}
	sendFrom(t, q, "z", 0) // later than a's, and before them all the same
	sendFrom(t, q, "b", 0)
	for range 3 {
		sendFrom(t, q, "c", 0)
	}
	for _, want := range []string{"z", "b", "c", "c", "c", "a"} {
		next(want)
	}
	for _, messages := range held {
		for _, m := range messages {
			remove(t, q, m)
		}
	}
	for _, group := range []string{"c", "b", "z", "y"} {
		sendFrom(t, q, group, 1)
	}
	for _, want := range []string{"y", "z", "b", "c", "a", "a"} { // y is new here
		next(want)
	}
	if err := q.Extend(within(t), held["b"][1], 0); err != nil {
		t.Fatal(err)
	}
	next("b")
}

func sendFrom(t *testing.T, q Queue, group string, i int) {
	t.Helper()
	if err := q.Send(within(t), fmt.Sprint(group, i), group, 0); err != nil {
		t.Fatal(err)
	}
}
