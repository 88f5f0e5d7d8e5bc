package fetch

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fflambda/fflambda/shared/address/addresstest"
	"github.com/fflambda/fflambda/shared/job"
)

// sealed is a Fetcher that fails the test where it dials at all.
func sealed(t *testing.T, c Config) *Fetcher {
	t.Helper()
	f := New(c)
	f.guard.Connect = func(_ context.Context, to netip.AddrPort, _ time.Duration) (net.Conn, error) {
		t.Errorf("dialled %s", to)
		return nil, errors.New("no network in this test")
	}
	return f
}

func TestForbidden(t *testing.T) {
	t.Parallel()
	resolver := addresstest.Names{
		"localhost":       {{"127.0.0.1", "::1"}},
		"localhost.":      {{"127.0.0.1"}},
		"private.test":    {{"10.1.2.3"}},
		"mixed.test":      {{"93.184.216.34", "10.1.2.3"}},
		"mixed-last.test": {{"192.168.0.1", "93.184.216.34"}},
		"mapped.test":     {{"::ffff:127.0.0.1"}},
		"zoned.test":      {{"fe80::1%eth0"}},
	}
	f := sealed(t, Config{Resolver: resolver, Bucket: "ours"})
	for _, rawURL := range []string{
		// addresses of the registries
		"http://127.0.0.1/", "http://127.9.9.9:8080/", "http://0.0.0.0/", "http://0.1.2.3/", "http://10.0.0.1/", "http://172.16.0.1/",
		"http://192.168.1.1/", "http://169.254.169.254/latest/meta-data/", "http://100.64.0.1/", "http://100.100.100.200/",
		"http://192.0.0.192/", "http://198.18.0.1/", "http://203.0.113.1/", "http://224.0.0.1/", "http://255.255.255.255/", "http://240.0.0.1/",
		"http://192.88.99.1/", "http://168.63.129.16/",
		// IPv6, and IPv4 in it
		"http://[::1]/", "http://[::]/", "http://[fe80::1]/", "http://[fc00::1]/", "http://[fd00:ec2::254]/", "http://[ff02::1]/",
		"http://[fec0::1]/", "http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/", "http://[::ffff:93.184.216.34]/", "http://[::127.0.0.1]/",
		"http://[64:ff9b::7f00:1]/", "http://[64:ff9b:1::1]/", "http://[2002:7f00:1::]/", "http://[2001::1]/", "http://[2001:db8::1]/",
		"http://[fe80::1%25eth0]/", "http://[2606:2800::1%25eth0]/", "http://[100::1]/", "http://[5f00::1]/", "http://[3fff::1]/",
		// other spellings of 127.0.0.1
		"http://2130706433/", "http://0x7f000001/", "http://0x7f.1/", "http://0X7F.1/", "http://017700000001/", "http://0177.0.0.1/",
		"http://127.1/", "http://127.0.1/", "http://127.0.0.1./", "http://2130706433./", "http://0x/", "http://127.0.0.01/", "http://256.256.256.256/",
		"http://127。0。0。1/", "http://１２７.０.０.１/", "http://①②⑦.⓪.⓪.①/", "http://[::1]:80/", "http://%31%32%37.0.0.1/",
		// names
		"http://localhost/", "http://LOCALHOST./", "http://localhost./", "http://private.test/", "https://mixed.test/", "http://mixed-last.test/",
		"http://mapped.test/", "http://zoned.test/",
		// URLs that are none, or of another kind
		"", "file:///etc/passwd", "FILE:///etc/passwd", "ftp://h/a", "gopher://h/", "data:video/mp4;base64,AA", "concat:a|b", "/etc/passwd", "inputs/a.mp4",
		"//host/a", "http:///a", "http:host/a", "http://", "https://user:hunter2@93.184.216.34/", "http://user@93.184.216.34/",
		"http://93.184.216.34\r\nHost: x/", "http://93.184.216.34/\r\nX: y", "http://93.184.216.34/\x00", " http://93.184.216.34/",
		"http://a.test\\@127.0.0.1/", "http://[::1/", "http://h:port/", "unix:///var/run/docker.sock",
		// buckets
		"gs://theirs/a", "s3://theirs/a?sig=sEcReT", "gs://ours", "gs://ours/", "s3:///a", "gs://OURS/a",
	} {
		_, err := fetchInto(t, f, rawURL)
		if diff := cmp.Diff(outcome{Code: job.InputForbidden}, outcomeOf(t, err)); diff != "" {
			t.Errorf("%q: %v (-want +got):\n%s", rawURL, err, diff)
		}
	}
}

