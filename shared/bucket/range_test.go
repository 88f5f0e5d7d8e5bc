package bucket_test

import (
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"testing"

	"github.com/fflambda/fflambda/shared/bucket"
	"github.com/fflambda/fflambda/shared/job"
)

var film = job.ObjectInfo{Key: "uploads/al/film.mp4", Bytes: 100, ETag: `"abc"`}

func TestGetRangeAsksForTheBytesOfTheDescribedObject(t *testing.T) {
	t.Parallel()
	asked := make(chan string, 1)
	b := open(t, bucket.Config{}, func(w http.ResponseWriter, r *http.Request) {
		asked <- r.Method + " " + r.URL.Path + " " + r.Header.Get("Range") + " " + r.Header.Get("If-Match")
		w.Header().Set("Content-Range", "bytes 10-14/100")
		w.WriteHeader(http.StatusPartialContent)
		_, _ = io.WriteString(w, "hello")
	})
	body, err := b.GetRange(t.Context(), film, 10, 5)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = body.Close() }()
	if text, err := io.ReadAll(body); err != nil || string(text) != "hello" {
		t.Errorf("%q, %v", text, err)
	}
	if got, want := <-asked, `GET /media/uploads/al/film.mp4 bytes=10-14 "abc"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestGetRangeRefusals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status int
		code   string
		want   error // nil: neither of the two
	}{
		{412, "PreconditionFailed", bucket.ErrChanged},
		{416, "InvalidRange", bucket.ErrChanged},
		{404, "NoSuchKey", job.ErrNoObject},
		{404, "NoSuchBucket", nil},
		{403, "AccessDenied", nil},
	} {
		b := open(t, bucket.Config{}, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(c.status)
			fmt.Fprintf(w, `<Error><Code>%s</Code></Error>`, c.code)
		})
		_, err := b.GetRange(t.Context(), film, 10, 5)
		if err == nil || c.want != nil && !errors.Is(err, c.want) ||
			c.want == nil && (errors.Is(err, bucket.ErrChanged) || errors.Is(err, job.ErrNoObject)) {
			t.Errorf("%s: %v", c.code, err)
		}
	}
}

// What is not the range is never taken for it: an S3 that ignores ranges, or that has another object.
func TestGetRangeChecksTheAnswer(t *testing.T) {
	t.Parallel()
	for got, replaced := range map[string]bool{
		"": false, "bytes 0-4/100": false, "bytes 10-13/100": false, "bytes 10-14/*": false, "bytes 10-14/200": true, "bytes 10-11/12": true,
	} {
		b := open(t, bucket.Config{}, func(w http.ResponseWriter, _ *http.Request) {
			if got != "" {
				w.Header().Set("Content-Range", got)
				w.WriteHeader(http.StatusPartialContent)
			}
			_, _ = io.WriteString(w, "hello")
		})
		if _, err := b.GetRange(t.Context(), film, 10, 5); err == nil || errors.Is(err, bucket.ErrChanged) != replaced {
			t.Errorf("%q for bytes 10-14/100: %v", got, err)
		}
	}
}

func TestGetRangeAsksForNothingOutside(t *testing.T) {
	t.Parallel()
	b := open(t, bucket.Config{}, func(http.ResponseWriter, *http.Request) { t.Error("S3 was asked") })
	for _, c := range []struct{ from, n int64 }{{-1, 5}, {0, 0}, {0, -1}, {0, 101}, {96, 5}, {100, 1}, {1, math.MaxInt64}} {
		if _, err := b.GetRange(t.Context(), film, c.from, c.n); err == nil {
			t.Errorf("%v: no error", c)
		}
	}
}

func TestGetRangeTellsACutOffAnswer(t *testing.T) {
	t.Parallel()
	b := open(t, bucket.Config{}, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Range", "bytes 10-14/100")
		w.Header().Set("Content-Length", "5")
		w.WriteHeader(http.StatusPartialContent)
		_, _ = io.WriteString(w, "he")
	})
	body, err := b.GetRange(t.Context(), film, 10, 5)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = body.Close() }()
	if _, err := io.ReadAll(body); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v", err)
	}
}
