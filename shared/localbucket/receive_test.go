package localbucket_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/localbucket"
)

// tempLink is a URL for the upload of a new temporary file.
func tempLink(t *testing.T) (link, key string) {
	t.Helper()
	key = job.TempKey(job.NewID())
	return must(t)(shared.store.Load().PresignPut(t.Context(), key, time.Hour, "", -1)), key
}

// halfReceived counts what uploads under way have on the disk.
func halfReceived(t *testing.T) int {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(shared.config.Dir, "media", ".sgwtmp", "receiving-*"))
	if err != nil {
		t.Fatal(err)
	}
	return len(found)
}

func TestTempUploadTakesAnyBody(t *testing.T) {
	t.Parallel()
	store := shared.store.Load()
	const text = "any bytes \x00\r\n"
	for name, c := range map[string]struct {
		options []func(*http.Request)
		want    string
	}{
		"no type":    {[]func(*http.Request){length(int64(len(text)))}, "application/octet-stream"},
		"a type":     {[]func(*http.Request){length(int64(len(text))), header("Content-Type", "video/mp4")}, "video/mp4"},
		"chunks":     {[]func(*http.Request){length(-1)}, "application/octet-stream"},
		"typed":      {[]func(*http.Request){length(-1), header("Content-Type", "text/plain;charset=UTF-8")}, "text/plain;charset=UTF-8"},
		"a form":     {[]func(*http.Request){length(-1), header("Content-Type", "multipart/form-data; boundary=x")}, "multipart/form-data; boundary=x"},
		"no type at": {[]func(*http.Request){length(-1), header("Content-Type", ";;")}, "application/octet-stream"},
		"encoded":    {[]func(*http.Request){length(-1), header("Content-Encoding", "gzip")}, "application/octet-stream"},
		"expecting":  {[]func(*http.Request){length(-1), header("Expect", "100-continue")}, "application/octet-stream"},
		"by a key":   {[]func(*http.Request){length(-1), header("Authorization", "Bearer of nothing")}, "application/octet-stream"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			link, key := tempLink(t)
			if got := do(t, "PUT", link, io.NopCloser(strings.NewReader(text)), c.options...); got.status != 200 || got.body != "" || got.header.Get("Access-Control-Allow-Origin") != "*" {
				t.Fatalf("%d %v %s", got.status, got.header, got.body)
			}
			info, err := store.Head(t.Context(), key) // through the gateway: it takes the file for one of its own
			if err != nil || info.Bytes != int64(len(text)) || info.ContentType != c.want || len(info.ETag) < 10 {
				t.Fatalf("%+v, %v", info, err)
			}
			f, opened, err := store.Open(t.Context(), key)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = f.Close() }()
			if opened.ETag != info.ETag || opened.ContentType != c.want {
				t.Errorf("as a file it is %+v, over S3 %+v", opened, info)
			}
			if got, err := io.ReadAll(f); err != nil || string(got) != text {
				t.Errorf("%q %v", got, err)
			}
			part, err := store.GetRange(t.Context(), info, 4, 5)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = part.Close() }()
			if got, err := io.ReadAll(part); err != nil || string(got) != "bytes" {
				t.Errorf("%q %v", got, err)
			}
		})
	}
}

func TestTempUploadEmptyAndTwice(t *testing.T) {
	t.Parallel()
	link, key := tempLink(t)
	tag := ""
	for _, text := range []string{"first", "", "the last counts"} {
		if got := do(t, "PUT", link, strings.NewReader(text)); got.status != 200 {
			t.Fatalf("%d %s", got.status, got.body)
		}
		info, err := shared.store.Load().Head(t.Context(), key)
		if err != nil || info.Bytes != int64(len(text)) || info.ETag == tag {
			t.Errorf("%q: %+v, %v", text, info, err)
		}
		tag = info.ETag
	}
}

