// Package addresstest plays the name service for tests of what calls strangers. Only tests import it.
package addresstest

import (
	"context"
	"net"
	"net/netip"
	"strings"
)

// Names are what each look-up of a host answers, in turn; the last one for ever. A host that is not there does not exist.
type Names map[string][][]string

// LookupNetIP is net.Resolver's. Names are not told apart by their case.
func (n Names) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	host = strings.ToLower(host)
	answers, ok := n[host]
	if !ok {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	if len(answers) > 1 {
		n[host] = answers[1:]
	}
	var found []netip.Addr
	for _, text := range answers[0] {
		address, err := netip.ParseAddr(text)
		if err != nil {
			return nil, err
		}
		found = append(found, address)
	}
	return found, nil
}
