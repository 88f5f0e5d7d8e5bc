package addresstest

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// Listen answers DNS queries over UDP by the names, for the length of a test. A host's answers take turns with each query
// for IPv4.
func (n Names) Listen(t testing.TB) (server string) {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	go func() {
		query := make([]byte, 4<<10)
		for {
			size, from, err := conn.ReadFrom(query)
			if err != nil {
				return
			}
			if answer, err := n.answer(query[:size]); err == nil {
				_, _ = conn.WriteTo(answer, from)
			}
		}
	}()
	return conn.LocalAddr().String()
}

// Through makes r ask that server, and no other.
func Through(r *net.Resolver, server string) {
	r.PreferGo = true
	r.Dial = func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", server)
	}
}

func (n Names) answer(query []byte) ([]byte, error) {
	var m dnsmessage.Message
	if err := m.Unpack(query); err != nil || len(m.Questions) != 1 {
		return nil, err
	}
	q := m.Questions[0]
	reply := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: m.ID, Response: true, Authoritative: true, RecursionDesired: true, RecursionAvailable: true},
		Questions: m.Questions,
	}
	host := strings.TrimSuffix(strings.ToLower(q.Name.String()), ".")
	answers, ok := n[host]
	if !ok {
		reply.RCode = dnsmessage.RCodeNameError
		return reply.Pack()
	}
	if q.Type == dnsmessage.TypeA && len(answers) > 1 {
		n[host] = answers[1:]
	}
	for _, text := range answers[0] {
		addr, err := netip.ParseAddr(text)
		if err != nil {
			return nil, err
		}
		header := dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class} // never to be kept
		switch {
		case q.Type == dnsmessage.TypeA && addr.Is4():
			reply.Answers = append(reply.Answers, dnsmessage.Resource{Header: header, Body: &dnsmessage.AResource{A: addr.As4()}})
		case q.Type == dnsmessage.TypeAAAA && addr.Is6():
			reply.Answers = append(reply.Answers, dnsmessage.Resource{Header: header, Body: &dnsmessage.AAAAResource{AAAA: addr.As16()}})
		}
	}
	return reply.Pack()
}
