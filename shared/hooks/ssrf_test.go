package hooks

import (
	"errors"
	"io"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/fflambda/fflambda/shared/address/addresstest"
	"github.com/fflambda/fflambda/shared/job"
)

// confined is a Poster that may reach a trap at its open address, and fails the test where it tries another.
func confined(t *testing.T, resolver addresstest.Names) *Poster {
	t.Helper()
	secrets, err := NewSecrets(make([]byte, SecretBytes))
	if err != nil {
		t.Fatal(err)
	}
	p := New(Config{
		Secrets: secrets, AllowPrivate: []netip.Prefix{netip.MustParsePrefix(addresstest.Open + "/32")}, UserAgent: "fflambda/1", Now: time.Now,
	})
	p.guard.Resolver = resolver
	p.guard.Connect = addresstest.Watched(t, p.guard.Connect)
	return p
}

// suffer calls url, which must not succeed, and gives the reason.
func (p *Poster) suffer(t *testing.T, url string) string {
	t.Helper()
	status, err := p.Post(t.Context(), job.Job{ID: job.NewID(), KeyID: "k", WebhookURL: url}, []byte("{}"))
	if _, ok := errors.AsType[*Error](err); !ok || status/100 == 2 {
		t.Errorf("%q: %d, %v, want an *Error", url, status, err)
		return ""
	}
	return err.Error()
}

// TestSSRFDirect gives each case as a webhook's URL.
func TestSSRFDirect(t *testing.T) {
	t.Parallel()
	trap := addresstest.NewTrap(t, http.NotFound)
	p := confined(t, addresstest.Hostile())
	for _, c := range addresstest.Cases(trap.Port) {
		t.Logf("webhook  %-50q %-36s %s", c.URL, c.Means, p.suffer(t, c.URL))
	}
}

// TestSSRFRedirect has an open server redirect to each case. None is followed, not even to where a webhook may lead.
func TestSSRFRedirect(t *testing.T) {
	t.Parallel()
	trap := addresstest.NewTrap(t, func(_ http.ResponseWriter, r *http.Request) { t.Errorf("followed to %s", r.URL) })
	p := confined(t, addresstest.Hostile())
	cases := append(addresstest.Cases(trap.Port), addresstest.Case{URL: trap.URL("/again"), Means: "where webhooks may lead"})
	for i, c := range cases {
		status := []int{301, 302, 303, 307, 308}[i%5]
		text := p.suffer(t, trap.RedirectTo(status, c.URL))
		t.Logf("redirect %-50q %-36s %s", c.URL, c.Means, text)
		noHeader := strings.ContainsFunc(c.URL, unicode.IsControl) // and so no answer
		if !noHeader && !strings.Contains(text, "webhooks follow no redirects") {
			t.Errorf("%q: %s", c.URL, text)
		}
	}
}

// TestSSRFRebinding has a name that changes between two look-ups: one try makes one, and reaches what was checked.
func TestSSRFRebinding(t *testing.T) {
	t.Parallel()
	trap := addresstest.NewTrap(t, func(http.ResponseWriter, *http.Request) {})
	names := addresstest.Names{"rebind.test": {{addresstest.Open}, {"127.0.0.1"}, {addresstest.Open, "127.0.0.1"}}}
	p := confined(t, names)
	url := "http://rebind.test:" + trap.Port + "/"
	if _, err := p.Post(t.Context(), job.Job{ID: job.NewID(), WebhookURL: url}, []byte("{}")); err != nil {
		t.Errorf("the checked address was not the one dialled: %v", err)
	}
	t.Logf("name     %-50q %-36s %s", url, "it has become 127.0.0.1", p.suffer(t, url))
	t.Logf("name     %-50q %-36s %s", url, "it has both", p.suffer(t, url))
}

// TestSSRFHeaders looks at the request itself: whatever the URL holds, there are the headers that we send and no more.
func TestSSRFHeaders(t *testing.T) {
	t.Parallel()
	var got []string
	trap := addresstest.NewTrap(t, func(_ http.ResponseWriter, r *http.Request) {
		got = []string{r.Method + " " + r.Host}
		for name := range r.Header {
			got = append(got, name)
		}
		body, _ := io.ReadAll(r.Body)
		got = append(got, string(body))
		slices.Sort(got)
	})
	want := []string{"POST " + addresstest.Open + ":" + trap.Port, "Content-Length", "Content-Type", "User-Agent", "Connection",
		"Webhook-Id", "Webhook-Timestamp", "Webhook-Signature", "{}"}
	slices.Sort(want)
	p := confined(t, nil)
	for _, path := range []string{
		"/%0d%0aX-Injected:%20y", "/?a=%0d%0aX-Injected:%20y", "/%0d%0a%0d%0aGET%20/admin%20HTTP/1.1", "/#%0d%0aX-Injected:%20y",
		"/%00", "/%E5%98%8A%E5%98%8DX-Injected:y", "/\u560a\u560dX-Injected:y", "/ HTTP/1.1", "/?a b", "/;a\"<>^`{|}",
	} {
		got = nil
		_, err := p.Post(t.Context(), job.Job{ID: job.NewID(), KeyID: "k", WebhookURL: trap.URL(path)}, []byte("{}"))
		t.Logf("header   %-50q %-36s %v", path, "one request, no header more", err)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%q: %v (-want +got):\n%s", path, err, diff)
		}
	}
}

// A proxy of the environment would be asked for addresses that were never checked.
func TestSSRFProxy(t *testing.T) {
	trap := addresstest.NewTrap(t, func(_ http.ResponseWriter, r *http.Request) { t.Errorf("the proxy was asked for %s", r.URL) })
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"} {
		t.Setenv(name, trap.URL("/"))
	}
	p := confined(t, addresstest.Names{})
	t.Logf("proxy    %-50q %-36s %s", "http://absent.test/", "HTTP_PROXY is set", p.suffer(t, "http://absent.test/"))
}