func TestTempUploadRefused(t *testing.T) {
	t.Parallel()
	link, key := tempLink(t)
	_, other := tempLink(t)
	for name, c := range map[string]struct {
		link    string
		options []func(*http.Request)
		status  int
		code    string
	}{
		"another key":     {strings.Replace(link, key, other, 1), nil, 403, "SignatureDoesNotMatch"},
		"another time":    {strings.Replace(link, "X-Amz-Expires=3600", "X-Amz-Expires=36000", 1), nil, 403, "SignatureDoesNotMatch"},
		"another method":  {link, []func(*http.Request){func(r *http.Request) { r.Method = "POST" }}, 403, "SignatureDoesNotMatch"},
		"no signature":    {shared.url + "/media/" + key, nil, 403, "AccessDenied"},
		"expired":         {expired(t, shared.url+"/media/"+key), nil, 403, "AccessDenied"},
		"a copy":          {link, []func(*http.Request){header("X-Amz-Copy-Source", "/media/uploads/bob/secret.mp4")}, 403, "AccessDenied"},
		"metadata":        {link, []func(*http.Request){header("X-Amz-Meta-Name", "x")}, 403, "AccessDenied"},
		"damaged":         {link, []func(*http.Request){header("Content-MD5", "AAAAAAAAAAAAAAAAAAAAAA==")}, 400, "BadDigest"},
		"declared longer": {link, []func(*http.Request){func(r *http.Request) { r.Body, r.ContentLength = io.NopCloser(zeros{}), job.TempMax+1 }}, 413, "EntityTooLarge"},
	} {
		got := do(t, "PUT", c.link, strings.NewReader("four"), c.options...)
		if got.status != c.status || got.code() != c.code {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	_, err := shared.store.Load().Head(t.Context(), key)
	wantError(t, err, job.ErrNoObject)
}

// TestTempUploadCut is not parallel: it counts what is left of all uploads.
func TestTempUploadCut(t *testing.T) {
	link, key := tempLink(t)
	at, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	for _, head := range []string{"Content-Length: 10\r\n\r\nhalf", "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"} {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", at.Host)
		if err != nil {
			t.Fatal(err)
		}
		_, err = fmt.Fprintf(conn, "PUT %s HTTP/1.1\r\nHost: %s\r\n%s", at.RequestURI(), at.Host, head)
		if err := errors.Join(err, conn.(*net.TCPConn).CloseWrite()); err != nil {
			t.Fatal(err)
		}
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(resp.Body)
		if got := (answer{body: string(text)}); err != nil || resp.StatusCode != 400 || got.code() != "IncompleteBody" {
			t.Errorf("%d %s %v", resp.StatusCode, text, err)
		}
		_ = resp.Body.Close()
		_ = conn.Close()
	}
	_, err = shared.store.Load().Head(t.Context(), key)
	wantError(t, err, job.ErrNoObject)
	if n := halfReceived(t); n != 0 {
		t.Errorf("%d files are left", n)
	}
}

// TestTempUploadOfAKilledProcess: what it had received in part is gone at the next start. Not parallel: it restarts.
func TestTempUploadOfAKilledProcess(t *testing.T) {
	left := filepath.Join(shared.config.Dir, "media", ".sgwtmp", "receiving-ABC")
	if err := errors.Join(os.MkdirAll(filepath.Dir(left), 0o700), os.WriteFile(left, []byte("half"), 0o600)); err != nil {
		t.Fatal(err)
	}
	link, key := tempLink(t)
	if got := do(t, "PUT", link, strings.NewReader("whole")); got.status != 200 {
		t.Fatalf("%d %s", got.status, got.body)
	}
	if err := shared.store.Load().Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	store, err := localbucket.Open(t.Context(), shared.config)
	if err != nil {
		t.Fatal(err)
	}
	shared.store.Store(store)
	if n := halfReceived(t); n != 0 {
		t.Errorf("%d files are left", n)
	}
	if info, err := shared.store.Load().Head(t.Context(), key); err != nil || info.Bytes != 5 {
		t.Errorf("%+v %v", info, err)
	}
}

func TestSweepTemp(t *testing.T) {
	t.Parallel()
	store := shared.store.Load()
	age := func(hours int) string {
		link, key := tempLink(t)
		if got := do(t, "PUT", link, strings.NewReader("x")); got.status != 200 {
			t.Fatalf("%d %s", got.status, got.body)
		}
		at := time.Now().Add(-time.Duration(hours) * time.Hour)
		if err := os.Chtimes(filepath.Join(shared.config.Dir, "media", key), at, at); err != nil {
			t.Fatal(err)
		}
		return key
	}
	fresh, held, old := age(23), age(240), age(25)
	before := time.Now().Add(-job.TempLife)
	down := errors.New("the table is down")
	if removed, err := store.SweepTemp(t.Context(), before, func(context.Context) (map[string]bool, error) { return nil, down }); removed != 0 || !errors.Is(err, down) {
		t.Errorf("while nobody can tell what is needed: removed %d, %v", removed, err)
	}
	needed := func(context.Context) (map[string]bool, error) { return map[string]bool{held: true}, nil }
	if removed, err := store.SweepTemp(t.Context(), before, needed); removed != 1 || err != nil {
		t.Errorf("removed %d, %v", removed, err)
	}
	for key, want := range map[string]bool{fresh: true, held: true, old: false} {
		if _, err := store.Head(t.Context(), key); (err == nil) != want {
			t.Errorf("%s: %v, want it there: %v", key, err, want)
		}
	}
	never := func(context.Context) (map[string]bool, error) { t.Error("asked for nothing"); return nil, nil }
	if _, err := store.SweepTemp(t.Context(), before.Add(-1000*time.Hour), never); err != nil {
		t.Error(err)
	}
}
