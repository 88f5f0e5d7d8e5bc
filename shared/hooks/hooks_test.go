package hooks_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/fflambda/fflambda/shared/hooks"
	"github.com/fflambda/fflambda/shared/job"
)

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

func secrets(t *testing.T, master byte) *hooks.Secrets {
	t.Helper()
	s, err := hooks.NewSecrets(bytes.Repeat([]byte{master}, hooks.SecretBytes))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func poster(t *testing.T, timeout time.Duration) *hooks.Poster {
	t.Helper()
	return hooks.New(hooks.Config{
		Secrets: secrets(t, 1), AllowPrivate: loopback, UserAgent: "fflambda/1", Timeout: timeout, Now: time.Now,
	})
}

func ended(url string) job.Job {
	return job.Job{ID: "0b5e4c1e-3f0b-4f4e-8d0c-3d9f1a2b3c4d", Owner: "alice", KeyID: "0a1b2c3d", WebhookURL: url}
}

func serve(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

// A try is signed with the secret of the job's key, and for a while after a rotation with the one before, too.
func TestPostIsSignedForBothSecrets(t *testing.T) {
	t.Parallel()
	type received struct {
		method, target, body string
		header               http.Header
	}
	got := make(chan received, 1)
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- received{r.Method, r.RequestURI, string(body), r.Header}
		w.WriteHeader(http.StatusAccepted)
	})
	own := secrets(t, 1)
	rotated := func(_ context.Context, id string) (job.Rotation, error) {
		if id != "0a1b2c3d" {
			t.Errorf("asked for the rotation of %q", id)
		}
		return job.Rotation{Generation: 3, At: time.Now().Add(-time.Hour)}, nil
	}
	p := hooks.New(hooks.Config{Secrets: own, Rotation: rotated, AllowPrivate: loopback, UserAgent: "fflambda/1", Now: time.Now})
	j := ended(base + "/hook/a%20b?token=x%2By&z=1;2#part")
	body := `{"id":"` + j.ID + `","note":"<&>"}`
	if status, err := p.Post(t.Context(), j, []byte(body)); err != nil || status != http.StatusAccepted {
		t.Fatal(status, err)
	}
	r := <-got
	if r.method != http.MethodPost || r.target != "/hook/a%20b?token=x%2By&z=1;2" || r.body != body {
		t.Errorf("got %s %s %s", r.method, r.target, r.body)
	}
	for secret, want := range map[string]bool{
		own.Of(j.KeyID, 3): true, own.Of(j.KeyID, 2): true,
		own.Of(j.KeyID, 1): false, own.Of("another", 3): false, secrets(t, 2).Of(j.KeyID, 3): false,
	} {
		verifier, err := standardwebhooks.NewWebhook(secret)
		if err != nil {
			t.Fatal(err)
		}
		if err := verifier.Verify([]byte(r.body), r.header); (err == nil) != want {
			t.Errorf("%s: %v, want it to verify: %t", secret, err, want)
		}
	}
	want := http.Header{
		"Content-Type": {"application/json"}, "User-Agent": {"fflambda/1"}, "Webhook-Id": {"msg_" + j.ID},
		"Content-Length": {fmt.Sprint(len(body))}, "Connection": {"close"},
	}
	r.header.Del("Webhook-Timestamp")
	r.header.Del("Webhook-Signature")
	if diff := cmp.Diff(want, r.header); diff != "" {
		t.Errorf("request headers (-want +got):\n%s", diff)
	}
}

// post calls a receiver that does not answer.
func post(t *testing.T, p *hooks.Poster, link string) error {
	t.Helper()
	status, err := p.Post(t.Context(), ended(link), []byte("{}"))
	if status != 0 {
		t.Errorf("%s: status %d, want none", link, status)
	}
	return err
}

// outcome is what a failed try is compared by.
type outcome struct {
	Text  string
	Final bool
}

func failure(t *testing.T, err error) outcome {
	t.Helper()
	e, ok := errors.AsType[*hooks.Error](err)
	if !ok {
		t.Fatalf("got %v, want a *hooks.Error", err)
	}
	return outcome{e.Error(), e.Final()}
}

