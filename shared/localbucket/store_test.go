package localbucket_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/google/go-cmp/cmp"

	"github.com/fflambda/fflambda/shared/bucket"
	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/localbucket"
)

func download(name string) job.Download {
	return job.Download{FileName: name, ContentType: "video/x-test"}
}

func TestURLsOutliveARestart(t *testing.T) {
	put(t, "uploads/alice/kept.mp4", "kept")
	link := must(t)(shared.store.Load().PresignGet(t.Context(), "uploads/alice/kept.mp4", time.Hour, download("")))

	if _, err := localbucket.Open(t.Context(), shared.config); err == nil {
		t.Fatal("a second store was opened in one process")
	}
	if err := shared.store.Load().Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := do(t, "GET", link, nil); got.status != 503 || got.code() != "ServiceUnavailable" || strings.Contains(got.body, ".sock") {
		t.Errorf("while it is closed: %d %s", got.status, got.body)
	}
	for _, bad := range []string{"", "media.example.org", "ftp://a", "https://a/s3", "https://a?x=1", "https://u:p@a", "http://"} {
		c := shared.config
		c.PublicURL = bad
		if _, err := localbucket.Open(t.Context(), c); err == nil || !strings.Contains(err.Error(), "public URL") {
			t.Errorf("%q: %v", bad, err)
		}
	}
	staleSocket(t)
	store, err := localbucket.Open(t.Context(), shared.config)
	if err != nil {
		t.Fatal(err)
	}
	shared.store.Store(store)
	if got := do(t, "GET", link, nil); got.status != 200 || got.body != "kept" {
		t.Errorf("%d %s", got.status, got.body)
	}
	for name, want := range map[string]os.FileMode{
		shared.config.SecretFile:                            0o600,
		shared.config.Dir:                                   0o700,
		filepath.Join(shared.config.Dir, "media"):           0o700,
		filepath.Join(shared.config.Dir, ".s3.sock"):        0o600,
		shared.config.Dir + "/media/uploads/alice/kept.mp4": 0o600,
	} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v %v, want %v", filepath.Base(name), info.Mode(), err, want)
		}
	}
}

// staleSocket leaves what a killed process leaves: a socket that nobody listens on.
func staleSocket(t *testing.T) {
	t.Helper()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: ".s3.sock", Net: "unix"}) // the working directory is the store's
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestLargePutIsStreamed(t *testing.T) {
	const size = 128 << 20
	f := temp(t, size)
	put(t, "uploads/alice/warm.mp4", "warm")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if err := shared.store.Load().Put(t.Context(), "uploads/alice/large.mp4", f, "video/mp4"); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > size/4 {
		t.Errorf("%d MiB were allocated, by client and server, for a file of %d MiB", grown>>20, size>>20)
	}
	if info, err := shared.store.Load().Head(t.Context(), "uploads/alice/large.mp4"); err != nil || info.Bytes != size {
		t.Errorf("%+v %v", info, err)
	}
}

func TestRange(t *testing.T) {
	t.Parallel()
	put(t, "jobs/1/1/range.mp4", "0123456789")
	store := shared.store.Load()
	link := must(t)(store.PresignGet(t.Context(), "jobs/1/1/range.mp4", time.Minute, job.Download{}))
	for asked, want := range map[string]struct {
		status     int
		body, span string
	}{
		"bytes=2-4":  {206, "234", "bytes 2-4/10"},
		"bytes=-3":   {206, "789", "bytes 7-9/10"},
		"bytes=8-":   {206, "89", "bytes 8-9/10"},
		"bytes=20-":  {416, "", ""},
		"bytes=0-99": {206, "0123456789", "bytes 0-9/10"},
	} {
		got := do(t, "GET", link, nil, header("Range", asked))
		if got.status != want.status || (want.status == 206 && (got.body != want.body || got.header.Get("Content-Range") != want.span)) {
			t.Errorf("%s: %d %q %s", asked, got.status, got.body, got.header.Get("Content-Range"))
		}
	}
	if got := do(t, "HEAD", link, nil); got.status != 403 {
		t.Errorf("the URL of a GET, used for a HEAD: %d", got.status)
	}
	if got := do(t, "GET", shared.url+"/media/jobs/1/1/range.mp4", nil); got.status != 403 || got.code() != "AccessDenied" {
		t.Errorf("without a signature: %d %s", got.status, got.body)
	}
	if got := do(t, "GET", flip(link), nil); got.status != 403 || got.code() != "SignatureDoesNotMatch" {
		t.Errorf("with another signature: %d %s", got.status, got.body)
	}
	// A client that writes the query in its own way: the same values, so the same signature.
	named := must(t)(store.PresignGet(t.Context(), "jobs/1/1/range.mp4", time.Minute, download("ü.mp4")))
	if got := do(t, "GET", strings.ReplaceAll(named, "%3B", ";"), nil); got.status != 200 || !strings.Contains(named, "%3B") {
		t.Errorf("with ; as it is: %d %s", got.status, got.body)
	}
	gone := must(t)(store.PresignGet(t.Context(), "jobs/1/1/gone.mp4", time.Minute, job.Download{}))
	if got := do(t, "GET", gone, nil); got.status != 404 || got.code() != "NoSuchKey" {
		t.Errorf("a missing key: %d %s", got.status, got.body)
	}
}

