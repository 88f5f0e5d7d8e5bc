package fetch

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fflambda/fflambda/shared/job"
)

// shelf is a bucket: a body and a length for each key.
type shelf map[string]struct {
	body  func(ctx context.Context) io.ReadCloser
	bytes int64
}

func (s shelf) Get(ctx context.Context, key string) (io.ReadCloser, job.ObjectInfo, error) {
	object, ok := s[key]
	if !ok {
		return nil, job.ObjectInfo{}, job.ErrNoObject
	}
	if object.body == nil {
		return nil, job.ObjectInfo{}, errors.New("the bucket is down")
	}
	return object.body(ctx), job.ObjectInfo{Key: key, Bytes: object.bytes}, nil
}

func inMemory(data []byte) func(context.Context) io.ReadCloser {
	return func(context.Context) io.ReadCloser { return io.NopCloser(bytes.NewReader(data)) }
}

func onDisk(t *testing.T, data []byte) func(context.Context) io.ReadCloser {
	path := filepath.Join(t.TempDir(), "object")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return func(context.Context) io.ReadCloser {
		file, err := os.Open(path)
		if err != nil {
			t.Error(err)
		}
		return file
	}
}

func TestObjects(t *testing.T) {
	t.Parallel()
	size := int64(len(media))
	f := New(Config{Bucket: "ours", MaxBytes: size, Stall: short, Objects: shelf{
		"stream":        {inMemory(media), size},
		"file":          {onDisk(t, media), size},
		"cut":           {inMemory(media[1:]), size},
		"cut file":      {onDisk(t, media[1:]), size},
		"large":         {inMemory(media), size + 1},
		"grows":         {inMemory(append(bytes.Clone(media), 0)), size},
		"empty":         {inMemory(nil), 0},
		"empty file":    {onDisk(t, nil), 0},
		"all cut":       {inMemory(nil), size},
		"page":          {onDisk(t, []byte("<html>")), 6},
		"stalls":        {stalling, size},
		"bucket down":   {},
		"is/a/dir.mp4/": {func(context.Context) io.ReadCloser { d, _ := os.Open(t.TempDir()); return d }, 0},
	}})
	for _, rawURL := range []string{"gs://ours/stream", "s3://ours/stream", "gs://ours/file", "GS://ours/file"} {
		if got, err := fetchInto(t, f, rawURL); err != nil || !bytes.Equal(got, media) {
			t.Errorf("%s: got %d bytes, %v", rawURL, len(got), err)
		}
	}
	for key, want := range map[string]outcome{
		"absent":     {job.InputUnreachable, false},
		"cut":        {job.InputUnreachable, true},
		"cut file":   {job.InputUnreachable, true},
		"large":      {job.InputTooLarge, false},
		"grows":      {job.InputTooLarge, false},
		"empty":      {job.InputNotMedia, false},
		"empty file": {job.InputNotMedia, false},
		"all cut":    {job.InputUnreachable, true},
		"page":       {job.InputNotMedia, false},
		"stalls":     {job.InputUnreachable, true},
	} {
		_, err := fetchInto(t, f, "gs://ours/"+key)
		if diff := cmp.Diff(want, outcomeOf(t, err)); diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", key, err, diff)
		}
	}
	for _, key := range []string{"bucket down", "is/a/dir.mp4/"} { // our own trouble is no failure of the input
		_, err := fetchInto(t, f, "gs://ours/"+key)
		if _, ok := errors.AsType[*job.Failure](err); err == nil || ok {
			t.Errorf("%s: got %v, want an error that is no *job.Failure", key, err)
		}
	}
}

func TestNoRoom(t *testing.T) {
	t.Parallel()
	base := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = w.Write(media[:1000])
	})
	for _, c := range []struct {
		free int64
		want outcome
	}{
		{free: 2000},
		{free: 1999, want: outcome{job.InputTooLarge, true}},
		{free: 0, want: outcome{job.InputTooLarge, true}},
	} {
		f := New(Config{
			AllowPrivate: []netip.Prefix{loopback},
			FreeSpace:    func(string) (int64, error) { return c.free, nil },
		})
		_, err := fetchInto(t, f, base)
		var got outcome
		if err != nil {
			got = outcomeOf(t, err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%d bytes free: %v (-want +got):\n%s", c.free, err, diff)
		}
	}
}

// /dev/full is a disk without room that does not say so before.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("no /dev/full here: ", err)
	}
	defer full.Close()
	_, err = New(Config{}).copy(t.Context(), full, &source{body: bytes.NewReader(media)})
	if diff := cmp.Diff(outcome{job.InputTooLarge, true}, outcomeOf(t, diskError("https://h", err))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestFreeSpace(t *testing.T) {
	t.Parallel()
	free, err := freeSpace(t.TempDir())
	if err != nil || free <= 0 {
		t.Errorf("got %d, %v", free, err)
	}
	if _, err := freeSpace(filepath.Join(t.TempDir(), "absent")); err == nil {
		t.Error("no error for a folder that is not there")
	}
}

// stalling gives some bytes, and then none until the fetch is given up.
func stalling(ctx context.Context) io.ReadCloser {
	return io.NopCloser(io.MultiReader(bytes.NewReader(media[:600]), blocked{ctx}))
}

type blocked struct{ ctx context.Context }

func (b blocked) Read([]byte) (int, error) {
	<-b.ctx.Done()
	return 0, b.ctx.Err()
}
