package addresstest

import (
	"context"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"
)

// Open is the one address of a Trap that may be reached. Linux has it without being told.
const Open = "127.0.0.2"

// Trap is a web server on one port of every address of this machine. Whoever reaches it elsewhere than at Open has been
// led where a stranger must not lead.
type Trap struct {
	Port string

	handler  http.HandlerFunc
	listener net.Listener
	mu       sync.Mutex
	reached  []string // the addresses at which it was found, other than Open
}

// NewTrap begins one for the length of a test, which fails where it was reached. At Open it redirects (see RedirectTo), and hands the rest to handler.
func NewTrap(t testing.TB, handler http.HandlerFunc) *Trap {
	t.Helper()
	probe, err := net.Listen("tcp", Open+":0")
	if err != nil {
		t.Skipf("this machine has no %s: %v", Open, err)
	}
	_ = probe.Close()
	listener, err := net.Listen("tcp", ":0") //nolint:gosec // all of them is the point
	if err != nil {
		t.Fatal(err)
	}
	trap := &Trap{handler: handler, listener: listener}
	_, trap.Port, _ = net.SplitHostPort(listener.Addr().String())
	server := &http.Server{Handler: http.HandlerFunc(trap.serve)} //nolint:gosec // a test's, without limits
	go func() { _ = server.Serve(trap) }()
	t.Cleanup(func() {
		_ = server.Close()
		trap.mu.Lock()
		defer trap.mu.Unlock()
		if len(trap.reached) > 0 {
			t.Errorf("reached %q", trap.reached)
		}
	})
	return trap
}

// Accept notes who comes where, and lets through only what comes to Open.
func (p *Trap) Accept() (net.Conn, error) {
	for {
		conn, err := p.listener.Accept()
		if err != nil {
			return nil, err
		}
		local, err := netip.ParseAddrPort(conn.LocalAddr().String())
		if err == nil && local.Addr().Unmap().String() == Open {
			return conn, nil
		}
		p.mu.Lock()
		p.reached = append(p.reached, conn.LocalAddr().String())
		p.mu.Unlock()
		_ = conn.Close()
	}
}

// Close ends it.
func (p *Trap) Close() error { return p.listener.Close() }

// Addr is where it listens.
func (p *Trap) Addr() net.Addr { return p.listener.Addr() }

// Connect opens a connection to an address that was checked.
type Connect = func(ctx context.Context, to netip.AddrPort, limit time.Duration) (net.Conn, error)

// Watched is dial, and fails the test where it is to go anywhere but to Open.
func Watched(t testing.TB, dial Connect) Connect {
	return func(ctx context.Context, to netip.AddrPort, limit time.Duration) (net.Conn, error) {
		if to.Addr().String() != Open {
			t.Errorf("dialled %s", to)
		}
		return dial(ctx, to, limit)
	}
}

// URL is a path of it at Open.
func (p *Trap) URL(path string) string { return "http://" + net.JoinHostPort(Open, p.Port) + path }

// RedirectTo is a URL that redirects with that status to location, byte for byte, and with a body.
func (p *Trap) RedirectTo(status int, location string) string {
	return p.URL(fmt.Sprintf("/redirect/%d/%s", status, base64.RawURLEncoding.EncodeToString([]byte(location))))
}

func (p *Trap) serve(w http.ResponseWriter, r *http.Request) {
	rest, ok := strings.CutPrefix(r.URL.Path, "/redirect/")
	status, coded, _ := strings.Cut(rest, "/")
	location, err := base64.RawURLEncoding.DecodeString(coded)
	if !ok || err != nil {
		p.handler(w, r)
		return
	}
	conn, _, err := http.NewResponseController(w).Hijack() // the server would tidy the header
	if err != nil {
		return
	}
	_, _ = fmt.Fprintf(conn, "HTTP/1.1 %s Found\r\nLocation: %s\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbody", status, location)
	_ = conn.Close()
}
