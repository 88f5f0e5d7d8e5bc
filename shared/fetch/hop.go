package fetch

import (
	"errors"
	"mime"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strings"

	"github.com/fflambda/fflambda/shared/address"
	"github.com/fflambda/fflambda/shared/job"
)

const maxRedirects = 5

// hop makes the requests of a chain of redirects, one at a time. All that is checked is checked here or by the guard,
// so that no redirect gets around it.
type hop struct {
	f    *Fetcher
	dog  *watchdog
	site string // where the chain has come to
}

func (h *hop) RoundTrip(request *http.Request) (*http.Response, error) {
	if failure := checkURL(request.URL); failure != nil {
		return nil, failure
	}
	h.site = siteOf(request.URL)
	next := h.f.c.Own(request.URL)
	if next == nil {
		next = h.f.network
		h.dog.arm(h.f.c.Connect, "did not accept a connection")
	} else {
		h.answer()
	}
	ctx := httptrace.WithClientTrace(request.Context(), &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { h.answer() },
	})
	response, err := next.RoundTrip(request.WithContext(ctx))
	if err != nil {
		return nil, explain(ctx, h.site, err)
	}
	if failure := lost(h.site, response); failure != nil {
		_ = response.Body.Close() // not read
		return nil, failure
	}
	h.dog.arm(h.f.c.Stall, "stopped sending")
	return response, nil
}

// lost refuses a redirect to what is no URL: asking again would not help.
func lost(site string, response *http.Response) *job.Failure {
	if _, err := response.Location(); response.StatusCode/100 != 3 || err == nil || errors.Is(err, http.ErrNoLocation) {
		return nil
	}
	return job.Failf(job.InputUnreachable, "%s redirects to what is no URL", site)
}

// answer gives the server its time up to the first byte.
func (h *hop) answer() { h.dog.arm(h.f.c.FirstByte, "did not answer") }

// newTransport is the way to the network: no proxy of the environment, no decompression, a connection a request
// (a kept one would stay open while a Lambda sleeps).
func (f *Fetcher) newTransport() *http.Transport {
	return &http.Transport{
		Proxy:                  nil,
		DialContext:            f.guard.Dial,
		TLSHandshakeTimeout:    f.c.Connect,
		DisableCompression:     true,
		DisableKeepAlives:      true,
		MaxResponseHeaderBytes: 64 << 10,
	}
}

// checkURL refuses what no input's URL needs. A user name and password are refused, not stripped:
// they would be sent as Authorization, and without them the request is another one than was asked for.
func checkURL(u *url.URL) *job.Failure {
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return job.Failf(job.InputForbidden, "inputs come over http, https or gs:// of this service's bucket, not over %q", clip(u.Scheme))
	case u.Opaque != "" || u.Hostname() == "":
		return job.Failf(job.InputForbidden, "the input's URL has no host: it has to look like %s://host/path", u.Scheme)
	case u.User != nil:
		return job.Failf(job.InputForbidden, "%s: a URL with a user name or password in it is not fetched: use a presigned URL", siteOf(u))
	case strings.Contains(u.Hostname(), "%"):
		return job.Failf(job.InputForbidden, "%s: an address with a zone is not fetched", siteOf(u))
	}
	return nil
}

// checkRedirect counts, and keeps the query of the URL that redirects (it may hold a signature) out of Referer.
func checkRedirect(request *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return job.Failf(job.InputUnreachable, "%s redirects more than %d times", siteOf(via[0].URL), maxRedirects)
	}
	request.Header.Del("Referer")
	request.URL.RawQuery = address.Query(request.URL.RawQuery)
	if failure := checkURL(request.URL); failure != nil {
		failure.Message = siteOf(via[len(via)-1].URL) + " redirects to a place that is not fetched: " + failure.Message
		return failure
	}
	return nil
}

// refusal says why an answer is not the file, or nil.
func refusal(site string, response *http.Response) *job.Failure {
	if failure := badStatus(site, response.StatusCode); failure != nil {
		return failure
	}
	if name := compression(response.Header.Values("Content-Encoding")); name != "" {
		return job.Failf(job.InputNotMedia, "%s sent the file compressed (%s), though it was asked not to: serve it without Content-Encoding", site, name)
	}
	switch kind, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type")); kind {
	case "text/html", "application/xhtml+xml":
		return notMedia(site)
	}
	return nil
}

// badStatus takes anything but 200 for a failure. Also 206: no range was asked for, so it is a part of the file.
func badStatus(site string, status int) *job.Failure {
	text := strings.TrimSpace(http.StatusText(status))
	switch {
	case status == http.StatusOK:
		return nil
	case status == http.StatusNoContent || status == http.StatusResetContent:
		return empty(site)
	case status == http.StatusPartialContent:
		return job.Failf(job.InputUnreachable, "%s sent a part of the file (206) where the whole was asked for", site)
	case slices.Contains([]int{http.StatusUnauthorized, http.StatusForbidden, http.StatusProxyAuthRequired}, status):
		return job.Failf(job.InputForbidden, "%s answered %d %s: the URL has to be readable by everybody, or presigned and not yet expired", site, status, text)
	case status == http.StatusNotFound || status == http.StatusGone:
		return job.Failf(job.InputUnreachable, "%s answered %d %s: check the URL", site, status, text)
	case status >= 500 || slices.Contains([]int{http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests}, status):
		return job.Failf(job.InputUnreachable, "%s answered %d %s: try again later", site, status, text).Again()
	default:
		return job.Failf(job.InputUnreachable, "%s answered %d %s instead of the file", site, status, text)
	}
}

// compression names the first coding that changes the bytes. Others are labels: aws-chunked, for one,
// stays on S3 objects whose bytes are plain.
func compression(codings []string) string {
	for _, coding := range strings.Split(strings.ToLower(strings.Join(codings, ",")), ",") {
		switch coding = strings.TrimSpace(coding); coding {
		case "gzip", "x-gzip", "deflate", "compress", "x-compress", "br", "zstd":
			return coding
		}
	}
	return ""
}
