package localbucket

import (
	"context"
	"encoding/xml"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"strings"
	"sync"
	"time"
)

// retryAfter is the seconds after which a client is to try again where the disk is in the way.
const retryAfter = "5"

// Match reports whether a request for path is Handler's: the bucket itself or a key of it. Ask it before any
// http.ServeMux sees the request: a mux redirects keys with // or /./ in them instead of serving them.
func (s *Store) Match(path string) bool {
	rest, ok := strings.CutPrefix(path, "/"+s.Name())
	return ok && (rest == "" || rest[0] == '/')
}

// Handler is the S3 as clients see it. It needs a server without ReadTimeout and WriteTimeout, which would cut
// large bodies, and the Host header that the client sent. It allows browsers of any origin: the URL is the permission.
func (s *Store) Handler() http.Handler { return s.handler }

type handler struct {
	keys     keys
	receiver *receiver
	proxy    *httputil.ReverseProxy
}

func newHandler(transport http.RoundTripper, receiver *receiver) *handler {
	log := receiver.log
	return &handler{keys: receiver.keys, receiver: receiver, proxy: &httputil.ReverseProxy{
		Transport:  transport,
		BufferPool: new(buffers),
		ErrorLog:   slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		Rewrite: func(p *httputil.ProxyRequest) {
			p.Out.URL.Scheme, p.Out.URL.Host = "http", internalHost
			p.Out.Host = p.In.Host
			// As it came: what was signed may hold what url.ParseQuery would drop.
			p.Out.URL.RawQuery = p.In.URL.RawQuery
			p.Out.Header.Del("Expect") // answered here, when the body is first read
		},
		ModifyResponse: func(r *http.Response) error {
			r.Header.Del("Server")
			receiver.folder.excuse(r)
			allowBrowsers(r.Header)
			return nil
		},
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) { refuse(w, proxyError(r, err, log)) },
	}}
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodOptions {
		allowBrowsers(w.Header())
		w.Header().Set("Access-Control-Allow-Methods", "GET, HEAD, PUT")
		w.Header().Set("Access-Control-Allow-Headers", "*")
		w.Header().Set("Access-Control-Max-Age", "3600")
		w.WriteHeader(http.StatusNoContent)
		return
	}
	if key, ok := h.receiver.key(r); ok {
		h.receiver.serve(w, r, key)
		return
	}
	if err := h.admit(r, time.Now()); err != nil {
		refuse(w, err)
		return
	}
	if _, err := h.receiver.folder.open(); err != nil { // the gateway would say that there is no such bucket, for good
		refuse(w, proxyError(r, err, h.receiver.log))
		return
	}
	h.proxy.ServeHTTP(w, r)
}

func allowBrowsers(h http.Header) {
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Expose-Headers", "ETag, Content-Range, Content-Length, Accept-Ranges, Content-Disposition")
}

// apiError is an error as S3 words it.
type apiError struct {
	XMLName xml.Name `xml:"Error"`
	Status  int      `xml:"-"`
	Code    string
	Message string
}

func (e *apiError) Error() string { return e.Code + ": " + e.Message }

func refuse(w http.ResponseWriter, e *apiError) {
	body, err := xml.Marshal(e)
	if err != nil { // cannot be: two strings
		http.Error(w, e.Code, e.Status)
		return
	}
	allowBrowsers(w.Header())
	w.Header().Set("Content-Type", "application/xml")
	if e.Status == http.StatusServiceUnavailable || e.Status == http.StatusInsufficientStorage {
		w.Header().Set("Retry-After", retryAfter)
	}
	w.WriteHeader(e.Status)
	_, _ = io.WriteString(w, xml.Header+string(body)) // the client may be gone
}

// proxyError says what the end of a request that got no answer from the gateway means to its client.
func proxyError(r *http.Request, err error, log *slog.Logger) *apiError {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, context.Canceled) {
		// The two are one event, seen by whoever reads the connection first.
		return &apiError{Status: http.StatusBadRequest, Code: "IncompleteBody",
			Message: "The connection ended before the whole request was there. Send it again."}
	}
	// Not the URL: its query is a permission.
	log.Warn("the local S3 did not answer", "method", r.Method, "path", r.URL.Path, "error", err)
	return &apiError{Status: http.StatusServiceUnavailable, Code: "ServiceUnavailable",
		Message: "The storage did not answer. Try again."}
}

// buffers lends the 32 KiB buffers that the proxy copies with. Larger ones are no faster over a socket.
type buffers struct{ pool sync.Pool }

func (b *buffers) Get() []byte {
	if p, ok := b.pool.Get().(*[]byte); ok {
		return *p
	}
	return make([]byte, 32<<10)
}

func (b *buffers) Put(p []byte) { b.pool.Put(&p) }
