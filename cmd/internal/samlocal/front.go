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
	"strings"
	"sync"
)

// front stands before moto. It hands on one request for the table at a time: moto looks at a condition and then writes,
// and lets others write in between, so that two of them can win. And it makes requests fail where a test says so.
type front struct {
	url    string
	server *http.Server
	table  sync.Mutex
}

// between starts a front for the endpoint on a free port of the address. fault may be nil.
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
		if fault != nil && faulty(r, fault) {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		if strings.HasPrefix(r.Header.Get("X-Amz-Target"), "DynamoDB_") {
			f.table.Lock()
			defer f.table.Unlock()
		}
		proxy.ServeHTTP(w, r)
	})
	go func() {
		if err := f.server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			_ = f.server.Close()
		}
	}()
	return f, nil
}

// faulty reads the request's body for the fault to look at, and puts it back.
func faulty(r *http.Request, fault func(r *http.Request, body []byte) bool) bool {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return true
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return fault(r, body)
}

func (f *front) close() {
	if f != nil {
		_ = f.server.Close()
	}
}
