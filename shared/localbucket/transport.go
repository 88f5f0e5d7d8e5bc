package localbucket

import (
	"context"
	"net"
	"net/http"
	"time"
)

// Transport sends every request to this S3, whatever host its URL names, and keeps that host as the Host header.
// With it the process can fetch its own presigned URLs without the network, the port, or the name being resolvable.
func (s *Store) Transport() http.RoundTripper { return inside{s.transport} }

type inside struct{ socket *http.Transport }

func (t inside) RoundTrip(r *http.Request) (*http.Response, error) {
	out := r.Clone(r.Context())
	if out.Host == "" {
		out.Host = r.URL.Host
	}
	out.URL.Scheme, out.URL.Host = "http", internalHost
	return t.socket.RoundTrip(out)
}

// socketTransport dials the gateway's socket.
func socketTransport() *http.Transport {
	return &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", socket)
		},
		DisableCompression:  true, // the bytes as they are: ranges and lengths count
		MaxIdleConnsPerHost: 64,
		IdleConnTimeout:     30 * time.Second,
	}
}
