package gateway_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"github.com/fflambda/fflambda/shared/gateway"
	"github.com/fflambda/fflambda/shared/jobtest"
)

const (
	ownDomain = "abc123.execute-api.eu-west-1.amazonaws.com"
	id        = "0c2f1a6e-3b1f-4a55-9d3a-1e7b5a0f4c11"
	// As long as a real link's token, with a dot and what base64url has.
	link = "eyJqIjoiMGMyZjFhNmUifQ.Zm9v_-YmFy"
)

// event reads a whole event that others made: sam.json is what `sam local generate-event apigateway aws-proxy` prints,
// aws.json the example of "Lambda proxy integrations" in API Gateway's developer guide.
func event(t testing.TB, name string) events.APIGatewayProxyRequest {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "events", name))
	if err != nil {
		t.Fatal(err)
	}
	var e events.APIGatewayProxyRequest
	if err := json.Unmarshal(b, &e); err != nil {
		t.Fatal(err)
	}
	return e
}

// routeEvent is what API Gateway sends for a request of a route: sam's event with the route's own parts.
// A target is a path and perhaps a query of one name.
func routeEvent(t testing.TB, method, resource, target, body string) events.APIGatewayProxyRequest {
	t.Helper()
	e := event(t, "sam.json")
	path, q, _ := strings.Cut(target, "?")
	e.HTTPMethod, e.Resource, e.Path, e.Body, e.IsBase64Encoded = method, resource, path, body, false
	e.QueryStringParameters, e.MultiValueQueryStringParameters, e.PathParameters = nil, nil, nil
	if name, value, ok := strings.Cut(q, "="); ok {
		e.QueryStringParameters = map[string]string{name: value}
		e.MultiValueQueryStringParameters = map[string][]string{name: {value}}
	}
	if resource == "/{proxy+}" {
		e.PathParameters = map[string]string{"proxy": strings.Trim(path, "/")}
	}
	e.MultiValueHeaders = map[string][]string{"Authorization": {"Bearer secret"}, "Host": {ownDomain}, "Accept": {"*/*"}}
	if body != "" {
		e.MultiValueHeaders["Content-Type"] = []string{"application/json"}
	}
	e.Headers = map[string]string{}
	for name, values := range e.MultiValueHeaders {
		e.Headers[name] = values[len(values)-1]
	}
	c := &e.RequestContext
	c.DomainName, c.ResourcePath, c.HTTPMethod, c.Path = ownDomain, resource, method, "/prod"+path
	return e
}

var routes = []struct{ method, resource, target, body string }{
	{"POST", "/v1/upload/presigned-url", "/v1/upload/presigned-url", `{"filename":"clip.mp4"}`},
	{"POST", "/v1/upload/confirm", "/v1/upload/confirm", `{"url":"s3://bucket/uploads/alice/clip.mp4"}`},
	{"POST", "/v1/ffprobe", "/v1/ffprobe", `{"url":"https://media.example/größe.mp4"}`},
	{"POST", "/v1/transcodes", "/v1/transcodes", `{"input":{"url":"https://media.example/clip.mp4"}}`},
	{"GET", "/v1/transcodes", "/v1/transcodes?status=completed", ""},
	{"GET", "/v1/transcodes/{id}", "/v1/transcodes/" + id, ""},
	{"PATCH", "/v1/transcodes/{id}/cancel", "/v1/transcodes/" + id + "/cancel", ""},
	{"GET", "/v1/transcodes/{id}/download", "/v1/transcodes/" + id + "/download", ""},
	{"POST", "/api/ffmpeg", "/api/ffmpeg?wait=true", `{"ffmpeg_commands":["-i {{in_1}} {{out_1}}"]}`},
	{"GET", "/api/jobs", "/api/jobs?limit=20", ""},
	{"GET", "/api/jobs/{id}", "/api/jobs/" + id, ""},
	{"POST", "/api/jobs/{id}/cancel", "/api/jobs/" + id + "/cancel", ""},
	{"POST", "/api/tmp-file", "/api/tmp-file", ""},
	{"POST", "/api/validate", "/api/validate", `{"ffmpeg_commands":["-version"]}`},
	{"GET", "/d/{token}", "/d/" + link, ""},
	{"HEAD", "/d/{token}", "/d/" + link, ""},
	{"GET", "/d/{token}/{name}", "/d/" + link + "/my%20clip%20%231.mp4", ""},
	{"GET", "/health-check", "/health-check", ""},
	{"DELETE", "/{proxy+}", "/v1/blueprints/a%2Fb", ""},
}

// TestRequests shows what a handler gets of every route, and of the events that others made.
func TestRequests(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	for _, name := range []string{"aws.json", "sam.json"} {
		fmt.Fprintf(&out, "== %s\n%s\n", name, received(t, gateway.Config{}, event(t, name)))
	}
	for _, r := range routes {
		fmt.Fprintf(&out, "== %s %s\n%s\n", r.method, r.resource, received(t, gateway.Config{}, routeEvent(t, r.method, r.resource, r.target, r.body)))
	}
	jobtest.Golden(t, "requests.golden", out.Bytes())
}

// received is the request that a handler gets for the event, as text.
func received(t testing.TB, c gateway.Config, e events.APIGatewayProxyRequest) string {
	t.Helper()
	var out strings.Builder
	deliver(t, c, e, func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		fmt.Fprintf(&out, "%s %s %s\nhost %s, from %s, %d bytes\nbase %s\nid %s\n", r.Method, r.RequestURI, r.Proto, r.Host, r.RemoteAddr,
			r.ContentLength, gateway.Base(r), gateway.RequestID(r))
		_ = r.Header.Write(&out)
		fmt.Fprintf(&out, "%s\n", bytes.ReplaceAll(body, []byte("\r"), nil))
	})
	return strings.ReplaceAll(out.String(), "\r", "")
}

// deliver lets h answer the event, buffered.
func deliver(t testing.TB, c gateway.Config, e events.APIGatewayProxyRequest, h http.HandlerFunc) *events.APIGatewayProxyResponse {
	t.Helper()
	c.Log = slog.New(slog.DiscardHandler)
	got, err := gateway.New(h, c).Handle(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	answer, ok := got.(*events.APIGatewayProxyResponse)
	if !ok {
		t.Fatalf("the answer is a %T", got)
	}
	return answer
}

// TestNoGateway: a request of another server has neither base nor id.
func TestNoGateway(t *testing.T) {
	t.Parallel()
	r, err := http.NewRequestWithContext(context.Background(), "GET", "/", nil)
	if err != nil {
		t.Fatal(err)
	}
	if gateway.Base(r) != "" || gateway.RequestID(r) != "" {
		t.Errorf("got base %q and id %q", gateway.Base(r), gateway.RequestID(r))
	}
}
