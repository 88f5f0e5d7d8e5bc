package fetch

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"code.dny.dev/ssrf"
)

var (
	errSpecial = errors.New("private or special address")
	errNumeric = errors.New("number for a host")
)

// azure is the address at which an Azure machine asks its platform for settings and certificates: public by its
// number, internal in fact. What else a cloud has of the kind lies in ranges that the guard knows.
var azure = netip.PrefixFrom(netip.AddrFrom4([4]byte{168, 63, 129, 16}), 32)

// newGuard refuses every address that is not of the public internet: all that IANA's registries call special
// (private, loopback, link-local and with it metadata, carrier-grade NAT, unspecified, multicast, reserved, documentation)
// and IPv6 outside 2000::/3 or made to carry IPv4 (mapped, 6to4, NAT64, Teredo), but for what allow opens.
func newGuard(allow []netip.Prefix) *ssrf.Guardian {
	var four, six []netip.Prefix
	for _, prefix := range allow {
		if prefix.Addr().Is4() {
			four = append(four, prefix)
		} else {
			six = append(six, prefix)
		}
	}
	return ssrf.New(ssrf.WithAnyPort(), ssrf.WithAllowedV4Prefixes(four...), ssrf.WithAllowedV6Prefixes(six...),
		ssrf.WithDeniedV4Prefixes(azure))
}

// dial connects to host:port. The transport gives the host as it would be looked up: IDNA is applied,
// so a full-width 127。0。0。1 arrives here in digits and dots.
func (f *Fetcher) dial(ctx context.Context, _, hostPort string) (net.Conn, error) {
	host, portText, err := net.SplitHostPort(hostPort)
	if err != nil {
		return nil, err
	}
	port, err := strconv.ParseUint(portText, 10, 16)
	if err != nil {
		return nil, err
	}
	addrs, err := f.resolve(ctx, host)
	if err != nil {
		return nil, err
	}
	var failed error
	for _, addr := range addrs {
		// An equal share each, so that an address that swallows packets leaves time for the next.
		conn, err := f.tcp(ctx, netip.AddrPortFrom(addr, uint16(port)), f.c.Connect/time.Duration(len(addrs)))
		if err == nil {
			return conn, nil
		}
		failed = errors.Join(failed, err)
	}
	return nil, failed
}

// dialTCP connects to a checked address. The guard looks once more, at what the socket is told.
func (f *Fetcher) dialTCP(ctx context.Context, to netip.AddrPort, limit time.Duration) (net.Conn, error) {
	dialer := net.Dialer{Timeout: limit, Control: f.guard.Safe}
	return dialer.DialContext(ctx, "tcp", to.String())
}

// resolve gives host's addresses, in the resolver's order, if every one of them may be dialled.
// It is the only look-up for the connection: what is checked is what is dialled.
func (f *Fetcher) resolve(ctx context.Context, host string) ([]netip.Addr, error) {
	name := strings.TrimSuffix(host, ".") // "127.0.0.1." is an address, too
	if addr, err := netip.ParseAddr(name); err == nil {
		if addr.Zone() != "" || addr.Is4In6() || f.guard.SafeAddr(addr) != nil {
			return nil, errSpecial
		}
		return []netip.Addr{addr}, nil
	}
	if endsInNumber(name) {
		return nil, errNumeric
	}
	found, err := f.c.Resolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, &net.DNSError{Err: "no addresses", Name: host, IsNotFound: true}
	}
	addrs := make([]netip.Addr, len(found))
	for i, addr := range found {
		addrs[i] = addr.Unmap() // some resolvers write IPv4 that way
		if f.guard.SafeAddr(addrs[i]) != nil {
			return nil, errSpecial
		}
	}
	return addrs, nil
}

// endsInNumber finds the spellings that some resolvers take for IPv4: 2130706433, 0x7f.1, 017700000001, 127.1.
// The rule is the URL standard's: no public name has a last label that is a number.
func endsInNumber(name string) bool {
	last := name[strings.LastIndexByte(name, '.')+1:]
	if last == "" {
		return false
	}
	if strings.Trim(last, "0123456789") == "" {
		return true
	}
	hex, ok := strings.CutPrefix(strings.ToLower(last), "0x")
	return ok && strings.Trim(hex, "0123456789abcdef") == ""
}
