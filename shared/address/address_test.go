package address

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"testing"
	"time"
)

func TestRanges(t *testing.T) {
	t.Parallel()
	guard := New([]netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}, time.Second)
	for text, want := range map[string]bool{
		"93.184.216.34": true, "2606:2800:220:1::1": true, "10.9.8.7": true, "fd12::1": true, "168.63.129.15": true,
		"192.168.0.1": false, "fe80::1": false, "168.63.129.16": false, "fd12::1%eth0": false, "127.0.0.1": false,
	} {
		if got := guard.allows(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s: allowed is %v, want %v", text, got, want)
		}
	}
}

// names is a resolver: the addresses of each name.
type names map[string][]string

func (n names) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	var addrs []netip.Addr
	for _, text := range n[host] {
		addrs = append(addrs, netip.MustParseAddr(text))
	}
	return addrs, nil
}

func TestDialChecksEveryAddressAndSharesTheTime(t *testing.T) {
	t.Parallel()
	guard := New(nil, 10*time.Second)
	guard.Resolver = names{"two.test": {"93.184.216.34", "::ffff:93.184.216.35"}, "mixed.test": {"93.184.216.34", "10.0.0.1"}}
	var dialled []string
	guard.Connect = func(_ context.Context, to netip.AddrPort, limit time.Duration) (net.Conn, error) {
		dialled = append(dialled, to.String()+" "+limit.String())
		return nil, errors.New("no network in this test")
	}
	for host, want := range map[string]error{
		"mixed.test:80": ErrSpecial, "127.0.0.1.:80": ErrSpecial, "[::ffff:93.184.216.34]:80": ErrSpecial,
		"127.1:80": ErrNumeric, "0x7f000001:80": ErrNumeric,
	} {
		if _, err := guard.Dial(t.Context(), "tcp", host); !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", host, err, want)
		}
	}
	var lookup *net.DNSError
	if _, err := guard.Dial(t.Context(), "tcp", "absent.test:80"); !errors.As(err, &lookup) || !lookup.IsNotFound {
		t.Errorf("a name without an address: got %v", err)
	}
	if len(dialled) > 0 {
		t.Errorf("dialled %q", dialled)
	}
	if _, err := guard.Dial(t.Context(), "tcp", "two.test:443"); err == nil {
		t.Error("connected without a network")
	}
	if len(dialled) != 2 || dialled[0] != "93.184.216.34:443 5s" || dialled[1] != "93.184.216.35:443 5s" {
		t.Errorf("dialled %q", dialled)
	}
}
