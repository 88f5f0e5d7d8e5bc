package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/fflambda/fflambda/shared/job"
)

// TestTempFileRedirects: where objects are no files, a temporary file is put to S3 and read from there.
func TestTempFileRedirects(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rec := w.do("POST", "/api/tmp-file", "")
	var answer struct {
		Data struct {
			Upload   string `json:"upload_url"`
			Download string `json:"download_url"`
		}
	}
	if err := json.Unmarshal(rec.Body.Bytes(), &answer); err != nil || rec.Code != 200 {
		t.Fatalf("%d %s: %v", rec.Code, rec.Body, err)
	}
	path, ok := strings.CutPrefix(answer.Data.Download, "https://video.example/d/")
	id, name, err := w.links.Verify(path, w.now.Add(time.Hour-time.Second))
	if !ok || err != nil || name != job.TempName || answer.Data.Upload != "https://s3.example/tmp/"+id+"?method=PUT" {
		t.Fatalf("%+v: %s %q %v", answer.Data, id, name, err)
	}
	for _, method := range []string{"GET", "HEAD"} {
		rec := w.do(method, "/d/"+path, "")
		if got, want := rec.Header().Get("Location"), "https://s3.example/tmp/"+id+"?method="+method; rec.Code != http.StatusFound || !strings.HasPrefix(got, want) {
			t.Errorf("%s: %d to %q, want %s", method, rec.Code, got, want)
		}
	}
	w.now = w.now.Add(time.Hour)
	if rec := w.do("GET", "/d/"+path, ""); rec.Code != 410 {
		t.Errorf("after an hour: %d %s", rec.Code, rec.Body)
	}
}
