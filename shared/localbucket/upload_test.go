package localbucket_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/fflambda/fflambda/shared/job"
)

func TestUploadByPresignedURL(t *testing.T) {
	t.Parallel()
	store := shared.store.Load()
	for _, key := range []string{"uploads/alice/plain.mp4", "uploads/alice/a b+c&d=e üß%20;'()!*~$@:,#?.mp4", "uploads/alice//deep/./x.mp4"} {
		link := must(t)(store.PresignPut(t.Context(), key, time.Minute, "video/mp4", 7))
		if got := do(t, "PUT", link, strings.NewReader("picture"), header("Content-Type", "video/mp4")); got.status != 200 {
			t.Fatalf("%s: %d %s", key, got.status, got.body)
		}
		info, err := store.Head(t.Context(), key)
		if err != nil || info.Bytes != 7 || info.ContentType != "video/mp4" || len(info.ETag) < 3 || time.Since(info.Modified) > time.Minute {
			t.Errorf("%s: %+v, %v", key, info, err)
		}
		for d, url := range map[string]string{
			"GET":  must(t)(store.PresignGet(t.Context(), key, time.Minute, download("für dich.mp4"))),
			"HEAD": must(t)(store.PresignHead(t.Context(), key, time.Minute, download("für dich.mp4"))),
		} {
			got := do(t, d, url, nil)
			if got.status != 200 || (d == "GET") != (got.body == "picture") || got.header.Get("Content-Length") != "7" ||
				got.header.Get("ETag") != info.ETag || got.header.Get("Content-Type") != "video/x-test" ||
				got.header.Get("Content-Disposition") != `attachment; filename="f_r dich.mp4"; filename*=UTF-8''f%C3%BCr%20dich.mp4` {
				t.Errorf("%s %s: %+v", d, key, got)
			}
		}
	}
}

func TestRefusedUploadIsAClean403AndNotRead(t *testing.T) {
	t.Parallel()
	// A server of its own, so that every byte that it takes off the wire is counted.
	front := httptest.NewUnstartedServer(http.HandlerFunc(front))
	counted := &countingListener{Listener: front.Listener}
	front.Listener = counted
	front.Start()
	t.Cleanup(front.Close)

	const size = 64 << 20
	key := "uploads/alice/refused.mp4"
	b := signer(t, front.URL)
	link := must(t)(b.PresignPut(t.Context(), key, time.Minute, "video/mp4", size))
	other := must(t)(signer(t, "http://media.example.org").PresignPut(t.Context(), key, time.Minute, "video/mp4", size))
	mp4 := header("Content-Type", "video/mp4")
	cases := map[string]struct {
		link    string
		options []func(*http.Request)
		code    string
	}{
		"other type":         {link, []func(*http.Request){header("Content-Type", "text/html"), length(size)}, "SignatureDoesNotMatch"},
		"no type":            {link, []func(*http.Request){length(size)}, "SignatureDoesNotMatch"},
		"shorter":            {link, []func(*http.Request){mp4, length(size - 1)}, "SignatureDoesNotMatch"},
		"longer":             {link, []func(*http.Request){mp4, length(size + 1)}, "SignatureDoesNotMatch"},
		"chunked":            {link, []func(*http.Request){mp4, length(-1)}, "SignatureDoesNotMatch"},
		"other method":       {link, []func(*http.Request){mp4, length(size), func(r *http.Request) { r.Method = "POST" }}, "SignatureDoesNotMatch"},
		"other key":          {strings.Replace(link, "refused", "accepted", 1), []func(*http.Request){mp4, length(size)}, "SignatureDoesNotMatch"},
		"other expiry":       {strings.Replace(link, "X-Amz-Expires=60", "X-Amz-Expires=6000", 1), []func(*http.Request){mp4, length(size)}, "SignatureDoesNotMatch"},
		"other signature":    {flip(link), []func(*http.Request){mp4, length(size)}, "SignatureDoesNotMatch"},
		"other host":         {strings.Replace(other, "http://media.example.org", front.URL, 1), []func(*http.Request){mp4, length(size)}, "SignatureDoesNotMatch"},
		"fewer headers":      {strings.Replace(link, "content-length%3Bcontent-type%3Bhost", "host", 1), []func(*http.Request){mp4, length(size)}, "SignatureDoesNotMatch"},
		"expired":            {expired(t, front.URL+"/media/"+key), []func(*http.Request){length(size)}, "AccessDenied"},
		"no signature":       {front.URL + "/media/" + key, []func(*http.Request){mp4, length(size)}, "AccessDenied"},
		"made up, by header": {front.URL + "/media/" + key, []func(*http.Request){length(size), header("Authorization", "AWS4-HMAC-SHA256 Credential=AKIA/x")}, "AccessDenied"},
		"no expiry":          {strings.Replace(link, "X-Amz-Expires=60", "X-Amz-Expires=", 1), []func(*http.Request){mp4, length(size)}, "AccessDenied"},
		"no query at all":    {front.URL + "/media/" + key + "?X-Amz-Signature=%zz", []func(*http.Request){length(size)}, "AccessDenied"},
	}
	for _, expect := range []string{"", "100-continue"} {
		for name, c := range cases {
			counted.read.Store(0)
			got := do(t, "PUT", c.link, io.LimitReader(zeros{}, size+1), append(c.options, header("Expect", expect))...)
			if got.status != 403 || got.code() != c.code || got.header.Get("Access-Control-Allow-Origin") != "*" {
				t.Errorf("%s: %d %s", name, got.status, got.body)
			}
			if n := counted.read.Load(); n > 1<<20 {
				t.Errorf("%s: %d bytes were read", name, n)
			}
		}
	}
	_, err := b.Head(t.Context(), key)
	wantError(t, err, job.ErrNoObject)
}

