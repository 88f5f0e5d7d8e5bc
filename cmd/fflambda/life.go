package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/fflambda/fflambda/shared/notify"
)

const (
	ingesters    = 2 // objects of the inbox at the same time
	rescueEvery  = 15 * time.Second
	sweepEvery   = time.Hour
	shutdownTime = 15 * time.Second
)

// recover clears up after a server that did not stop by itself: this process holds the lock, so whatever
// looks as if it were running is not.
func (h *home) recover(ctx context.Context) error {
	if err := h.pool.Clear(); err != nil {
		return err
	}
	if h.parts.recover == nil {
		return nil
	}
	if err := h.parts.recover(ctx); err != nil {
		return err
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
	parts.Go(func() {
		notify.Loop{Queue: h.parts.Notices, Handle: h.parts.Tell, AtOnce: notify.AtOnce, Log: h.log}.Run(ctx)
	})
	if h.parts.inbox != nil {
		parts.Go(func() {
			notify.Loop{Queue: h.parts.inbox, Handle: h.inbox.Handle, AtOnce: ingesters, Log: h.log}.Run(ctx)
		})
	}
	if h.parts.sweep != nil {
		parts.Go(func() { h.sweep(ctx) })
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		parts.Wait()
	}()
	return done
}

// sweep deletes files and records past their retention, now and then every hour.
func (h *home) sweep(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		removed, err := h.parts.sweep(ctx, time.Now().Add(-h.config.Retention))
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
	if h.parts != nil {
		if err := h.parts.close(ctx); err != nil {
			h.log.Error("close", "err", err)
		}
	}
	if h.lock != nil {
		_ = h.lock.Unlock() // the process's end does it too
	}
}
