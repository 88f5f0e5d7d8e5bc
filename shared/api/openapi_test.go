package api_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/fflambda/fflambda/docs/openapi"
)

// TestOpenAPIDocument: the document is for everybody, and names the server that was asked instead of the one in the file.
func TestOpenAPIDocument(t *testing.T) {
	t.Parallel()
	if n := strings.Count(openapi.Transcodes, openapi.Server); n != 1 {
		t.Fatalf("the file names its server %d times", n)
	}
	rec := httptest.NewRecorder()
	newWorld(t).api.ServeHTTP(rec, httptest.NewRequest("GET", "/openapi/transcodes.yaml", nil))
	if got := rec.Header().Get("Content-Type"); rec.Code != 200 || got != "application/yaml" {
		t.Fatalf("%d %s", rec.Code, got)
	}
	if want := strings.Replace(openapi.Transcodes, openapi.Server, `"https://video.example"`, 1); rec.Body.String() != want {
		t.Errorf("the server answers with another document:\n%.1000s", rec.Body)
	}
}
