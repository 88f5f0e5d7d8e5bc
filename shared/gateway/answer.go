package gateway

import (
	"io"
	"net/http"
	"slices"
	"strings"
)

// answer is the http.ResponseWriter that a handler writes to. As in net/http, the header is that of the time of
// WriteHeader, and nothing is final before the first Write or Flush, or the handler's return. Trailers are not sent:
// API Gateway has none.
type answer struct {
	body   io.Writer
	header http.Header
	head   bool // the request was HEAD: what is written is dropped

	status int         // 0 until WriteHeader
	sent   http.Header // the header as it was then
	final  chan struct{}
	done   bool // final is closed
}

func newAnswer(r *http.Request, body io.Writer) *answer {
	return &answer{body: body, header: http.Header{}, head: r.Method == http.MethodHead, final: make(chan struct{})}
}

func (w *answer) Header() http.Header { return w.header }

// WriteHeader ignores 1xx, which API Gateway cannot pass on, and every status after the first.
func (w *answer) WriteHeader(status int) {
	switch {
	case w.status != 0, status >= 100 && status < 200:
		return
	case status < 100 || status > 999:
		status = http.StatusInternalServerError
	}
	w.status, w.sent = status, passable(w.header)
}

func (w *answer) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	if w.status == http.StatusNoContent || w.status == http.StatusNotModified {
		return 0, http.ErrBodyNotAllowed
	}
	w.commit(p)
	if w.head {
		return len(p), nil
	}
	return w.body.Write(p)
}

// Flush sends the header. What was written before it is already under way.
func (w *answer) Flush() { w.commit(nil) }

// commit makes status and header final. Without a Content-Type the first bytes tell it, as in net/http;
// API Gateway would say application/json of everything.
func (w *answer) commit(first []byte) {
	if w.done {
		return
	}
	w.WriteHeader(http.StatusOK)
	if _, ok := w.sent["Content-Type"]; !ok && len(first) > 0 && w.sent.Get("Content-Encoding") == "" {
		w.sent.Set("Content-Type", http.DetectContentType(first))
	}
	w.done = true
	close(w.final)
}

// passable is a copy of h without what speaks of one connection only, and without line breaks in values.
func passable(h http.Header) http.Header {
	out := http.Header{}
	for name, values := range h {
		switch name {
		case "Connection", "Keep-Alive", "Proxy-Connection", "Trailer", "Transfer-Encoding", "Upgrade":
			continue
		}
		if strings.HasPrefix(name, http.TrailerPrefix) {
			continue
		}
		values = slices.Clone(values)
		for i, v := range values {
			values[i] = strings.NewReplacer("\r", " ", "\n", " ").Replace(v)
		}
		out[name] = values
	}
	return out
}
