package address

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// answering is a resolver that has the same addresses for every name.
type answering []netip.Addr

func (a answering) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) { return a, nil }

// public is the standard library's idea of an address on the internet, less than ours, and what net/netip has no word for.
func public(addr netip.Addr) bool {
	for _, text := range []string{"100.64.0.0/10", "0.0.0.0/8", "240.0.0.0/4", "192.0.0.0/24", "198.18.0.0/15", "168.63.129.16/32",
		"2002::/16", "2001::/32", "2001:db8::/32", "64:ff9b::/96", "64:ff9b:1::/48", "::/96", "::ffff:0:0:0/96", "fec0::/10"} {
		if netip.MustParsePrefix(text).Contains(addr) {
			return false
		}
	}
	return addr.IsGlobalUnicast() && !addr.IsPrivate() && !addr.IsLoopback() && !addr.IsLinkLocalUnicast() && !addr.Is4In6() && addr.Zone() == ""
}

// FuzzDial: whatever the host and whatever its addresses, nobody is dialled who is not public, and nobody at all where one of them is not.
func FuzzDial(f *testing.F) {
	for _, host := range []string{"127.0.0.1", "2130706433", "0x7f.1", "127.1.", "1.0.0.0.", "::1", "::ffff:1.2.3.4", "fe80::1%eth0", "name.test", "93.184.216.34", "2606:2800::1", "", "1.2.3.4.5", "0", "a.0x"} {
		f.Add(host, []byte{93, 184, 216, 34}, []byte{10, 0, 0, 1})
		f.Add(host, []byte{93, 184, 216, 34}, []byte{0x26, 6, 0x28, 0, 2, 0x20, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1})
	}
	f.Fuzz(func(t *testing.T, host string, first, second []byte) {
		guard := New(nil, time.Second)
		found := answering{}
		all := true
		for _, bytes := range [][]byte{first, second} {
			if addr, ok := netip.AddrFromSlice(bytes); ok {
				found = append(found, addr)
				all = all && public(addr.Unmap())
			}
		}
		guard.Resolver = found
		guard.Connect = func(_ context.Context, to netip.AddrPort, _ time.Duration) (net.Conn, error) {
			if written, err := netip.ParseAddr(strings.TrimRight(host, ".")); !public(to.Addr()) || err != nil && !all || err == nil && to.Addr() != written {
				t.Errorf("%q at %v: dialled %s", host, found, to)
			}
			return nil, errors.New("no network in this test")
		}
		if conn, err := guard.Dial(t.Context(), "tcp", net.JoinHostPort(host, "80")); err == nil {
			t.Errorf("%q: connected to %s", host, conn.RemoteAddr())
		}
	})
}
