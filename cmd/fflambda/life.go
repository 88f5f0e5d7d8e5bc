package main

import (
	"context"
	"fmt"
	"sync"
	"time"
)

const (
	rescueEvery  = 15 * time.Second
	sweepEvery   = time.Hour
	shutdownTime = 15 * time.Second
)

// recover clears up after a server that did not stop by itself: this process holds the lock, so whatever
// looks as if it were running is not.
func (h *home) recover(ctx context.Context) error {
	if err := clearFolder(workPath(h.config.Data)); err != nil {
		return err
	}
	if _, err := h.queue.Recover(ctx); err != nil {
		return fmt.Errorf("recover the queue: %w", err)
	}
	if err := h.rescue.Restart(ctx); err != nil {
		return fmt.Errorf("recover jobs: %w", err)
	}
	return nil
}

// start runs the workers and the housekeeping until ctx ends. The channel closes when all of them have stopped.
func (h *home) start(ctx context.Context) <-chan struct{} {
	var parts sync.WaitGroup
	parts.Go(func() { h.pool.Run(ctx) })
	parts.Go(func() { h.rescue.Run(ctx, rescueEvery) })
	parts.Go(func() { h.sweep(ctx) })
	done := make(chan struct{})
	go func() {
		defer close(done)
		parts.Wait()
	}()
	return done
}

// sweep deletes files past their retention, now and then every hour.
func (h *home) sweep(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		removed, err := h.store.Sweep(ctx, time.Now().Add(-h.config.Retention))
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			h.log.Error("sweep", "err", err)
		case removed > 0:
			h.log.Info("swept", "files", removed)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// close releases what open took, also where open failed half-way.
func (h *home) close(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
	defer cancel()
	if h.store != nil {
		if err := h.store.Close(ctx); err != nil {
			h.log.Error("close the bucket", "err", err)
		}
	}
	if h.db != nil {
		if err := h.db.Close(); err != nil {
			h.log.Error("close the database", "err", err)
		}
	}
	if h.lock != nil {
		_ = h.lock.Unlock() // the process's end does it too
	}
}
