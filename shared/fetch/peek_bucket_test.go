package fetch

import (
	"context"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fflambda/fflambda/shared/bucket"
	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/localbucket"
)

// openBucket opens an S3 on this machine. dir is where its objects lie.
func openBucket(tb testing.TB) (store *localbucket.Store, dir string) {
	tb.Helper()
	parent := tb.TempDir()
	store, err := localbucket.Open(tb.Context(), localbucket.Config{
		Dir: filepath.Join(parent, "files"), Bucket: "media", PublicURL: "http://127.0.0.1:1", SecretFile: filepath.Join(parent, "s3.json"),
	})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := store.Close(context.WithoutCancel(tb.Context())); err != nil {
			tb.Error(err)
		}
	})
	return store, filepath.Join(parent, "files", "media")
}

func store(tb testing.TB, s *localbucket.Store, key, path string) {
	tb.Helper()
	file, err := os.Open(path)
	if err != nil {
		tb.Fatal(err)
	}
	defer file.Close() //nolint:errcheck // only read from
	if err := s.Put(tb.Context(), key, file, "video/mp4"); err != nil {
		tb.Fatal(err)
	}
}

// stretch makes of an MP4 whose moov comes last one of size bytes, by a hole at the end of its mdat. ffmpeg's muxer
// leaves an empty box before mdat, so that there is room for a size of 64 bits.
func stretch(tb testing.TB, path string, size int64) {
	tb.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	free := int(binary.BigEndian.Uint32(text)) // after ftyp
	mdat := free + 8
	moov := mdat + int(binary.BigEndian.Uint32(text[mdat:]))
	if string(text[free+4:mdat]) != "free" || string(text[mdat+4:mdat+8]) != "mdat" || string(text[moov+4:moov+8]) != "moov" {
		tb.Fatal("not what ffmpeg writes")
	}
	tail := size - int64(len(text)-moov)
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		tb.Fatal(err)
	}
	_, err1 := file.WriteAt(claim("mdat", uint64(tail)-uint64(free)), int64(free))
	_, err2 := file.WriteAt(make([]byte, len(text)-moov), int64(moov))
	_, err3 := file.WriteAt(text[moov:], tail)
	if err := errors.Join(err1, err2, err3, file.Close()); err != nil {
		tb.Fatal(err)
	}
}

// replaced puts another object under the key once the first one is described.
type replaced struct {
	*localbucket.Store
	again func()
}

func (r replaced) Head(ctx context.Context, key string) (job.ObjectInfo, error) {
	defer r.again()
	return r.Store.Head(ctx, key)
}

func TestPeekInABucket(t *testing.T) {
	t.Parallel()
	const size, key = 2 << 30, "uploads/al/a b+ü.mp4"
	small := film(t, t.TempDir(), "-t", "0.5", "small.mp4")
	s, dir := openBucket(t)
	store(t, s, key, small)
	stretch(t, filepath.Join(dir, key), size)

	want, err := tools(t).Describe(t.Context(), small)
	if err != nil || want == nil {
		t.Fatal(want, err)
	}
	want.Bytes = size
	path := filepath.Join(t.TempDir(), "peeked.mp4")
	if err := (Peek{Objects: s}).Fetch(t.Context(), key, path); err != nil {
		t.Fatal(err)
	}
	got, err := tools(t).Describe(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}

	other := filepath.Join(t.TempDir(), "other")
	if err := os.WriteFile(other, filled(20<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	store(t, s, key, small)
	again := func() { store(t, s, key, other) }
	err = Peek{Objects: replaced{s, again}, Whole: 1, Head: 1 << 10, Tail: 1 << 10}.Fetch(t.Context(), key, filepath.Join(t.TempDir(), "x"))
	if !errors.Is(err, bucket.ErrChanged) {
		t.Errorf("an object that was replaced: %v", err)
	}
	err = Peek{Objects: s}.Fetch(t.Context(), "uploads/al/none", filepath.Join(t.TempDir(), "x"))
	if !errors.Is(err, job.ErrNoObject) {
		t.Errorf("no object: %v", err)
	}
}

// BenchmarkPeek is a film of 2 GiB whose index is at the end, from the bucket to its description.
func BenchmarkPeek(b *testing.B) {
	const size, key = 2 << 30, "uploads/al/film.mp4"
	small := film(b, b.TempDir(), "-t", "0.5", "small.mp4")
	s, dir := openBucket(b)
	store(b, s, key, small)
	stretch(b, filepath.Join(dir, key), size)
	path := filepath.Join(b.TempDir(), "peeked.mp4")
	var fetching time.Duration
	for b.Loop() {
		start := time.Now()
		if err := (Peek{Objects: s}).Fetch(b.Context(), key, path); err != nil {
			b.Fatal(err)
		}
		fetching += time.Since(start)
		if m, err := tools(b).Describe(b.Context(), path); err != nil || m == nil || m.Bytes != size {
			b.Fatal(m, err)
		}
		if err := os.Remove(path); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(fetching.Milliseconds())/float64(b.N), "fetch-ms/op")
}