func TestBrowsersOfAnyOrigin(t *testing.T) {
	t.Parallel()
	put(t, "uploads/alice/cors.mp4", "cors")
	got := do(t, "OPTIONS", shared.url+"/media/uploads/alice/cors.mp4?X-Amz-Signature=0", nil, header("Origin", "https://app.example.org"),
		header("Access-Control-Request-Method", "PUT"), header("Access-Control-Request-Headers", "content-type"))
	if got.status != 204 || got.header.Get("Access-Control-Allow-Origin") != "*" || got.header.Get("Access-Control-Allow-Headers") != "*" ||
		got.header.Get("Access-Control-Allow-Methods") != "GET, HEAD, PUT" {
		t.Errorf("preflight: %+v", got)
	}
	link := must(t)(shared.store.Load().PresignGet(t.Context(), "uploads/alice/cors.mp4", time.Minute, job.Download{}))
	got = do(t, "GET", link, nil, header("Origin", "https://app.example.org"), header("Range", "bytes=0-0"))
	want := []string{"ETag, Content-Range, Content-Length, Accept-Ranges, Content-Disposition"}
	if diff := cmp.Diff(want, got.header.Values("Access-Control-Expose-Headers")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"*"}, got.header.Values("Access-Control-Allow-Origin")); diff != "" {
		t.Error(diff)
	}
}

func TestOtherBucketsAndTheAdminAPIAreNotReached(t *testing.T) {
	t.Parallel()
	store := shared.store.Load()
	for path, want := range map[string]bool{"/media": true, "/media/": true, "/media/a//b": true, "/media2/a": false, "/": false, "/med": false, "/v1/media/x": false} {
		if got := store.Match(path); got != want {
			t.Errorf("Match(%q) = %v", path, got)
		}
	}
	if got := do(t, "PATCH", shared.url+"/media/create-user", nil); got.status < 400 {
		t.Errorf("%d %s", got.status, got.body)
	}
}

func TestPartsAndDelete(t *testing.T) {
	t.Parallel()
	b := bucket.New(client(t), bucket.Config{Name: "media", LocalEndpoint: true, MultipartAbove: 8 << 20})
	content := make([]byte, 20<<20)
	if _, err := rand.Read(content); err != nil {
		t.Fatal(err)
	}
	f := temp(t, 0)
	if _, err := f.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := b.Put(t.Context(), "jobs/2/1/parts.mp4", f, "video/mp4"); err != nil {
		t.Fatal(err)
	}
	body, info, err := b.Get(t.Context(), "jobs/2/1/parts.mp4")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = body.Close() }()
	got, err := io.ReadAll(body)
	if err != nil || !bytes.Equal(got, content) || info.Bytes != int64(len(content)) || info.ContentType != "video/mp4" {
		t.Errorf("%+v %v, same bytes: %v", info, err, bytes.Equal(got, content))
	}
	if err := b.Delete(t.Context(), "jobs/2/1/parts.mp4", "jobs/2/1/never.mp4", "jobs/2"); err != nil {
		t.Error(err)
	}
	_, _, err = b.Get(t.Context(), "jobs/2/1/parts.mp4")
	wantError(t, err, job.ErrNoObject)
	if _, err := os.Stat(filepath.Join(shared.config.Dir, "media/jobs/2")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder of a deleted job: %v", err)
	}
}

