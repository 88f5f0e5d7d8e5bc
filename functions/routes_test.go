package functions_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fflambda/fflambda/shared/api"
)

// routes is every route of the API and the function behind it. A stream may last for 15 minutes, an answer for 29 s.
func routes() []string {
	return []string{
		"ANY / Create",
		"ANY /{proxy+} Create, stream",
		"GET /api/jobs Status",
		"GET /api/jobs/{id} Status",
		"GET /d/{token} Download",
		"GET /d/{token}/{name} Download",
		"GET /health-check Create",
		"GET /v1/transcodes Status",
		"GET /v1/transcodes/{id} Status",
		"GET /v1/transcodes/{id}/download Download",
		"HEAD /d/{token} Download",
		"HEAD /d/{token}/{name} Download",
		"OPTIONS /d/{token} Download",
		"OPTIONS /d/{token}/{name} Download",
		"PATCH /v1/transcodes/{id}/cancel Cancel",
		"POST /api/ffmpeg Create, stream",
		"POST /api/jobs/{id}/cancel Cancel",
		"POST /api/tmp-file Upload",
		"POST /api/validate Create",
		"POST /v1/ffprobe Probe",
		"POST /v1/transcodes Create",
		"POST /v1/upload/confirm Probe",
		"POST /v1/upload/presigned-url Upload",
	}
}

const (
	buffered  = "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${%.Arn}/invocations"
	streaming = "arn:aws:apigateway:${AWS::Region}:lambda:path/2021-11-15/functions/${%.Arn}/response-streaming-invocations"
)

func TestRoutes(t *testing.T) {
	t.Parallel()
	var got []string
	paths, _ := at(translated(t).Resources["Api"].Properties, "Body", "paths").(map[string]any)
	for path, methods := range paths {
		methods, _ := methods.(map[string]any)
		for method, operation := range methods {
			if method == "x-amazon-apigateway-any-method" {
				method = "any"
			}
			got = append(got, strings.ToUpper(method)+" "+path+" "+behind(at(operation, "x-amazon-apigateway-integration")))
		}
	}
	slices.Sort(got)
	if diff := cmp.Diff(routes(), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestRoutesOfTheHandlers: every route that the handlers have leads to the function that answers its verb. Those of Create
// that the template does not name fall to it by the catch-all.
func TestRoutesOfTheHandlers(t *testing.T) {
	t.Parallel()
	for _, r := range api.Routes() {
		function := strings.ToUpper(string(r.Verb[:1])) + string(r.Verb[1:])
		want := r.Method + " " + r.Path + " " + function
		all := routes()
		named := slices.ContainsFunc(all, func(line string) bool { return strings.Fields(line)[1] == r.Path })
		if r.Verb == api.Create && !named {
			continue
		}
		if !slices.Contains(all, want) && !slices.Contains(all, want+", stream") {
			t.Errorf("the template lacks %s", want)
		}
	}
}

// behind is the function of an integration, and whether it streams. What fits neither is shown as it is.
func behind(integration any) string {
	uri := text(at(integration, "uri"))
	mode, timeout := at(integration, "responseTransferMode"), at(integration, "timeoutInMillis")
	for _, name := range names() {
		switch uri {
		case strings.Replace(buffered, "%", name, 1):
			if mode == nil && timeout == nil {
				return name
			}
		case strings.Replace(streaming, "%", name, 1):
			if mode == "STREAM" && timeout == 900000. {
				return name + ", stream"
			}
		}
	}
	return text(integration)
}

// TestGatewayAnswers: what API Gateway answers by itself is JSON with the fields of both APIs.
func TestGatewayAnswers(t *testing.T) {
	t.Parallel()
	answers, _ := at(translated(t).Resources["Api"].Properties, "Body", "x-amazon-apigateway-gateway-responses").(map[string]any)
	for _, name := range []string{"DEFAULT_4XX", "DEFAULT_5XX", "MISSING_AUTHENTICATION_TOKEN", "REQUEST_TOO_LARGE", "THROTTLED"} {
		body := text(at(answers[name], "responseTemplates", "application/json"))
		for _, field := range []string{`"error":`, `"errorCode":`, `"message":`} {
			if !strings.Contains(body, field) {
				t.Errorf("%s lacks %s: %s", name, field, body)
			}
		}
	}
}
