package fetch

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/fflambda/fflambda/shared/job"
)

const (
	piece     = 8 << 20  // bytes of one read: S3 gives one connection some 80 MB/s, several at once more
	pieces    = 4        // reads at once
	lookAhead = 16 << 10 // bytes read where a few are asked for: as quick, and the next ones are often near
)

// span is the bytes of an object from one offset up to another, which is not part of it.
type span struct{ from, to int64 }

// sparse is a file of an object's length that holds some parts of its content. It is used by one goroutine.
type sparse struct {
	object  job.ObjectInfo
	objects ranger
	file    *os.File
	have    []span // sorted, and they do not overlap
	reads   int64  // that may still be made
	bytes   int64  // that may still be read
}

// need sees to it that the file holds all of wanted, as far as the object reaches. ErrScattered: that costs more than is
// left to spend; nothing was read then.
func (f *sparse) need(ctx context.Context, wanted ...span) error {
	var missing []span
	var n int64
	for _, s := range wanted {
		for _, gap := range f.gaps(s) {
			for from := gap.from; from < gap.to; from += piece {
				missing = append(missing, span{from, min(from+piece, gap.to)})
			}
			n += gap.to - gap.from
		}
	}
	if int64(len(missing)) > f.reads || n > f.bytes {
		return ErrScattered
	}
	f.reads -= int64(len(missing))
	f.bytes -= n

	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(pieces)
	for _, s := range missing {
		group.Go(func() error { return f.read(ctx, s) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	f.have = append(f.have, missing...)
	slices.SortFunc(f.have, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	return nil
}

// gaps is what the file does not hold of s.
func (f *sparse) gaps(s span) []span {
	var gaps []span
	s.from, s.to = max(s.from, 0), min(s.to, f.object.Bytes)
	for _, h := range f.have {
		if h.to <= s.from {
			continue
		}
		if h.from >= s.to {
			break
		}
		if s.from < h.from {
			gaps = append(gaps, span{s.from, h.from})
		}
		s.from = h.to
	}
	if s.from < s.to {
		gaps = append(gaps, s)
	}
	return gaps
}

func (f *sparse) read(ctx context.Context, s span) error {
	body, err := f.objects.GetRange(ctx, f.object, s.from, s.to-s.from)
	if err != nil {
		return err
	}
	defer body.Close() //nolint:errcheck // only read from
	switch n, err := io.Copy(io.NewOffsetWriter(f.file, s.from), io.LimitReader(body, s.to-s.from)); {
	case err != nil:
		return fmt.Errorf("bytes %d-%d: %w", s.from, s.to-1, err)
	case n < s.to-s.from:
		return fmt.Errorf("bytes %d-%d: %w", s.from, s.to-1, io.ErrUnexpectedEOF)
	}
	return nil
}

// look returns the n bytes at an offset, or fewer at the object's end.
func (f *sparse) look(ctx context.Context, at int64, n int) ([]byte, error) {
	end := min(at+int64(n), f.object.Bytes)
	if len(f.gaps(span{at, end})) > 0 {
		if err := f.need(ctx, span{at, at + lookAhead}); err != nil {
			return nil, err
		}
	}
	head := make([]byte, max(0, end-at))
	_, err := f.file.ReadAt(head, at)
	return head, err
}
