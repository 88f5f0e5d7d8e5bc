//go:build chaos

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"

	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/service"
)

// firstHidden is for how long a message is hidden that was just received, in a queue in a hurry. Its receiver says more
// of one that takes longer.
const firstHidden = time.Minute

// outOfOrder is how late a message comes at the most that others overtake.
const outOfOrder = 3 * time.Second

// chaosQueue is a queue that delivers twice and out of order, and whose calls fail now and then.
type chaosQueue struct {
	service.Queue
	chaos *chaos
	waits bool // delays are to be made quick here: nobody else does it
}

func (q *chaosQueue) Send(ctx context.Context, body, group string, delay time.Duration) error {
	if q.waits {
		delay = q.chaos.quick(delay)
	}
	if q.chaos.draw("send", faultLate) != "" {
		delay += q.chaos.upTo(outOfOrder)
	}
	err := q.chaos.run(ctx, "send", func() error { return q.Queue.Send(ctx, body, group, delay) })
	if err == nil && q.chaos.draw("send", faultTwice) != "" {
		return q.Queue.Send(ctx, body, group, q.chaos.upTo(outOfOrder))
	}
	return err
}

// Receive is only to fail after it has received: one that fails before is one that waits.
func (q *chaosQueue) Receive(ctx context.Context) (job.Message, error) {
	m, err := q.Queue.Receive(ctx)
	if err != nil {
		return m, err
	}
	if q.chaos.hurry > 1 {
		if err := q.Queue.Extend(ctx, m, q.chaos.quick(firstHidden)); err != nil {
			return job.Message{}, err
		}
	}
	if q.chaos.draw("receive", faultAfter) != "" {
		return job.Message{}, q.chaos.failure("receive")
	}
	return m, nil
}

func (q *chaosQueue) Extend(ctx context.Context, m job.Message, visibility time.Duration) error {
	return q.chaos.run(ctx, "extend", func() error { return q.Queue.Extend(ctx, m, q.chaos.quick(visibility)) })
}

func (q *chaosQueue) Delete(ctx context.Context, m job.Message) error {
	return q.chaos.run(ctx, "delete", func() error { return q.Queue.Delete(ctx, m) })
}

func (q *chaosQueue) Dead(ctx context.Context, limit int) ([]job.Message, error) {
	return meet(ctx, q.chaos, "dead", func() ([]job.Message, error) { return q.Queue.Dead(ctx, limit) })
}

// chaosFiles is a bucket whose calls fail now and then, some in the middle.
type chaosFiles struct {
	service.Files
	chaos *chaos
}

// Put leaves half an object under the key where it fails in the middle.
func (b *chaosFiles) Put(ctx context.Context, key string, f *os.File, contentType string) error {
	switch b.chaos.draw("put", faultHalf, faultFull) {
	case faultFull:
		return fmt.Errorf("put: %w: %w", errChaos, syscall.ENOSPC)
	case faultHalf:
		whole, err := os.ReadFile(f.Name())
		if err != nil {
			return err
		}
		if err := b.Files.PutBytes(ctx, key, whole[:len(whole)/2], contentType); err != nil {
			return err
		}
		return b.chaos.failure("put")
	}
	return b.chaos.run(ctx, "put", func() error { return b.Files.Put(ctx, key, f, contentType) })
}

func (b *chaosFiles) PutBytes(ctx context.Context, key string, body []byte, contentType string) error {
	return b.chaos.run(ctx, "put", func() error { return b.Files.PutBytes(ctx, key, body, contentType) })
}

func (b *chaosFiles) Get(ctx context.Context, key string) (io.ReadCloser, job.ObjectInfo, error) {
	if b.chaos.draw("get", faultBefore) != "" {
		return nil, job.ObjectInfo{}, b.chaos.failure("get")
	}
	return b.Files.Get(ctx, key)
}

func (b *chaosFiles) Head(ctx context.Context, key string) (job.ObjectInfo, error) {
	return meet(ctx, b.chaos, "head", func() (job.ObjectInfo, error) { return b.Files.Head(ctx, key) })
}

func (b *chaosFiles) Copy(ctx context.Context, from, to string, size int64) error {
	return b.chaos.run(ctx, "copy", func() error { return b.Files.Copy(ctx, from, to, size) })
}

func (b *chaosFiles) Delete(ctx context.Context, keys ...string) error {
	return b.chaos.run(ctx, "delete object", func() error { return b.Files.Delete(ctx, keys...) })
}
