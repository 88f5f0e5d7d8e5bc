package gateway

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

// request is the event as net/http's server would have handed it over.
func (a *Adapter) request(ctx context.Context, e events.APIGatewayProxyRequest) (*http.Request, error) {
	if !token(e.HTTPMethod) {
		return nil, fmt.Errorf("no event of an API Gateway REST API: httpMethod is %q", e.HTTPMethod)
	}
	body, err := content(e)
	if err != nil {
		return nil, err
	}
	headers, host := header(e)
	prefix, path := locate(e)
	path = escape(path)
	decoded, err := url.PathUnescape(path)
	if err != nil {
		return nil, fmt.Errorf("path of the event: %w", err)
	}
	r := &http.Request{
		Method: e.HTTPMethod,
		URL:    &url.URL{Path: decoded, RawPath: path, RawQuery: query(e).Encode()},
		Proto:  "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: headers, Host: host,
		Body: http.NoBody, ContentLength: int64(len(body)),
		RemoteAddr: remote(e.RequestContext.Identity.SourceIP),
	}
	r.RequestURI = r.URL.RequestURI()
	if len(body) > 0 {
		r.Body = io.NopCloser(bytes.NewReader(body))
		r.Header.Set("Content-Length", strconv.Itoa(len(body)))
	}
	f := facts{base: a.base(e, host, prefix), id: a.id(ctx, e)}
	return r.WithContext(context.WithValue(ctx, factsKey{}, f)), nil
}

// content is the request's body, decoded.
func content(e events.APIGatewayProxyRequest) ([]byte, error) {
	if !e.IsBase64Encoded {
		return []byte(e.Body), nil
	}
	body, err := base64.StdEncoding.DecodeString(e.Body)
	if err != nil {
		return nil, fmt.Errorf("body of the event: %w", err)
	}
	return body, nil
}

// header is the request's header and host. What HTTP does not allow is left out: AWS's own example has a header
// without a name. The body has arrived whole, so what the header says of its framing is over.
func header(e events.APIGatewayProxyRequest) (h http.Header, host string) {
	h = http.Header{}
	for _, name := range slices.Sorted(maps.Keys(e.MultiValueHeaders)) {
		for _, value := range e.MultiValueHeaders[name] {
			if token(name) && printable(value) {
				h.Add(name, value)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(e.Headers)) {
		if token(name) && printable(e.Headers[name]) && h.Values(name) == nil {
			h.Set(name, e.Headers[name])
		}
	}
	host = h.Get("Host")
	if e.RequestContext.DomainName != "" {
		host = e.RequestContext.DomainName
	}
	u, err := url.Parse("//" + host)
	if err != nil || u.Host != host || strings.ContainsFunc(host, func(c rune) bool { return c > '~' }) {
		host = ""
	}
	for _, name := range []string{"Host", "Content-Length", "Transfer-Encoding", "Trailer"} {
		h.Del(name)
	}
	return h, host
}

// query is the query, whose names and values API Gateway has decoded.
func query(e events.APIGatewayProxyRequest) url.Values {
	q := url.Values{}
	for name, value := range e.QueryStringParameters {
		q.Set(name, value)
	}
	for name, values := range e.MultiValueQueryStringParameters {
		q[name] = values
	}
	return q
}

// base is what Base says. API Gateway's own domain has the stage in front of every path, though not in the event's.
func (a *Adapter) base(e events.APIGatewayProxyRequest, host, prefix string) string {
	if host == "" {
		return ""
	}
	if stage := e.RequestContext.Stage; stage != "" && strings.Contains(host, ".execute-api.") {
		prefix = "/" + url.PathEscape(stage)
	}
	scheme := "https://"
	if a.config.Local {
		scheme = "http://"
	}
	return scheme + host + escape(prefix)
}

func (a *Adapter) id(ctx context.Context, e events.APIGatewayProxyRequest) string {
	id := e.RequestContext.RequestID
	if c, ok := lambdacontext.FromContext(ctx); ok && (a.config.Local || id == "") {
		id = c.AwsRequestID
	}
	return id
}

// remote is the client's address in the form of net/http's server. API Gateway does not tell the port.
func remote(ip string) string {
	if ip == "" {
		return ""
	}
	return net.JoinHostPort(ip, "0")
}

// token reports whether s may be a method or the name of a header (RFC 9110, 5.6.2).
func token(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(c rune) bool {
		return !alphanumeric(c) && !strings.ContainsRune("!#$%&'*+-.^_`|~", c)
	})
}

// printable reports whether s may be the value of a header: no control characters but the tab.
func printable(s string) bool {
	return !strings.ContainsFunc(s, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f })
}

func alphanumeric(c rune) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}
