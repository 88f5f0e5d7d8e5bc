package api_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/fflambda/fflambda/docs/openapi"
)

// TestOpenAPIDocument: the documents are for everybody, and name the server that was asked instead of the one in the file.
func TestOpenAPIDocument(t *testing.T) {
	t.Parallel()
	for path, document := range map[string]string{"/openapi/transcodes.yaml": openapi.Transcodes, "/openapi/ffmpeg.yaml": openapi.FFmpeg} {
		if n := strings.Count(document, openapi.Server); n != 1 {
			t.Fatalf("%s: the file names its server %d times", path, n)
		}
		rec := httptest.NewRecorder()
		newWorld(t).api.ServeHTTP(rec, httptest.NewRequest("GET", path, nil))
		if got := rec.Header().Get("Content-Type"); rec.Code != 200 || got != "application/yaml" {
			t.Fatalf("%s: %d %s", path, rec.Code, got)
		}
		if want := strings.Replace(document, openapi.Server, `"https://video.example"`, 1); rec.Body.String() != want {
			t.Errorf("%s: the server answers with another document:\n%.1000s", path, rec.Body)
		}
	}
}
