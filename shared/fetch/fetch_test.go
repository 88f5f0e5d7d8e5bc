package fetch

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fflambda/fflambda/shared/job"
)

var loopback = netip.MustParsePrefix("127.0.0.0/8")

// media stands for a video: bytes that no sniffer takes for text.
var media = bytes.Repeat([]byte{0, 0, 0, 0x18, 'f', 't', 'y', 'p', 'm', 'p', '4', '2'}, 1000)

// outcome is what a test compares of a failed fetch.
type outcome struct {
	Code  job.Code
	Retry bool
}

func outcomeOf(t *testing.T, err error) outcome {
	t.Helper()
	failure, ok := errors.AsType[*job.Failure](err)
	if !ok {
		t.Fatalf("got error %v, want a *job.Failure", err)
	}
	if failure.Message == "" {
		t.Error("the failure says nothing")
	}
	for _, secret := range []string{"sEcReT", "hunter2", os.TempDir()} {
		if strings.Contains(failure.Message, secret) {
			t.Errorf("the failure tells %q: %s", secret, failure.Message)
		}
	}
	return outcome{failure.Code, failure.Retry}
}

// fetchInto fetches and checks that a failed fetch leaves nothing behind.
func fetchInto(t *testing.T, f *Fetcher, rawURL string) ([]byte, error) {
	t.Helper()
	dir := t.TempDir()
	dst := filepath.Join(dir, "in")
	n, err := f.Fetch(t.Context(), rawURL, dst)
	if err != nil {
		left, _ := os.ReadDir(dir)
		if len(left) > 0 || n != 0 {
			t.Errorf("a failed fetch left %v and said %d bytes", left, n)
		}
		return nil, err
	}
	got, err := os.ReadFile(dst)
	if err != nil {
		t.Fatal(err)
	}
	if int64(len(got)) != n {
		t.Errorf("said %d bytes, wrote %d", n, len(got))
	}
	return got, nil
}

func serve(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

func TestFetch(t *testing.T) {
	t.Parallel()
	var got http.Header
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got = r.Header
		_, _ = w.Write(media)
	})
	data, err := fetchInto(t, New(Config{AllowPrivate: []netip.Prefix{loopback}, UserAgent: "test/1"}), base+"/a b.mp4?sig=sEcReT#part")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(data, media) {
		t.Error("the file differs from what was served")
	}
	want := http.Header{"User-Agent": {"test/1"}, "Accept": {"*/*"}, "Accept-Encoding": {"identity"}, "Connection": {"close"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("request headers (-want +got):\n%s", diff)
	}
}

func TestFetchKeepsExistingFile(t *testing.T) {
	t.Parallel()
	base := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(media) })
	dst := filepath.Join(t.TempDir(), "in")
	if err := os.WriteFile(dst, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := New(Config{AllowPrivate: []netip.Prefix{loopback}}).Fetch(t.Context(), base, dst)
	if !errors.Is(err, os.ErrExist) || strings.Contains(err.Error(), dst) {
		t.Errorf("got %v, want an error that there is a file, without its path", err)
	}
	if data, _ := os.ReadFile(dst); string(data) != "mine" {
		t.Errorf("the file was changed to %q", data)
	}
}

func TestFetchAll(t *testing.T) {
	t.Parallel()
	var inside atomic.Int32
	all := make(chan struct{})
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if inside.Add(1) == 3 {
			close(all) // only when the three are fetched at the same time
		}
		select {
		case <-all:
			_, _ = io.WriteString(w, r.URL.Path)
		case <-r.Context().Done():
		}
	})
	dir := t.TempDir()
	items := []Item{
		{"one", base + "/1", filepath.Join(dir, "1")},
		{"two", base + "/22", filepath.Join(dir, "2")},
		{"three", base + "/333", filepath.Join(dir, "3")},
	}
	sizes, err := New(Config{AllowPrivate: []netip.Prefix{loopback}}).FetchAll(t.Context(), items)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int64{2, 3, 4}, sizes); diff != "" {
		t.Errorf("sizes (-want +got):\n%s", diff)
	}
}

func TestFetchAllEndsAtFirstFailure(t *testing.T) {
	t.Parallel()
	hanging := make(chan struct{})
	var ended atomic.Bool
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/bad" {
			<-hanging
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(media)
		_ = http.NewResponseController(w).Flush()
		close(hanging)
		<-r.Context().Done()
		ended.Store(true)
	})
	dir := t.TempDir()
	_, err := New(Config{AllowPrivate: []netip.Prefix{loopback}}).FetchAll(t.Context(), []Item{
		{"slow.mp4", base + "/slow", filepath.Join(dir, "slow")},
		{"bad.mp4", base + "/bad", filepath.Join(dir, "bad")},
	})
	if diff := cmp.Diff(outcome{Code: job.InputUnreachable}, outcomeOf(t, err)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if want := "bad.mp4: " + base + " answered 404"; !strings.Contains(err.Error(), want) {
		t.Errorf("got %q, want it to hold %q", err, want)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left %v", left)
	}
}

func TestFetchCancelled(t *testing.T) {
	t.Parallel()
	reached := make(chan struct{})
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/body" {
			_, _ = w.Write(media)
			_ = http.NewResponseController(w).Flush()
		}
		reached <- struct{}{}
		<-r.Context().Done()
	})
	f := New(Config{AllowPrivate: []netip.Prefix{loopback}})
	for _, path := range []string{"/header", "/body"} {
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			<-reached
			cancel()
		}()
		dir := t.TempDir()
		_, err := f.Fetch(ctx, base+path+"?sig=sEcReT", filepath.Join(dir, "in"))
		if !errors.Is(err, context.Canceled) || strings.Contains(err.Error(), "sEcReT") {
			t.Errorf("%s: got %v, want context.Canceled without the query", path, err)
		}
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("%s: left %v", path, left)
		}
	}
}

func TestOwnGoesPastTheNetwork(t *testing.T) {
	t.Parallel()
	own := func(u *url.URL) http.RoundTripper {
		if u.Host != "files.internal:9" {
			return nil
		}
		return roundTrip(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, ContentLength: 4, Body: io.NopCloser(strings.NewReader("ours"))}, nil
		})
	}
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://files.internal:9/bucket/a?X-Amz-Signature=1", http.StatusFound)
	})
	f := New(Config{Own: own, AllowPrivate: []netip.Prefix{loopback}})
	for _, rawURL := range []string{"http://files.internal:9/bucket/a", base} {
		if data, err := fetchInto(t, f, rawURL); err != nil || string(data) != "ours" {
			t.Errorf("%s: got %q, %v", rawURL, data, err)
		}
	}
	// The way is not used for what an own URL leads to.
	away := func(u *url.URL) http.RoundTripper {
		if u.Host != "files.internal:9" {
			return nil
		}
		return roundTrip(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 302, Header: http.Header{"Location": {"http://127.0.0.1:1/"}}, Body: http.NoBody}, nil
		})
	}
	_, err := fetchInto(t, New(Config{Own: away}), "http://files.internal:9/bucket/a")
	if got := outcomeOf(t, err); got.Code != job.InputForbidden {
		t.Errorf("got %v, want input_forbidden", err)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (r roundTrip) RoundTrip(request *http.Request) (*http.Response, error) { return r(request) }

// short limits for tests of slowness. The handlers block until the client has gone, so a test takes one limit.
const short = 50 * time.Millisecond
