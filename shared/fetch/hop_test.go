package fetch

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fflambda/fflambda/shared/address/addresstest"
	"github.com/fflambda/fflambda/shared/job"
)

func TestAnswers(t *testing.T) {
	t.Parallel()
	f := New(Config{AllowPrivate: []netip.Prefix{loopback}, MaxBytes: 64 << 10})
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code); _, _ = w.Write(media) }
	}
	header := func(name, value, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set(name, value)
			_, _ = io.WriteString(w, body)
		}
	}
	for _, c := range []struct {
		name    string
		handler http.HandlerFunc
		want    outcome
	}{
		{"404", status(404), outcome{job.InputUnreachable, false}},
		{"410", status(410), outcome{job.InputUnreachable, false}},
		{"401", status(401), outcome{job.InputForbidden, false}},
		{"403", status(403), outcome{job.InputForbidden, false}},
		{"429", status(429), outcome{job.InputUnreachable, true}},
		{"500", status(500), outcome{job.InputUnreachable, true}},
		{"503", status(503), outcome{job.InputUnreachable, true}},
		{"418", status(418), outcome{job.InputUnreachable, false}},
		{"201", status(201), outcome{job.InputUnreachable, false}},
		{"206", status(206), outcome{job.InputUnreachable, false}},
		{"304", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(304) }, outcome{job.InputUnreachable, false}},
		{"302 to nowhere", status(302), outcome{job.InputUnreachable, false}},
		{"302 to no URL", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "http://[::1/?sEcReT")
			w.WriteHeader(302)
		}, outcome{job.InputUnreachable, false}},
		{"204", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }, outcome{job.InputNotMedia, false}},
		{"empty", func(http.ResponseWriter, *http.Request) {}, outcome{job.InputNotMedia, false}},
		{"HTML by its type", header("Content-Type", "Text/HTML; charset=utf-8", string(media)), outcome{job.InputNotMedia, false}},
		{"XHTML by its type", header("Content-Type", "application/xhtml+xml", string(media)), outcome{job.InputNotMedia, false}},
		{"HTML by its bytes", header("Content-Type", "video/mp4", "\n <!DOCTYPE html><p>Sign in"), outcome{job.InputNotMedia, false}},
		{"gzip", header("Content-Encoding", "gzip", string(media)), outcome{job.InputNotMedia, false}},
		{"br after a label", header("Content-Encoding", "aws-chunked, BR", string(media)), outcome{job.InputNotMedia, false}},
		{"declared too large", header("Content-Length", strconv.Itoa(64<<10+1), ""), outcome{job.InputTooLarge, false}},
		{"endless", endless, outcome{job.InputTooLarge, false}},
		{"reset before the answer", hijack(""), outcome{job.InputUnreachable, true}},
		{"not HTTP", hijack("SSH-2.0-OpenSSH\r\n"), outcome{job.InputUnreachable, true}},
		{"endless header", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X", strings.Repeat("x", 1<<20))
			_, _ = w.Write(media)
		}, outcome{job.InputUnreachable, true}},
		{"shorter than declared", hijack("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + string(media[:900])), outcome{job.InputUnreachable, true}},
		{"shorter than the sniffer looks", hijack("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc"), outcome{job.InputUnreachable, true}},
		{"nothing of what was declared", hijack("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"), outcome{job.InputUnreachable, true}},
		{"cut-off chunks", hijack("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"), outcome{job.InputUnreachable, true}},
		{"two lengths", hijack("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"), outcome{job.InputUnreachable, true}},
		{"negative length", hijack("HTTP/1.1 200 OK\r\nContent-Length: -3\r\n\r\nabcd"), outcome{job.InputUnreachable, true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := fetchInto(t, f, serve(t, c.handler)+"/hunter2?sig=sEcReT")
			if diff := cmp.Diff(c.want, outcomeOf(t, err)); diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

// What is odd, but the file all the same.
func TestAnswersAccepted(t *testing.T) {
	t.Parallel()
	f := New(Config{AllowPrivate: []netip.Prefix{loopback}, MaxBytes: int64(len(media))})
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		want    string
	}{
		"exactly the limit": {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(media) }, string(media)},
		"one byte":          {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "x") }, "x"},
		"chunks": {func(w http.ResponseWriter, _ *http.Request) {
			for part := range bytes.SplitSeq(media, []byte("ftyp")) {
				_, _ = w.Write(part)
				_ = http.NewResponseController(w).Flush()
			}
		}, strings.ReplaceAll(string(media), "ftyp", "")},
		"a label for an encoding":   {hijack("HTTP/1.1 200 OK\r\nContent-Encoding: aws-chunked\r\nContent-Length: 3\r\n\r\nabc"), "abc"},
		"longer than declared":      {hijack("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdefgh"), "abc"},
		"no length":                 {hijack("HTTP/1.0 200 OK\r\n\r\nabc"), "abc"},
		"a type that is no type":    {hijack("HTTP/1.1 200 OK\r\nContent-Type: ;;;\r\nContent-Length: 3\r\n\r\nabc"), "abc"},
		"subtitles with some tags":  {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "WEBVTT\n\n<b>hi</b>") }, "WEBVTT\n\n<b>hi</b>"},
		"a playlist of other files": {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "#EXTM3U\n/etc/passwd") }, "#EXTM3U\n/etc/passwd"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := fetchInto(t, f, serve(t, c.handler))
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != c.want {
				t.Errorf("got %d bytes, want %d", len(got), len(c.want))
			}
		})
	}
}

