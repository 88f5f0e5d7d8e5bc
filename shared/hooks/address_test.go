package hooks

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fflambda/fflambda/shared/address/addresstest"
	"github.com/fflambda/fflambda/shared/job"
)

// watched is a Poster that reaches nobody; dialled tells whom it tried to.
func watched(t *testing.T, resolver addresstest.Names, allow ...netip.Prefix) (p *Poster, dialled func() []string) {
	t.Helper()
	secrets, err := NewSecrets(make([]byte, SecretBytes))
	if err != nil {
		t.Fatal(err)
	}
	p = New(Config{Secrets: secrets, AllowPrivate: allow, Now: time.Now})
	var all []string
	p.guard.Resolver = resolver
	p.guard.Connect = func(_ context.Context, to netip.AddrPort, _ time.Duration) (net.Conn, error) {
		all = append(all, to.String())
		return nil, errors.New("no network in this test")
	}
	return p, func() []string { return all }
}

func (p *Poster) try(t *testing.T, url string) string {
	t.Helper()
	_, err := p.Post(t.Context(), job.Job{ID: job.NewID(), WebhookURL: url}, []byte("{}"))
	if e, ok := errors.AsType[*Error](err); !ok || e.Final() {
		t.Fatalf("%s: %v, want an *Error that is not final", url, err)
	}
	return err.Error()
}

// A name is judged by its addresses when it is called, all of them.
func TestPrivateNames(t *testing.T) {
	t.Parallel()
	p, dialled := watched(t, addresstest.Names{
		"private.test": {{"10.1.2.3"}}, "loop.test": {{"127.0.0.1"}}, "metadata.test": {{"169.254.169.254"}}, "six.test": {{"fd00:ec2::254"}},
		"mixed.test": {{"93.184.216.34", "10.1.2.3"}}, "mapped.test": {{"::ffff:10.1.2.3"}}, "nat.test": {{"100.64.0.1"}},
	})
	for _, name := range []string{"private", "loop", "metadata", "six", "mixed", "mapped", "nat"} {
		if text := p.try(t, "https://"+name+".test/hook?token=sEcReT"); !strings.Contains(text, "private or special address") || strings.Contains(text, "sEcReT") {
			t.Errorf("%s: %s", name, text)
		}
	}
	if got := dialled(); len(got) > 0 {
		t.Errorf("dialled %q", got)
	}
}

// A name that was public in one try may lead inside in the next: each try looks again, and dials what it has looked at.
func TestRebinding(t *testing.T) {
	t.Parallel()
	p, dialled := watched(t, addresstest.Names{"rebinding.test": {{"93.184.216.34"}, {"192.168.0.1"}, {"93.184.216.35"}}})
	for try, private := range []bool{false, true, false} {
		if text := p.try(t, "http://rebinding.test/"); strings.Contains(text, "private or special address") != private {
			t.Errorf("try %d: %s", try+1, text)
		}
	}
	if d := cmp.Diff([]string{"93.184.216.34:80", "93.184.216.35:80"}, dialled()); d != "" {
		t.Errorf("dialled (-want +got):\n%s", d)
	}
}

// What the operator has opened is called, and nothing beside it.
func TestAllowedNetwork(t *testing.T) {
	t.Parallel()
	p, dialled := watched(t, addresstest.Names{"n8n.lan": {{"192.168.1.7"}}, "other.lan": {{"192.168.2.7"}}}, netip.MustParsePrefix("192.168.1.0/24"))
	p.try(t, "http://n8n.lan:5678/webhook")
	if text := p.try(t, "http://other.lan:5678/webhook"); !strings.Contains(text, "FFLAMBDA_ALLOW_PRIVATE") {
		t.Errorf("%s: it does not say what to do", text)
	}
	if d := cmp.Diff([]string{"192.168.1.7:5678"}, dialled()); d != "" {
		t.Errorf("dialled (-want +got):\n%s", d)
	}
}
