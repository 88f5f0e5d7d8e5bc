// Package address decides where a stranger's URL may lead: to the public internet, and to what the operator has opened.
//
// New makes a Guard, and Dial is what an http.Transport gets for its DialContext. A host is resolved once, every address
// that it has is checked, and the checked address is the one that is dialled.
package address

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
	// ErrSpecial is the answer to a host of which an address is not of the public internet.
	ErrSpecial = errors.New("private or special address")
	// ErrNumeric is the answer to a host that some resolvers take for an address, though it is not written as one.
	ErrNumeric = errors.New("number for a host")
)

// azure is the address at which an Azure machine asks its platform for settings and certificates: public by its
// number, internal in fact. What else a cloud has of the kind lies in ranges that the guard knows.
var azure = netip.PrefixFrom(netip.AddrFrom4([4]byte{168, 63, 129, 16}), 32)

type resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// Guard dials hosts whose every address is allowed. Its fields are not to be changed while it is in use.
type Guard struct {
	Resolver resolver      // net.DefaultResolver
	Limit    time.Duration // for connecting, after the look-up; each address of the host gets an equal share of it

	// Connect opens the connection to an address that was checked: TCP. A test can put its own here.
	Connect func(ctx context.Context, to netip.AddrPort, limit time.Duration) (net.Conn, error)

	addresses *ssrf.Guardian
}

// New is a Guard that refuses every address that is not of the public internet: all that IANA's registries call special
// (private, loopback, link-local and with it metadata, carrier-grade NAT, unspecified, multicast, reserved, documentation)
// and IPv6 outside 2000::/3 or made to carry IPv4 (mapped, 6to4, NAT64, Teredo), but for what allow opens.
func New(allow []netip.Prefix, limit time.Duration) *Guard {
	var four, six []netip.Prefix
	for _, prefix := range allow {
		if prefix.Addr().Is4() {
			four = append(four, prefix)
		} else {
			six = append(six, prefix)
		}
	}
	g := &Guard{Resolver: net.DefaultResolver, Limit: limit}
	g.addresses = ssrf.New(ssrf.WithAnyPort(), ssrf.WithAllowedV4Prefixes(four...), ssrf.WithAllowedV6Prefixes(six...),
		ssrf.WithDeniedV4Prefixes(azure))
	g.Connect = g.dialTCP
	return g
}

// Dial connects to host:port. The transport gives the host as it would be looked up: IDNA is applied,
// so a full-width 127。0。0。1 arrives here in digits and dots. Its errors match ErrSpecial, ErrNumeric, or are the network's.
func (g *Guard) Dial(ctx context.Context, _, hostPort string) (net.Conn, error) {
	host, portText, err := net.SplitHostPort(hostPort)
	if err != nil {
		return nil, err
	}
	port, err := strconv.ParseUint(portText, 10, 16)
	if err != nil {
		return nil, err
	}
	addrs, err := g.resolve(ctx, host)
	if err != nil {
		return nil, err
	}
	var failed error
	for _, addr := range addrs {
		// An equal share each, so that an address that swallows packets leaves time for the next.
		conn, err := g.Connect(ctx, netip.AddrPortFrom(addr, uint16(port)), g.Limit/time.Duration(len(addrs)))
		if err == nil {
			return conn, nil
		}
		failed = errors.Join(failed, err)
	}
	return nil, failed
}

// dialTCP connects to a checked address. The guard looks once more, at what the socket is told.
func (g *Guard) dialTCP(ctx context.Context, to netip.AddrPort, limit time.Duration) (net.Conn, error) {
	dialer := net.Dialer{Timeout: limit, Control: g.addresses.Safe}
	return dialer.DialContext(ctx, "tcp", to.String())
}

// resolve gives host's addresses, in the resolver's order, if every one of them may be dialled.
// It is the only look-up for the connection: what is checked is what is dialled.
func (g *Guard) resolve(ctx context.Context, host string) ([]netip.Addr, error) {
	name := strings.TrimRight(host, ".") // "127.0.0.1." is an address, too
	if addr, err := netip.ParseAddr(name); err == nil {
		if addr.Zone() != "" || addr.Is4In6() || !g.allows(addr) {
			return nil, ErrSpecial
		}
		return []netip.Addr{addr}, nil
	}
	if endsInNumber(name) {
		return nil, ErrNumeric
	}
	found, err := g.Resolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, &net.DNSError{Err: "no addresses", Name: host, IsNotFound: true}
	}
	addrs := make([]netip.Addr, len(found))
	for i, addr := range found {
		addrs[i] = addr.Unmap() // some resolvers write IPv4 that way
		if !g.allows(addrs[i]) {
			return nil, ErrSpecial
		}
	}
	return addrs, nil
}

func (g *Guard) allows(addr netip.Addr) bool { return g.addresses.SafeAddr(addr) == nil }

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

// Query is a URL's query as it may stand in a request's first line, where a blank would end the address: net/http sends
// one as it is.
func Query(raw string) string { return strings.ReplaceAll(raw, " ", "%20") }
