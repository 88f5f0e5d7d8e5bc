package samlocal

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
)

// front stands before moto and makes requests fail.
type front struct {
	url    string
	server *http.Server
}

// between starts a front for the endpoint on a free port of the address.
func between(ctx context.Context, address, endpoint string, fault func(r *http.Request, body []byte) bool) (*front, error) {
	behind, err := url.Parse(endpoint)
	if err != nil {
		return nil, err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(address, "0"))
	if err != nil {
		return nil, err
	}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(p *httputil.ProxyRequest) {
			p.SetURL(behind)
			p.Out.Host = p.In.Host // as it was signed
		},
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError), // clients that leave
	}
	f := &front{url: "http://" + l.Addr().String(), server: &http.Server{ReadHeaderTimeout: startTime}}
	f.server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || fault(r, body) {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		proxy.ServeHTTP(w, r)
	})
	go func() {
		if err := f.server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			_ = f.server.Close()
		}
	}()
	return f, nil
}

func (f *front) close() {
	if f != nil {
		_ = f.server.Close()
	}
}
