package fetch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/fflambda/fflambda/shared/job"
)

// What a Peek fetches where it says nothing else.
const (
	// ffprobe's probesize is 5,000,000 bytes of packets. Where it gets into the hole it searches it byte by byte:
	// with 4 MiB of a 20 Mbit/s film and a hole of 40 MiB it takes twice the time that it takes with 6.
	defaultHead = 6 << 20
	// The clocks of a transport stream are read from the last 250,000 bytes, and where a stream has none there, from
	// twice as many, and again. The index of an hour of film (moov, Cues, idx1) has 1 to 5 MB.
	defaultTail  = 4 << 20
	defaultWhole = 16 << 20 // nearly every picture and piece of music
	defaultReads = 64
	defaultBytes = 96 << 20
)

// ErrScattered is Peek's answer for a file whose index is too large, or lies in too many places, for its limits:
// a film in hundreds of fragments without a list of them, or one that was made to keep us busy. Whoever wants to know
// what is in it has to fetch it whole.
var ErrScattered = errors.New("the file's index is too large or too scattered to be read in parts")

type ranger interface {
	// Head describes an object of our bucket; job.ErrNoObject if there is none.
	Head(ctx context.Context, key string) (job.ObjectInfo, error)
	// GetRange opens n bytes of it, from an offset on; an error if it is not the object that was described.
	GetRange(ctx context.Context, object job.ObjectInfo, from, n int64) (io.ReadCloser, error)
}

// Peek brings to disk of an object of our bucket what ffprobe looks at, so that it describes in a second what would
// take half a minute to fetch. ffprobe finds a file of the object's full length: its beginning, its end, and the index
// that its container has in between are filled in; the rest is a hole, which reads as zeros and takes no room.
//
// Give the file the extension that the object has: ffprobe goes by it where a picture could be several things.
//
// The limits hold for any content, however it was forged. Time is limited by the context alone.
type Peek struct {
	Objects ranger

	// Each of these has a default for 0.
	Head  int64 // bytes of the beginning; 6 MiB. With less, ffprobe looks into the hole
	Tail  int64 // bytes of the end; 4 MiB
	Whole int64 // an object of up to so many bytes is fetched whole; 16 MiB
	Reads int64 // at most so many reads of one object, each of up to 8 MiB; 64
	Bytes int64 // at most so many bytes of one object; 96 MiB. Whole, and Head + Tail, must fit in
}

// Fetch writes what ffprobe needs of the object to the new file path (0600). On failure there is no file.
// Errors: job.ErrNoObject, ErrScattered; any other is ctx's, the disk's or the bucket's, which may say that the object
// was replaced between two reads.
func (p Peek) Fetch(ctx context.Context, key, path string) error {
	object, err := p.Objects.Head(ctx, key)
	if err != nil {
		return fmt.Errorf("peek: %w", err)
	}
	return p.FetchObject(ctx, object, path)
}

// FetchObject is Fetch for whoever knows the object already.
func (p Peek) FetchObject(ctx context.Context, object job.ObjectInfo, path string) (err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("peek at %s: %w", object.Key, withoutPath(err))
	}
	defer func() {
		if closing := file.Close(); err == nil {
			err = closing
		}
		if err != nil {
			err = fmt.Errorf("peek at %s: %w", object.Key, withoutPath(err))
			os.Remove(path)
		}
	}()
	if err := file.Truncate(object.Bytes); err != nil {
		return err
	}
	return p.fill(ctx, &sparse{
		object: object, objects: p.Objects, file: file,
		reads: or(p.Reads, defaultReads), bytes: or(p.Bytes, defaultBytes),
	})
}

// fill fetches the beginning and the end, and then what the container says lies elsewhere.
func (p Peek) fill(ctx context.Context, f *sparse) error {
	size := f.object.Bytes
	head, tail := or(p.Head, defaultHead), or(p.Tail, defaultTail)
	if size <= max(or(p.Whole, defaultWhole), head+tail) {
		return f.need(ctx, span{0, size})
	}
	if err := f.need(ctx, span{0, head}, span{size - tail, size}); err != nil {
		return err
	}
	magic, err := f.look(ctx, 0, 12)
	if err != nil {
		return err
	}
	switch {
	case isBox(magic):
		return (&boxes{sparse: f, lead: head}).walk(ctx)
	case bytes.HasPrefix(magic, []byte("RIFF")), bytes.HasPrefix(magic, []byte("RF64")), bytes.HasPrefix(magic, []byte("BW64")):
		return f.walkRIFF(ctx)
	case bytes.HasPrefix(magic, []byte("GIF8")):
		return f.need(ctx, span{0, size}) // how long it plays stands between its pictures
	}
	start, err := f.start(ctx, magic)
	if err != nil || start < head/2 {
		return err
	}
	return f.need(ctx, span{0, start + head})
}
