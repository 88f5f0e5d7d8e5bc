package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

const (
	lease      = 30 * time.Second // of a running job
	shortest   = 6 * time.Second  // of one in a table in a hurry
	diskFull   = 4 * time.Second
	mostStarts = 10 // of a server, until one of them meets no fault
)

// event is something that goes wrong outside the service.
type event struct {
	name   string
	weight int
	happen func(context.Context, *server, *rand.Rand) error
}

// storm makes something go wrong every few seconds.
type storm struct {
	*world
	counts map[string]int
	fell   []string // servers that ended by themselves
}

func newStorm(w *world) *storm { return &storm{world: w, counts: map[string]int{}} }

func (s *storm) events() []event {
	return []event{
		{"kill -9, started at once", 6, s.killed},
		{"SIGTERM, started at once", 4, s.terminated},
		{"SIGSTOP for longer than the lease", 1, s.frozen},
		{"disk full", 3, s.filled},
		{"webhook receiver down", 3, s.deaf},
		{"inputs' host down", 2, s.cut},
	}
}

// run goes on until ctx ends. Whatever it took away is back when it returns.
func (s *storm) run(ctx context.Context, r *rand.Rand) error {
	all := s.events()
	total := 0
	for _, e := range all {
		total += e.weight
	}
	for {
		pause(ctx, s.every/2+time.Duration(r.Int64N(int64(s.every))))
		select {
		case <-ctx.Done():
			return nil
		default:
		}
		at := r.IntN(total)
		for _, e := range all {
			if at -= e.weight; at >= 0 {
				continue
			}
			v := s.servers[r.IntN(len(s.servers))]
			if err := e.happen(ctx, v, r); err != nil {
				return fmt.Errorf("%s: %w", e.name, err)
			}
			s.counts[e.name]++
			if !v.alive() {
				s.fell = append(s.fell, fmt.Sprintf("%s after %q: %s", v.url, e.name, tail(v.log)))
				if err := s.again(ctx, v); err != nil {
					return err
				}
			}
			break
		}
	}
}

func (s *storm) killed(ctx context.Context, v *server, _ *rand.Rand) error {
	return errors.Join(v.kill(), s.again(ctx, v))
}

func (s *storm) terminated(ctx context.Context, v *server, _ *rand.Rand) error {
	return errors.Join(v.stop(syscall.SIGTERM), s.again(ctx, v))
}

// again starts a server that has ended, whatever ends the storm: as a supervisor does, until it stays. One that meets a
// fault while it clears up after the one before ends with an error.
func (s *storm) again(ctx context.Context, v *server) error {
	ctx = context.WithoutCancel(ctx)
	for range mostStarts - 1 {
		if v.start(ctx, s.disturbed(v)) == nil {
			return nil
		}
		s.counts["start that met a fault, started again"]++
		pause(ctx, againAfter)
	}
	return v.start(ctx, s.disturbed(v))
}

func (s *storm) frozen(ctx context.Context, v *server, _ *rand.Rand) error {
	if err := v.signal(syscall.SIGSTOP); err != nil {
		return err
	}
	pause(ctx, max(lease/time.Duration(s.hurry), shortest)+2*time.Second)
	return v.signal(syscall.SIGCONT)
}

// filled writes until there is no room on the server's disk. One that shares its disk with others is spared.
func (s *storm) filled(ctx context.Context, v *server, _ *rand.Rand) error {
	if len(s.mounted) == 0 {
		return nil
	}
	path := filepath.Join(v.data, "filler")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer os.Remove(path) //nolint:errcheck // it is gone with the disk at the latest
	defer f.Close()       //nolint:errcheck // nobody reads it
	if _, err := io.Copy(f, io.LimitReader(zeros{}, 2*diskSize)); !errors.Is(err, syscall.ENOSPC) {
		return fmt.Errorf("it does not fill: %w", err)
	}
	pause(ctx, diskFull)
	return nil
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { return len(b), nil }

func (s *storm) deaf(ctx context.Context, _ *server, r *rand.Rand) error {
	s.receiver.set(true)
	defer s.receiver.set(false)
	pause(ctx, time.Duration(5+r.IntN(55))*time.Second/time.Duration(s.hurry))
	return nil
}

func (s *storm) cut(ctx context.Context, _ *server, r *rand.Rand) error {
	s.source.set(true)
	defer s.source.set(false)
	pause(ctx, time.Duration(1+r.IntN(5))*time.Second)
	return nil
}
