package fetch

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"
)

// slowError is the cause with which a watchdog ends a fetch.
type slowError struct {
	what  string // "did not answer"
	limit time.Duration
}

func (e *slowError) Error() string { return e.what + " within " + e.limit.String() }

// watchdog ends a fetch whose present step takes too long. Each step arms it anew.
type watchdog struct {
	cancel context.CancelCauseFunc
	mu     sync.Mutex
	timer  *time.Timer // nil: at rest
}

// watch gives a context that the watchdog can end. The caller must call end.
func watch(parent context.Context) (context.Context, *watchdog) {
	ctx, cancel := context.WithCancelCause(parent)
	return ctx, &watchdog{cancel: cancel}
}

// arm ends the step before, and gives the next one limit. what finishes the sentence "the server … within 30s".
func (w *watchdog) arm(limit time.Duration, what string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.timer != nil {
		w.timer.Stop()
	}
	w.timer = time.AfterFunc(limit, func() { w.cancel(&slowError{what: what, limit: limit}) })
}

// rest stops watching.
func (w *watchdog) rest() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.timer != nil {
		w.timer.Stop()
		w.timer = nil
	}
}

// end stops watching and frees the context.
func (w *watchdog) end() {
	w.rest()
	w.cancel(nil)
}

// meter is a body that may pause for the stall limit at most, and whose errors are explained:
// an error of a copy from it that is no failure is the disk's.
type meter struct {
	ctx  context.Context // a reader has nowhere else to keep it; it lives for one fetch
	body io.Reader
	site string
	fed  func()
}

func (f *Fetcher) meter(ctx context.Context, dog *watchdog, site string, body io.Reader) *meter {
	m := &meter{ctx: ctx, body: body, site: site, fed: func() { dog.arm(f.c.Stall, "stopped sending") }}
	m.fed()
	return m
}

func (m *meter) Read(p []byte) (int, error) {
	n, err := m.body.Read(p)
	if n > 0 {
		m.fed()
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = explain(m.ctx, m.site, err)
	}
	return n, err
}
