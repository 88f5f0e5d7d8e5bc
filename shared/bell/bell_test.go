package bell

import (
	"sync"
	"testing"

	"github.com/fflambda/fflambda/shared/job"
)

// TestRing: all that listen for a job hear its end once, and nobody else does.
func TestRing(t *testing.T) {
	t.Parallel()
	var b Bell
	first, stopFirst := b.Listen("a")
	gone, leave := b.Listen("a")
	second, stopSecond := b.Listen("a")
	other, stopOther := b.Listen("b")
	leave()
	b.Ring(job.Job{ID: "a", State: job.Succeeded})
	b.Ring(job.Job{ID: "a", State: job.Failed}) // for nobody: it must not wait for those that heard the first
	for name, ch := range map[string]<-chan job.Job{"first": first, "second": second} {
		select {
		case j := <-ch:
			if j.State != job.Succeeded {
				t.Errorf("%s got %+v", name, j)
			}
		default:
			t.Errorf("%s heard nothing", name)
		}
	}
	if len(first)+len(second)+len(gone)+len(other) != 0 {
		t.Error("somebody heard what was not for them")
	}
	stopFirst()
	stopSecond()
	stopOther()
	if len(b.waiting) != 0 {
		t.Errorf("it remembers %d jobs after everybody has left", len(b.waiting))
	}
}

// TestRingAtOnce: listeners that come and leave while it rings. The race detector looks on.
func TestRingAtOnce(t *testing.T) {
	t.Parallel()
	var b Bell
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			ended, stop := b.Listen("a")
			defer stop()
			b.Ring(job.Job{ID: "a"})
			if j := <-ended; j.ID != "a" {
				t.Errorf("got job %q", j.ID)
			}
		})
	}
	all.Wait()
	if len(b.waiting) != 0 {
		t.Errorf("it remembers %d jobs", len(b.waiting))
	}
}
