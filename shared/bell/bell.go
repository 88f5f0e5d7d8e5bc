// Package bell tells, within one process, whoever waits for a job that it has ended: the moment that its end is written
// by that process, without asking the table. Ends that another process writes are not heard; a table is there for those.
package bell

import (
	"slices"
	"sync"

	"github.com/fflambda/fflambda/shared/job"
)

// Bell rings for jobs. The zero value is ready, and safe for concurrent use.
type Bell struct {
	mu      sync.Mutex
	waiting map[string][]chan job.Job // by the job's id
}

// Listen gives a channel that gets the job with the id when it has ended, once. Whoever listens calls stop when done.
// A job that ended before was not heard: listen first, then look.
func (b *Bell) Listen(id string) (ended <-chan job.Job, stop func()) {
	ch := make(chan job.Job, 1) // room for the one ring, so that nobody waits for a listener
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.waiting == nil {
		b.waiting = map[string][]chan job.Job{}
	}
	b.waiting[id] = append(b.waiting[id], ch)
	return ch, func() { b.leave(id, ch) }
}

// Ring hands j, which has ended, to all that listen for it. They share it and must not change it.
func (b *Bell) Ring(j job.Job) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, ch := range b.waiting[j.ID] {
		ch <- j
	}
	delete(b.waiting, j.ID)
}

// leave forgets a listener, and may come after the ring.
func (b *Bell) leave(id string, ch chan job.Job) {
	b.mu.Lock()
	defer b.mu.Unlock()
	left := slices.DeleteFunc(b.waiting[id], func(c chan job.Job) bool { return c == ch })
	if len(left) == 0 {
		delete(b.waiting, id)
		return
	}
	b.waiting[id] = left
}
