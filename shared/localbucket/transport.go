package localbucket

import (
	"context"
	"net"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"time"
)

// Transport sends every request to this S3, whatever host its URL names, and keeps that host as the Host header.
// With it the process can fetch its own presigned URLs without the network, the port, or the name being resolvable.
func (s *Store) Transport() http.RoundTripper { return inside{s.excusing()} }

type inside struct{ socket http.RoundTripper }

func (t inside) RoundTrip(r *http.Request) (*http.Response, error) {
	out := r.Clone(r.Context())
	if out.Host == "" {
		out.Host = r.URL.Host
	}
	out.URL.Scheme, out.URL.Host = "http", internalHost
	return t.socket.RoundTrip(out)
}

// excusing is the gateway's socket, with an answer put right. The gateway removes a folder when its last object goes, and says that an object is a
// folder where that happened just as it made one for another object. That passes, so the client is to try again.
type excusing struct {
	socket *http.Transport
	dir    string // that holds the bucket's folder
}

func (t excusing) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := t.socket.RoundTrip(r)
	if err == nil && r.Method == http.MethodPut && answer.StatusCode == http.StatusConflict && !t.blocked(r.URL.Path) {
		answer.StatusCode, answer.Status = http.StatusServiceUnavailable, ""
		answer.Header.Set("Retry-After", "1")
	}
	return answer, err
}

// blocked reports whether there can be no object of that path: it is a folder, or one of its folders is an object.
func (t excusing) blocked(urlPath string) bool {
	name := filepath.Join(t.dir, filepath.FromSlash(path.Clean("/"+urlPath)))
	if info, err := os.Lstat(name); err == nil && info.IsDir() {
		return true
	}
	for name = filepath.Dir(name); len(name) > len(t.dir); name = filepath.Dir(name) {
		if info, err := os.Lstat(name); err == nil && !info.IsDir() {
			return true
		}
	}
	return false
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