func TestRedirects(t *testing.T) {
	t.Parallel()
	var referer string
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		referer += r.Header.Get("Referer") + r.Header.Get("Authorization")
		var left int
		if _, err := fmt.Sscanf(r.URL.Path, "/chain/%d", &left); err == nil && left > 0 {
			http.Redirect(w, r, fmt.Sprintf("/chain/%d?sig=sEcReT", left-1), http.StatusFound)
			return
		}
		if to := r.URL.Query().Get("to"); to != "" {
			w.Header().Set("Location", to)
			w.WriteHeader(http.StatusTemporaryRedirect)
			return
		}
		_, _ = w.Write(media)
	})
	f := New(Config{AllowPrivate: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}})
	if _, err := fetchInto(t, f, base+"/chain/5"); err != nil {
		t.Errorf("5 redirects: %v", err)
	}
	if referer != "" {
		t.Errorf("sent Referer or Authorization %q", referer)
	}
	for to, want := range map[string]job.Code{
		"/chain/6":                       job.InputUnreachable,
		"?to=http://10.0.0.1/":           job.InputForbidden,
		"?to=http://127.0.0.2/":          job.InputForbidden,
		"?to=//169.254.169.254/a":        job.InputForbidden,
		"?to=http://2130706433/":         job.InputForbidden,
		"?to=file:///etc/passwd":         job.InputForbidden,
		"?to=gs://ours/a":                job.InputForbidden,
		"?to=ftp://127.0.0.1/":           job.InputForbidden,
		"?to=http://a:hunter2@127.0.0.1": job.InputForbidden,
	} {
		_, err := fetchInto(t, f, base+to)
		if got := outcomeOf(t, err); got.Code != want {
			t.Errorf("%s: got %v, want %s", to, err, want)
		}
	}
}

// A proxy of the environment would be asked for addresses that were never checked.
func TestNoProxy(t *testing.T) {
	proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the proxy was asked") }))
	defer proxy.Close()
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "ALL_PROXY"} {
		t.Setenv(name, proxy.URL)
	}
	_, err := fetchInto(t, New(Config{Resolver: addresstest.Names{}}), "http://absent.test/")
	if got := outcomeOf(t, err); got.Code != job.InputUnreachable {
		t.Errorf("got %v", err)
	}
}

func TestSlow(t *testing.T) {
	t.Parallel()
	hang := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	stall := func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write(media)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}
	stallAtOnce := func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}
	stallInRedirect := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", "/")
		w.WriteHeader(http.StatusFound)
		stallAtOnce(w, r)
	}
	for _, c := range []struct {
		name    string
		config  Config
		handler http.HandlerFunc
		want    string
	}{
		{"first byte", Config{FirstByte: short}, hang, "did not answer within 50ms"},
		{"stall", Config{Stall: short}, stall, "stopped sending within 50ms"},
		{"stall at once", Config{Stall: short}, stallAtOnce, "stopped sending within 50ms"},
		{"stall in a redirect", Config{Stall: short}, stallInRedirect, "stopped sending within 50ms"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.config.AllowPrivate = []netip.Prefix{loopback}
			_, err := fetchInto(t, New(c.config), serve(t, c.handler))
			if diff := cmp.Diff(outcome{job.InputUnreachable, true}, outcomeOf(t, err)); diff != "" || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q in it (-want +got):\n%s", err, c.want, diff)
			}
		})
	}
}

// A server that accepts and then says nothing in TLS is as slow as one that does not accept.
func TestSlowHandshake(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	f := New(Config{Connect: short, AllowPrivate: []netip.Prefix{loopback}})
	_, err = fetchInto(t, f, "https://"+listener.Addr().String())
	if diff := cmp.Diff(outcome{job.InputUnreachable, true}, outcomeOf(t, err)); diff != "" || !strings.Contains(err.Error(), "did not accept a connection") {
		t.Errorf("got %v (-want +got):\n%s", err, diff)
	}
}

func TestBadCertificate(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("asked") }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	_, err := fetchInto(t, New(Config{AllowPrivate: []netip.Prefix{loopback}}), server.URL)
	if diff := cmp.Diff(outcome{job.InputUnreachable, false}, outcomeOf(t, err)); diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func endless(w http.ResponseWriter, _ *http.Request) {
	for {
		if _, err := w.Write(media); err != nil {
			return
		}
	}
}

// hijack answers with raw bytes and closes the connection.
func hijack(raw string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		_, _ = io.WriteString(conn, raw)
		_ = conn.Close()
	}
}
