package notify

import (
	"sync"
	"time"
)

const (
	inOnePlace = 16               // tries at the same host, or outboxes being filled, at a time
	crowded    = 15 * time.Second // until one that found its place full is tried again: a try takes 10 s at most
)

// Turns keeps one slow receiver from taking all that a Loop can handle at the same time: only so many tries are made at
// one host. Others are put off, which leaves room for other hosts. A nil *Turns puts nothing off: it is for where
// each notice has a process of its own.
type Turns struct {
	mu   sync.Mutex
	busy map[string]int // by place
}

// NewTurns is for one Loop.
func NewTurns() *Turns { return &Turns{busy: map[string]int{}} }

// take takes room in every place, or in none where one of them is full.
func (t *Turns) take(places ...string) (leave func(), ok bool) {
	if t == nil {
		return func() {}, true
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, p := range places {
		if t.busy[p] >= inOnePlace {
			return nil, false
		}
	}
	for _, p := range places {
		t.busy[p]++
	}
	return func() { t.leave(places) }, true
}

func (t *Turns) leave(places []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, p := range places {
		if t.busy[p]--; t.busy[p] == 0 {
			delete(t.busy, p)
		}
	}
}
