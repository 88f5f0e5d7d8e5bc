package gateway_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/google/go-cmp/cmp"

	"github.com/fflambda/fflambda/shared/gateway"
)

// decoded is the path's segments as a router sees them that decodes each on its own.
func decoded(t testing.TB, u *url.URL) []string {
	t.Helper()
	var out []string
	for s := range strings.SplitSeq(u.EscapedPath(), "/") {
		d, err := url.PathUnescape(s)
		if err != nil {
			t.Errorf("%s: %v", u.EscapedPath(), err)
		}
		if d != "" {
			out = append(out, d)
		}
	}
	return out
}

func TestPath(t *testing.T) {
	t.Parallel()
	const custom = "video.example"
	for _, test := range []struct {
		name, domain, resource, path, proxy string
		wantPath, wantBase                  string
		segments                            []string
	}{
		{"own domain", ownDomain, "/d/{token}", "/d/x", "", "/d/x", "https://" + ownDomain + "/prod", []string{"d", "x"}},
		{"custom domain", custom, "/d/{token}", "/d/x", "", "/d/x", "https://video.example", []string{"d", "x"}},
		{"base path", custom, "/d/{token}", "/media/d/x", "", "/d/x", "https://video.example/media", []string{"d", "x"}},
		{"base path and stage", custom, "/d/{token}", "/media/prod/d/x", "", "/d/x", "https://video.example/media/prod", []string{"d", "x"}},
		{"base path like the resource", custom, "/v1/{a}", "/v1/v1/x", "", "/v1/x", "https://video.example/v1", []string{"v1", "x"}},
		{"base path, catch-all", custom, "/{proxy+}", "/media/a/b", "a/b", "/a/b", "https://video.example/media", []string{"a", "b"}},
		{"base path, part of a catch-all", custom, "/v1/{proxy+}", "/media/v1/a%20b/c", "a b/c", "/v1/a%20b/c", "https://video.example/media", []string{"v1", "a b", "c"}},
		{"catch-all of unknown length", custom, "/{proxy+}", "/media/a", "", "/media/a", "https://video.example", []string{"media", "a"}},
		{"catch-all that does not fit", custom, "/{proxy+}", "/media/a", "b", "/media/a", "https://video.example", []string{"media", "a"}},
		{"base path and the root", custom, "/", "/media", "", "/", "https://video.example/media", nil},
		{"root", ownDomain, "/", "/", "", "/", "https://" + ownDomain + "/prod", nil},
		{"another resource", custom, "/d/{token}", "/media/e/x", "", "/media/e/x", "https://video.example", []string{"media", "e", "x"}},
		{"doubled slashes", ownDomain, "/d/{token}", "//d//x", "", "//d//x", "https://" + ownDomain + "/prod", []string{"d", "x"}},
		{"doubled slashes and a base path", custom, "/d/{token}", "//media//d/x/", "", "//d/x/", "https://video.example//media", []string{"d", "x"}},
		{"encoded slash", ownDomain, "/d/{token}", "/d/a%2Fb", "", "/d/a%2Fb", "https://" + ownDomain + "/prod", []string{"d", "a/b"}},
		{"encoded slash, catch-all", ownDomain, "/{proxy+}", "/a%2Fb", "a/b", "/a%2Fb", "https://" + ownDomain + "/prod", []string{"a/b"}},
		{"encoded blank", ownDomain, "/d/{token}", "/d/a%20b", "", "/d/a%20b", "https://" + ownDomain + "/prod", []string{"d", "a b"}},
		{"blank", ownDomain, "/d/{token}", "/d/a b", "", "/d/a%20b", "https://" + ownDomain + "/prod", []string{"d", "a b"}},
		{"plus", ownDomain, "/d/{token}", "/d/a+b", "", "/d/a+b", "https://" + ownDomain + "/prod", []string{"d", "a+b"}},
		{"bare percent", ownDomain, "/d/{token}", "/d/100%", "", "/d/100%25", "https://" + ownDomain + "/prod", []string{"d", "100%"}},
		{"percent that is no escape", ownDomain, "/d/{token}", "/d/%zz%2", "", "/d/%25zz%252", "https://" + ownDomain + "/prod", []string{"d", "%zz%2"}},
		{"question mark and hash", ownDomain, "/d/{token}", "/d/a?b#c", "", "/d/a%3Fb%23c", "https://" + ownDomain + "/prod", []string{"d", "a?b#c"}},
		{"Unicode", ownDomain, "/d/{token}", "/d/größe", "", "/d/gr%C3%B6%C3%9Fe", "https://" + ownDomain + "/prod", []string{"d", "größe"}},
		{"lower-case escapes stay", ownDomain, "/d/{token}", "/d/%c3%b6%7e", "", "/d/%c3%b6%7e", "https://" + ownDomain + "/prod", []string{"d", "ö~"}},
		{"no path", ownDomain, "/", "", "", "/", "https://" + ownDomain + "/prod", nil},
		{"no resource", custom, "", "/a/b", "", "/a/b", "https://video.example", []string{"a", "b"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			e := routeEvent(t, "GET", test.resource, "/", "")
			e.Path, e.RequestContext.DomainName, e.PathParameters = test.path, test.domain, nil
			if test.proxy != "" {
				e.PathParameters = map[string]string{"proxy": test.proxy}
			}
			deliver(t, gateway.Config{}, e, func(_ http.ResponseWriter, r *http.Request) {
				if r.RequestURI != test.wantPath || r.URL.EscapedPath() != test.wantPath || gateway.Base(r) != test.wantBase {
					t.Errorf("path %s (%s), base %s; want %s, %s", r.RequestURI, r.URL.EscapedPath(), gateway.Base(r), test.wantPath, test.wantBase)
				}
				if diff := cmp.Diff(test.segments, decoded(t, r.URL)); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

// TestSingleValues: an event may have only the single-valued maps, and what is in both comes from the others.
func TestSingleValues(t *testing.T) {
	t.Parallel()
	e := routeEvent(t, "POST", "/api/jobs", "/api/jobs", "")
	e.Headers = map[string]string{"authorization": "Bearer k", "X-A": "last", "Bad Name": "x", "X-Line": "a\r\nb"}
	e.MultiValueHeaders = map[string][]string{"x-a": {"first", "last"}, "content-length": {"99"}, "transfer-encoding": {"chunked"}}
	e.QueryStringParameters = map[string]string{"a": "last", "b": "1 & 2=3%4+5"}
	e.MultiValueQueryStringParameters = map[string][]string{"a": {"first", "last"}}
	e.Body, e.IsBase64Encoded = "AAEC/w==", true
	deliver(t, gateway.Config{}, e, func(_ http.ResponseWriter, r *http.Request) {
		want := http.Header{"Authorization": {"Bearer k"}, "X-A": {"first", "last"}, "Content-Length": {"4"}}
		if diff := cmp.Diff(want, r.Header); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(url.Values{"a": {"first", "last"}, "b": {"1 & 2=3%4+5"}}, r.URL.Query()); diff != "" {
			t.Error(diff)
		}
		if body, err := io.ReadAll(r.Body); err != nil || string(body) != "\x00\x01\x02\xff" || r.ContentLength != 4 {
			t.Errorf("%q, %d bytes: %v", body, r.ContentLength, err)
		}
	})
}

// TestLocal: sam local speaks http, decodes paths, names the resource as the request's path, and has one request id.
func TestLocal(t *testing.T) {
	t.Parallel()
	e := routeEvent(t, "GET", "/d/{token}/{name}", "/d/x/my clip.mp4", "")
	e.RequestContext.DomainName, e.RequestContext.Path = "127.0.0.1:3000", "/d/{token}/{name}"
	ctx := lambdacontext.NewContext(t.Context(), &lambdacontext.LambdaContext{AwsRequestID: "of-lambda"})
	h := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if gateway.Base(r) != "http://127.0.0.1:3000" || gateway.RequestID(r) != "of-lambda" || r.RequestURI != "/d/x/my%20clip.mp4" {
			t.Errorf("%s %s %s", gateway.Base(r), gateway.RequestID(r), r.RequestURI)
		}
	})
	got, err := gateway.New(h, gateway.Config{Local: true, Streams: []string{"/d/{token}/{name}"}}).Handle(ctx, e)
	if _, ok := got.(*events.APIGatewayProxyResponse); err != nil || !ok {
		t.Errorf("%T: %v", got, err)
	}
}

// TestContext: the Lambda's deadline is the request's, and its id stands in for one that API Gateway does not give.
func TestContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	ctx = lambdacontext.NewContext(ctx, &lambdacontext.LambdaContext{AwsRequestID: "of-lambda"})
	e := routeEvent(t, "GET", "/", "/", "")
	e.RequestContext.RequestID = ""
	var kept context.Context
	h := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		kept = r.Context()
		want, _ := ctx.Deadline()
		if got, ok := r.Context().Deadline(); !ok || !got.Equal(want) || gateway.RequestID(r) != "of-lambda" || kept.Err() != nil {
			t.Errorf("deadline %v, id %s, %v", got, gateway.RequestID(r), kept.Err())
		}
	})
	if _, err := gateway.New(h, gateway.Config{}).Handle(ctx, e); err != nil || kept.Err() == nil {
		t.Errorf("%v; the context after the request: %v", err, kept.Err())
	}
}

// TestForeignEvents: what did not come from API Gateway reaches no handler.
func TestForeignEvents(t *testing.T) {
	t.Parallel()
	a := gateway.New(http.NotFoundHandler(), gateway.Config{Log: slog.New(slog.DiscardHandler)})
	for name, e := range map[string]events.APIGatewayProxyRequest{
		"empty":  {},
		"method": {HTTPMethod: "GET /", Path: "/"},
		"base64": {HTTPMethod: "POST", Path: "/", Body: "{", IsBase64Encoded: true},
	} {
		if got, err := a.Handle(t.Context(), e); err == nil {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// FuzzRequest: whatever the event, the request is one that could have come over the wire.
func FuzzRequest(f *testing.F) {
	for _, name := range []string{"aws.json", "sam.json"} {
		b, err := os.ReadFile("testdata/events/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	for _, r := range routes {
		b, err := json.Marshal(routeEvent(f, r.method, r.resource, r.target, r.body))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var e events.APIGatewayProxyRequest
		if json.Unmarshal(b, &e) != nil {
			t.Skip()
		}
		h := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { checkWire(t, r) })
		a := gateway.New(h, gateway.Config{Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
		if _, err := a.Handle(t.Context(), e); err != nil && strings.Contains(err.Error(), "panic") {
			t.Error(err)
		}
	})
}

// checkWire sends r over a wire and compares what arrives.
func checkWire(t *testing.T, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	host := r.Host
	if host == "" {
		r.Host = "none"
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	var wire bytes.Buffer
	if err := r.Write(&wire); err != nil {
		t.Fatal(err)
	}
	got, err := http.ReadRequest(bufio.NewReader(&wire))
	if err != nil {
		t.Fatalf("%q: %v", wire.String(), err)
	}
	arrived, err := io.ReadAll(got.Body)
	if err != nil || !bytes.Equal(arrived, body) {
		t.Errorf("body %q, want %q: %v", arrived, body, err)
	}
	if got.Method != r.Method || got.RequestURI != r.RequestURI || got.URL.Path != r.URL.Path || got.Host != r.Host {
		t.Errorf("got %s %q %q of %q, want %s %q %q of %q", got.Method, got.RequestURI, got.URL.Path, got.Host, r.Method, r.RequestURI, r.URL.Path, r.Host)
	}
	if diff := cmp.Diff(r.URL.Query(), got.URL.Query()); diff != "" {
		t.Error(diff)
	}
	decoded(t, r.URL)
	if base := gateway.Base(r); base != "" {
		if u, err := url.Parse(base); err != nil || u.Host != host || strings.HasSuffix(base, "/") {
			t.Errorf("base %q: %v", base, err)
		}
	}
}
