package worker

import "time"

// Slept has p believe that it was stopped for an hour since each of its heartbeats.
func (p *Pool) Slept() {
	p.since = func(time.Time) time.Duration { return time.Hour }
}
