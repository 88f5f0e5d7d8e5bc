package queue

import (
	"context"
	"fmt"
	"sync"
	"time"
)

const (
	waitingFor    = 5 * time.Second        // how old the number of Waiting may be
	waitingWithin = 500 * time.Millisecond // for SQS to tell it
)

// gauge is the number of messages that wait, as it was last told.
type gauge struct {
	now func() time.Time

	mu    sync.Mutex
	asked time.Time
	n     int
}

// Waiting is about how many messages wait: SQS is asked once in 5 seconds, and its own figure is approximate. In the first
// 5 seconds of q it is 0, so that a process that just started for one request does not ask for nothing.
// It needs sqs:GetQueueAttributes.
func (q *Queue) Waiting(ctx context.Context) (int, error) {
	n, old := q.gauge.last()
	if !old {
		return n, nil
	}
	ctx, cancel := context.WithTimeout(ctx, waitingWithin)
	defer cancel()
	c, err := q.count(ctx, q.c.URL)
	if err != nil {
		return 0, fmt.Errorf("count queue %s: %w", q.name, err)
	}
	q.gauge.set(c.Waiting)
	return c.Waiting, nil
}

// last is the last number. It says to one caller only that it is old: the others do not wait for that one's answer.
func (g *gauge) last() (n int, old bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	if old = now.Sub(g.asked) >= waitingFor; old {
		g.asked = now
	}
	return g.n, old
}

func (g *gauge) set(n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.n = n
}