func TestOpen(t *testing.T) {
	t.Parallel()
	store := shared.store.Load()
	put(t, "jobs/3/1/a b//ü.mp4", "file")
	f, info, err := store.Open(t.Context(), "jobs/3/1/a b//ü.mp4")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	head, err := store.Head(t.Context(), "jobs/3/1/a b//ü.mp4")
	if err != nil {
		t.Fatal(err)
	}
	head.Modified, info.Modified = head.Modified.Truncate(time.Second), info.Modified.UTC().Truncate(time.Second)
	if diff := cmp.Diff(head, info); diff != "" {
		t.Error(diff)
	}
	if text, err := io.ReadAll(f); err != nil || string(text) != "file" {
		t.Errorf("%q %v", text, err)
	}
	folder := filepath.Join(shared.config.Dir, "media/jobs/3")
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	for link, target := range map[string]string{"inside.mp4": "1/a b/ü.mp4", "outside": "/etc", "file.mp4": shared.config.SecretFile, "1/up": ".."} {
		if err := os.Symlink(target, filepath.Join(folder, link)); err != nil {
			t.Fatal(err)
		}
	}
	for _, key := range []string{
		"jobs/3/inside.mp4", "jobs/3/outside/passwd", "jobs/3/file.mp4", "jobs/3/1/up/1/a b/ü.mp4", "jobs/3", "jobs/3/", "jobs/3/1/a b//ü.mp4/",
		"jobs/3/1/a b/ü.mp4/x", "", ".", "..", "../.s3.sock", "/etc/passwd", "jobs/../jobs/3/1/a b/ü.mp4", ".sgwtmp/x", "jobs/3/\x00", "jobs/" + strings.Repeat("x", 300),
	} {
		_, _, err := store.Open(t.Context(), key)
		if !errors.Is(err, job.ErrNoObject) {
			t.Errorf("%q: %v", key, err)
		}
	}
}

// begin starts an upload in parts that nobody completes, and returns its folder.
func begin(t *testing.T, parts int32) string {
	t.Helper()
	c, key := client(t), "uploads/sweep/parts.mp4"
	out, err := c.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{Bucket: aws.String("media"), Key: &key})
	if err != nil {
		t.Fatal(err)
	}
	for n := range parts {
		if _, err := c.UploadPart(t.Context(), &s3.UploadPartInput{
			Bucket: aws.String("media"), Key: &key, UploadId: out.UploadId, PartNumber: aws.Int32(n + 1), Body: strings.NewReader("part"),
		}); err != nil {
			t.Fatal(err)
		}
	}
	found, err := filepath.Glob(filepath.Join(shared.config.Dir, "media/.sgwtmp/multipart/*", *out.UploadId))
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	return found[0]
}

func TestSweep(t *testing.T) {
	t.Parallel()
	store := shared.store.Load()
	dir := filepath.Join(shared.config.Dir, "media")
	t.Cleanup(func() { _ = os.RemoveAll(dir + "/uploads/sweep") })
	put(t, "jobs/4/1/old.mp4", "old")
	put(t, "jobs/4/1/deep/old.mp4", "old")
	put(t, "jobs/4/2/new.mp4", "new")
	put(t, "uploads/sweep/old.mp4", "old")
	put(t, "inbox/old.mp4", "not ours to remove")
	abandoned, running, starting := begin(t, 1), begin(t, 1), begin(t, 0)
	crashed := filepath.Join(dir, ".sgwtmp/0123.tmp")
	if err := os.WriteFile(crashed, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-31 * 24 * time.Hour)
	parts, err := filepath.Glob(abandoned + "/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(parts, abandoned, crashed, dir+"/jobs/4/1/old.mp4", dir+"/jobs/4/1/deep/old.mp4", dir+"/uploads/sweep/old.mp4", dir+"/inbox/old.mp4") {
		if err := os.Chtimes(name, old, old); err != nil {
			t.Fatal(err)
		}
	}
	if removed, err := store.Sweep(t.Context(), time.Now().Add(-30*24*time.Hour)); removed != 3 || err != nil {
		t.Errorf("removed %d, %v", removed, err)
	}
	for name, want := range map[string]bool{
		dir + "/jobs/4/1": false, dir + "/uploads/sweep": false, abandoned: false, crashed: false,
		dir + "/jobs/4/2/new.mp4": true, dir + "/inbox/old.mp4": true, running + "/1": true, starting: true,
	} {
		if _, err := os.Lstat(name); (err == nil) != want {
			t.Errorf("%s is there: %v, want %v", strings.TrimPrefix(name, dir), err == nil, want)
		}
	}
	put(t, "uploads/sweep/again.mp4", "again")
	if _, err := store.Head(t.Context(), "uploads/sweep/again.mp4"); err != nil {
		t.Errorf("a put after the folder was swept: %v", err)
	}
}