// The name answers with an address that is allowed at first, and with another for every look-up after.
func TestRebinding(t *testing.T) {
	t.Parallel()
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/again" {
			http.Redirect(w, r, "/", http.StatusFound)
			return
		}
		_, _ = w.Write(media)
	})
	port := mustParse(t, base).Port()
	only := []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	rebinding := func() addresstest.Names { return addresstest.Names{"rebind.test": {{"127.0.0.1"}, {"127.0.0.2"}}} }

	data, err := fetchInto(t, New(Config{Resolver: rebinding(), AllowPrivate: only}), "http://rebind.test:"+port+"/")
	if err != nil || !bytes.Equal(data, media) {
		t.Errorf("the checked address was not the one dialled: %v", err)
	}
	_, err = fetchInto(t, New(Config{Resolver: rebinding(), AllowPrivate: only}), "http://rebind.test:"+port+"/again")
	if got := outcomeOf(t, err); got.Code != job.InputForbidden {
		t.Errorf("after a redirect: got %v, want input_forbidden", err)
	}
}

// An address that does not answer leaves time for the next one.
func TestSecondAddress(t *testing.T) {
	t.Parallel()
	base := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(media) })
	f := New(Config{
		Resolver:     addresstest.Names{"two.test": {{"127.0.0.9", "::ffff:127.0.0.1"}}},
		AllowPrivate: []netip.Prefix{loopback},
	})
	direct := f.guard.Connect
	f.guard.Connect = func(ctx context.Context, to netip.AddrPort, limit time.Duration) (net.Conn, error) {
		if to.Addr() == netip.MustParseAddr("127.0.0.9") {
			return nil, &net.OpError{Op: "dial", Err: context.DeadlineExceeded}
		}
		if limit != defaultConnect/2 {
			t.Errorf("got %s to connect, want half of %s", limit, defaultConnect)
		}
		return direct(ctx, to, limit)
	}
	if _, err := fetchInto(t, f, "http://two.test:"+mustParse(t, base).Port()); err != nil {
		t.Error(err)
	}
}

func TestUnreachableHost(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	plain := serve(t, func(http.ResponseWriter, *http.Request) {})
	f := New(Config{Resolver: addresstest.Names{"nothing.test": {{}}}, AllowPrivate: []netip.Prefix{loopback}})
	for rawURL, want := range map[string]outcome{
		"http://" + closed:                         {job.InputUnreachable, true},
		"http://absent.test/":                      {job.InputUnreachable, false},
		"http://nothing.test/":                     {job.InputUnreachable, false},
		"http://127.0.0.1:99999/":                  {job.InputUnreachable, true},
		strings.Replace(plain, "http", "https", 1): {job.InputUnreachable, false},
		"http://" + strings.Repeat("a", 5000):      {job.InputUnreachable, false},
	} {
		_, err := fetchInto(t, f, rawURL)
		if diff := cmp.Diff(want, outcomeOf(t, err)); diff != "" {
			t.Errorf("%.60s: %v (-want +got):\n%s", rawURL, err, diff)
		}
		if len(err.Error()) > 600 {
			t.Errorf("%.60s: the text has %d bytes", rawURL, len(err.Error()))
		}
	}
}

func mustParse(t *testing.T, rawURL string) *url.URL {
	t.Helper()
	u, err := url.Parse(rawURL)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
