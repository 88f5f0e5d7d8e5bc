package localbucket

import (
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/fflambda/fflambda/shared/job"
)

// TestReceiveFails: a body that ends in any way but its own is answered with the reason, and nothing is kept of it.
// What was uploaded before stays.
func TestReceiveFails(t *testing.T) {
	t.Parallel()
	f := &folder{path: t.TempDir()}
	root, err := f.open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.close() })
	v := &receiver{keys: keys{"access", "secret"}, folder: f, path: "/media/", most: 1000, log: slog.New(slog.DiscardHandler)}
	key := job.TempKey(job.NewID())
	put := func(body io.Reader, size int64) int {
		r := httptest.NewRequestWithContext(t.Context(), "PUT", signed(t, v.keys, "http://media.example/media/"+key), body)
		r.ContentLength = size
		found, ok := v.key(r)
		if !ok || found != key {
			t.Fatalf("it is not taken for an upload of %s: %s", key, found)
		}
		w := httptest.NewRecorder()
		v.serve(w, r, key)
		return w.Code
	}
	if status := put(strings.NewReader(strings.Repeat("x", 1000)), -1); status != 200 {
		t.Fatalf("the most there may be: %d", status)
	}
	endless := func() io.Reader { return iotest.OneByteReader(strings.NewReader(strings.Repeat("y", 5000))) }
	failing := func(err error) io.Reader { return io.MultiReader(strings.NewReader("some"), iotest.ErrReader(err)) }
	for name, c := range map[string]struct {
		body io.Reader
		size int64
		want int
	}{
		"one byte more":   {strings.NewReader(strings.Repeat("y", 1001)), -1, 413},
		"declared longer": {iotest.ErrReader(errors.New("it was read")), 1001, 413},
		"without an end":  {endless(), -1, 413},
		"cut":             {failing(io.ErrUnexpectedEOF), -1, 400},
		"stalled":         {failing(os.ErrDeadlineExceeded), -1, 408},
		"a full disk":     {failing(&fs.PathError{Op: "write", Path: "/x", Err: syscall.ENOSPC}), -1, 507},
		"a broken disk":   {failing(&fs.PathError{Op: "write", Path: "/x", Err: syscall.EIO}), -1, 503},
	} {
		if status := put(c.body, c.size); status != c.want {
			t.Errorf("%s: %d, want %d", name, status, c.want)
		}
	}
	if text, err := root.ReadFile(key); err != nil || string(text) != strings.Repeat("x", 1000) {
		t.Errorf("the first upload is %d bytes, %v", len(text), err)
	}
	left, err := fs.Glob(root.FS(), ".sgwtmp/*")
	if err != nil || len(left) != 0 {
		t.Errorf("%v, %v are left", left, err)
	}
}

// signed is a URL that allows any PUT there.
func signed(t *testing.T, k keys, link string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "PUT", link+"?X-Amz-Expires=60", nil)
	if err != nil {
		t.Fatal(err)
	}
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
	url, _, err := signer.PresignHTTP(t.Context(), aws.Credentials{AccessKeyID: k.Access, SecretAccessKey: k.Secret}, r, "UNSIGNED-PAYLOAD", "s3", region, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return url
}
