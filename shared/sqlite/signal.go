package sqlite

import "sync"

// signal wakes everybody who waits for news, in this process.
// Whoever waits takes the channel before looking for news: nothing that comes in between is missed.
type signal struct {
	mu sync.Mutex
	ch chan struct{} // closed by the next fire; nil while nobody waits
}

// next is a channel that the next fire closes.
func (s *signal) next() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ch == nil {
		s.ch = make(chan struct{})
	}
	return s.ch
}

func (s *signal) fire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ch != nil {
		close(s.ch)
		s.ch = nil
	}
}
