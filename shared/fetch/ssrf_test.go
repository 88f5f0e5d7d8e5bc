package fetch

import (
	"maps"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fflambda/fflambda/shared/address/addresstest"
	"github.com/fflambda/fflambda/shared/job"
)

// open is the one address of a trap that inputs may come from.
var open = []netip.Prefix{netip.MustParsePrefix(addresstest.Open + "/32")}

// confined is a Fetcher that may reach a trap at its open address, and fails the test where it tries another.
func confined(t *testing.T, resolver resolver) *Fetcher {
	t.Helper()
	f := New(Config{Resolver: resolver, AllowPrivate: open, Bucket: "ours"})
	f.guard.Connect = addresstest.Watched(t, f.guard.Connect)
	return f
}

// suffer fetches a case's URL, which must fail as the case says, and gives the reason.
func suffer(t *testing.T, f *Fetcher, c addresstest.Case, rawURL string) string {
	t.Helper()
	_, err := fetchInto(t, f, rawURL)
	if err == nil {
		t.Errorf("%q (%s) was fetched", c.URL, c.Means)
		return ""
	}
	if got := outcomeOf(t, err).Code; got != job.InputForbidden && (!c.Gone || got != job.InputUnreachable) {
		t.Errorf("%q (%s): %v", c.URL, c.Means, err)
	}
	return err.Error()
}

// TestSSRFDirect gives each case as an input's URL.
func TestSSRFDirect(t *testing.T) {
	t.Parallel()
	trap := addresstest.NewTrap(t, http.NotFound)
	f := confined(t, addresstest.Hostile())
	for _, c := range addresstest.Cases(trap.Port) {
		t.Logf("input    %-50q %-36s %s", c.URL, c.Means, suffer(t, f, c, c.URL))
	}
}

// TestSSRFRedirect has an open server redirect to each case, with each status in turn.
func TestSSRFRedirect(t *testing.T) {
	t.Parallel()
	trap := addresstest.NewTrap(t, http.NotFound)
	f := confined(t, addresstest.Hostile())
	cases := append(addresstest.Cases(trap.Port),
		addresstest.Case{URL: "//127.0.0.1:" + trap.Port + "/", Means: "relative to the scheme"},
		addresstest.Case{URL: "///127.0.0.1:" + trap.Port + "/", Means: "three slashes", Gone: true},
		addresstest.Case{URL: `/\127.0.0.1:` + trap.Port + "/", Means: "a backslash", Gone: true},
		addresstest.Case{URL: `\\127.0.0.1:` + trap.Port + `\`, Means: "backslashes", Gone: true},
		addresstest.Case{URL: "//[::1]:" + trap.Port + "/", Means: "relative to the scheme"},
		addresstest.Case{URL: "gs://ours/uploads/bob/a.mp4", Means: "a bucket"},
		addresstest.Case{URL: "", Means: "nothing", Gone: true},
	)
	for i, c := range cases {
		// A line end ends the header, and what is before it may be a URL like any other.
		c.Gone = c.Gone || strings.ContainsAny(c.URL, "\r\n")
		status := []int{301, 302, 303, 307, 308}[i%5]
		t.Logf("redirect %-50q %-36s %d: %s", c.URL, c.Means, status, suffer(t, f, c, trap.RedirectTo(status, c.URL)))
	}
}

// TestSSRFChain has redirects that lead on and on, and end where nobody may get.
func TestSSRFChain(t *testing.T) {
	t.Parallel()
	trap := addresstest.NewTrap(t, http.NotFound)
	chain := func(n int) string {
		to := "http://127.0.0.1:" + trap.Port + "/"
		for range n {
			to = trap.RedirectTo(302, to)
		}
		return to
	}
	f := confined(t, addresstest.Hostile())
	for n, c := range map[int]addresstest.Case{
		1: {Means: "one redirect"}, 3: {Means: "three redirects"}, 5: {Means: "five redirects"}, 6: {Means: "six redirects", Gone: true},
	} {
		t.Logf("chain    %-50q %-36s %s", "... 127.0.0.1", c.Means, suffer(t, f, c, chain(n)))
	}
	loop := addresstest.NewTrap(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/again", http.StatusFound) })
	c := addresstest.Case{URL: loop.URL("/"), Means: "a loop", Gone: true}
	t.Logf("chain    %-50q %-36s %s", "/again", c.Means, suffer(t, confined(t, addresstest.Hostile()), c, c.URL))
}

// TestSSRFRebinding asks a real name server whose answers change: the address that was checked is the one that is dialled,
// and a redirect to the same name is checked anew.
func TestSSRFRebinding(t *testing.T) {
	t.Parallel()
	trap := addresstest.NewTrap(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/again" {
			http.Redirect(w, r, "/", http.StatusFound)
			return
		}
		_, _ = w.Write(media)
	})
	names := addresstest.Hostile()
	names["once.test"] = [][]string{{addresstest.Open}, {"127.0.0.1"}}
	names["again.test"] = [][]string{{addresstest.Open}, {"127.0.0.1"}}
	names["later.test"] = [][]string{{"127.0.0.1"}, {addresstest.Open}}
	var through net.Resolver
	addresstest.Through(&through, names.Listen(t))
	f := confined(t, &through)
	if _, err := fetchInto(t, f, "http://once.test:"+trap.Port+"/"); err != nil {
		t.Errorf("the checked address was not the one dialled: %v", err)
	}
	for _, c := range []addresstest.Case{
		{URL: "http://once.test:{port}/", Means: "it has become 127.0.0.1"},
		{URL: "http://again.test:{port}/again", Means: "becomes 127.0.0.1 before the redirect"},
		{URL: "http://later.test:{port}/", Means: "becomes open after the look-up"},
		{URL: "http://mixed-six.test:{port}/", Means: "a public A and AAAA ::1"},
		{URL: "http://mapped.test:{port}/", Means: "AAAA ::ffff:127.0.0.1"},
		{URL: "http://app.localhost:{port}/", Means: "under localhost"},
		{URL: "http://absent.test:{port}/", Means: "NXDOMAIN", Gone: true},
	} {
		c.URL = strings.ReplaceAll(c.URL, "{port}", trap.Port)
		t.Logf("name     %-50q %-36s %s", c.URL, c.Means, suffer(t, f, c, c.URL))
	}
}

// TestSSRFRequest looks at the request itself: whatever the URL holds, there is one, with the headers that we send.
func TestSSRFRequest(t *testing.T) {
	t.Parallel()
	var got []string
	trap := addresstest.NewTrap(t, func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r.Method+" "+r.Host)
		got = append(got, slices.Sorted(maps.Keys(r.Header))...)
		_, _ = w.Write(media)
	})
	want := []string{"GET " + addresstest.Open + ":" + trap.Port, "Accept", "Accept-Encoding", "Connection", "User-Agent"}
	f := confined(t, addresstest.Names{})
	for _, path := range []string{
		"/%0d%0aX-Injected:%20y", "/?a=%0d%0aX-Injected:%20y", "/%0d%0a%0d%0aGET%20/admin%20HTTP/1.1", "/#%0d%0aX-Injected:%20y", "/%00",
		"/\u560a\u560dX-Injected:y", "/ HTTP/1.1", "/?a b", "/? HTTP/1.1", "/;a\"<>^`{|}",
	} {
		for _, rawURL := range []string{trap.URL(path), trap.RedirectTo(302, trap.URL(path))} {
			got = nil
			_, err := fetchInto(t, f, rawURL)
			t.Logf("header   %-50q %-36s %v", path, "one request, no header more", err)
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("%q: %v (-want +got):\n%s", path, err, diff)
			}
		}
	}
}