func TestUploadThatEndsEarlyLeavesNothing(t *testing.T) {
	t.Parallel()
	store := shared.store.Load()
	key := "uploads/alice/half.mp4"
	link, err := url.Parse(must(t)(store.PresignPut(t.Context(), key, time.Minute, "video/mp4", 1<<20)))
	if err != nil {
		t.Fatal(err)
	}
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", link.Host)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_, err = fmt.Fprintf(conn, "PUT %s HTTP/1.1\r\nHost: %s\r\nContent-Type: video/mp4\r\nContent-Length: %d\r\n\r\nhalf",
		link.RequestURI(), link.Host, 1<<20)
	if err := errors.Join(err, conn.(*net.TCPConn).CloseWrite()); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if got := (answer{body: string(text)}); err != nil || resp.StatusCode != 400 || got.code() != "IncompleteBody" {
		t.Errorf("%d %s %v", resp.StatusCode, got.body, err)
	}
	_, err = store.Head(t.Context(), key)
	wantError(t, err, job.ErrNoObject)
}

func TestBehindAProxyThatKeepsHost(t *testing.T) {
	t.Parallel()
	b := signer(t, "https://media.example.org")
	link := must(t)(b.PresignPut(t.Context(), "uploads/alice/far.mp4", time.Minute, "video/mp4", 3))
	local := strings.Replace(link, "https://media.example.org", shared.url, 1)
	host := func(r *http.Request) { r.Host = "media.example.org" }
	if got := do(t, "PUT", local, strings.NewReader("far"), host, header("Content-Type", "video/mp4")); got.status != 200 {
		t.Errorf("%d %s", got.status, got.body)
	}
	// The same program fetches it without the network: nobody resolves the name.
	inside := &http.Client{Transport: shared.store.Load().Transport()}
	r, err := http.NewRequestWithContext(t.Context(), "GET", must(t)(b.PresignGet(t.Context(), "uploads/alice/far.mp4", time.Minute, download(""))), nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := inside.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if text, err := io.ReadAll(resp.Body); err != nil || string(text) != "far" {
		t.Errorf("%d %q %v", resp.StatusCode, text, err)
	}
}

// expired is a URL that was valid a minute ago, for any PUT.
func expired(t *testing.T, link string) string {
	t.Helper()
	keys, err := client(t).Options().Credentials.Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), "PUT", link+"?X-Amz-Expires=60", nil)
	if err != nil {
		t.Fatal(err)
	}
	sign := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
	signed, _, err := sign.PresignHTTP(context.WithoutCancel(t.Context()), aws.Credentials{AccessKeyID: keys.AccessKeyID, SecretAccessKey: keys.SecretAccessKey},
		r, "UNSIGNED-PAYLOAD", "s3", "us-east-1", time.Now().Add(-2*time.Minute))
	return must(t)(signed, err)
}

// flip changes the last digit of a signature.
func flip(link string) string {
	last := "0"
	if strings.HasSuffix(link, "0") {
		last = "1"
	}
	return link[:len(link)-1] + last
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

type countingListener struct {
	net.Listener
	read atomic.Int64
}

func (l *countingListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	return countingConn{conn, &l.read}, err
}

type countingConn struct {
	net.Conn
	read *atomic.Int64
}

func (c countingConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.read.Add(int64(n))
	return n, err
}