func TestOnly2xxIsDelivered(t *testing.T) {
	t.Parallel()
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		var status int
		_, _ = fmt.Sscanf(r.URL.Path, "/%d", &status)
		w.Header().Set("Location", "/200")
		w.WriteHeader(status)
	})
	p := poster(t, 0)
	for status, want := range map[int]outcome{
		200: {}, 201: {}, 204: {}, 299: {},
		301: {base + " answered 301 Moved Permanently: webhooks follow no redirects, give the URL that it leads to", false},
		307: {base + " answered 307 Temporary Redirect: webhooks follow no redirects, give the URL that it leads to", false},
		400: {base + " answered 400 Bad Request", false},
		404: {base + " answered 404 Not Found", false},
		410: {base + " answered 410 Gone: it is not called again", true},
		500: {base + " answered 500 Internal Server Error", false},
		599: {base + " answered 599", false},
	} {
		got, err := p.Post(t.Context(), ended(fmt.Sprint(base, "/", status, "?sig=sEcReT")), []byte("{}"))
		if got != status {
			t.Errorf("%d: status %d", status, got)
		}
		if want == (outcome{}) {
			if err != nil {
				t.Errorf("%d: %v", status, err)
			}
			continue
		}
		if diff := cmp.Diff(want, failure(t, err)); diff != "" {
			t.Errorf("%d (-want +got):\n%s", status, diff)
		}
	}
}

func TestForbiddenPlaces(t *testing.T) {
	t.Parallel()
	p := hooks.New(hooks.Config{Secrets: secrets(t, 1), Now: time.Now})
	for link, final := range map[string]bool{
		"http://127.0.0.1/": false, "http://169.254.169.254/latest": false, "http://10.1.2.3:8080/": false, "http://[::1]/": false,
		"http://[::ffff:127.0.0.1]/": false, "http://2130706433/": false, "http://127.1/": false, "http://0x7f.1/": false,
		"http://127。0。0。1/": false, "http://localhost/": false,
		"http://user:sEcReT@93.184.216.34/": true, "http://[fe80::1%25eth0]/": true, "ftp://93.184.216.34/": true,
		"http:///a": true, "http:a": true, "": true, "http://a\r\nb/": true,
	} {
		got := failure(t, post(t, p, link))
		if got.Final != final || strings.Contains(got.Text, "sEcReT") {
			t.Errorf("%q: %+v", link, got)
		}
	}
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	t.Cleanup(secure.Close)
	plain := serve(t, func(http.ResponseWriter, *http.Request) {})
	cut := serve(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	fake := strings.Replace(plain, "http:", "https:", 1)
	p := poster(t, 0)
	for link, want := range map[string]string{
		"http://" + closed: "http://" + closed + " refused the connection",
		secure.URL:         secure.URL + " has no valid TLS certificate",
		fake:               fake + " does not speak TLS: is it an http URL?",
		cut:                cut + " closed the connection before it answered",
	} {
		got := failure(t, post(t, p, link+"/x?sig=sEcReT"))
		if diff := cmp.Diff(outcome{want, false}, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

// drip answers a byte at a time until the client has had enough.
func drip(t *testing.T, answer string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close() //nolint:errcheck // a test's
				tick := time.NewTicker(5 * time.Millisecond)
				defer tick.Stop()
				_, err := http.ReadRequest(bufio.NewReader(conn))
				if err == nil {
					_, err = io.WriteString(conn, answer)
				}
				for err == nil {
					<-tick.C
					_, err = io.WriteString(conn, "x")
				}
			}()
		}
	}()
	return "http://" + listener.Addr().String()
}

func TestSlowReceiversHoldNoLongerThanTheTimeout(t *testing.T) {
	t.Parallel()
	const limit = 200 * time.Millisecond
	p := poster(t, limit)
	for name, c := range map[string]struct {
		answer    string
		delivered bool
	}{
		"status line": {"HTTP/1.1 200 O", false},
		"header":      {"HTTP/1.1 200 OK\r\nX-A: ", false},
		"body":        {"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", true}, // by its status, which came in time
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			base := drip(t, c.answer)
			begin := time.Now()
			_, err := p.Post(t.Context(), ended(base), []byte("{}"))
			if took := time.Since(begin); took > 20*limit {
				t.Errorf("it took %s", took)
			}
			if c.delivered {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if diff := cmp.Diff(outcome{base + " did not answer within 200ms", false}, failure(t, err)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A try that we cut off ourselves says nothing of the receiver.
func TestOurOwnEndIsNoFailureOfTheReceiver(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	base := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body) // only then the server sees the client leave
		cancel()
		<-r.Context().Done()
	})
	_, err := poster(t, 0).Post(ctx, ended(base), []byte("{}"))
	if _, told := errors.AsType[*hooks.Error](err); told || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
