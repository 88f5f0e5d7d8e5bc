package functions_test

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/fflambda/fflambda/shared/api"
	"github.com/fflambda/fflambda/shared/job"
)

// TestTempFile: a temporary file goes to S3 with any type or none, comes back by its link, and is a job's input.
func TestTempFile(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	front := s.instance(t)
	made := front.request(t, s.request(t, "upload-tmp"), api.Upload)
	data, _ := made.body["data"].(map[string]any)
	upload, _ := data["upload_url"].(string)
	download, _ := data["download_url"].(string)
	if made.status != 200 || upload == "" {
		t.Fatalf("%d %v", made.status, made.body)
	}
	for _, contentType := range []string{"", "application/octet-stream"} {
		if status, _ := send(t, "PUT", upload, contentType, wav()); status != 200 {
			t.Fatalf("PUT with type %q: %d", contentType, status)
		}
	}
	at, err := url.Parse(download)
	must(t, err)
	token := at.Path[strings.LastIndex(at.Path, "/")+1:]
	link := s.request(t, "download-link")
	link.Path, link.PathParameters = "/d/"+token, map[string]string{"token": token}
	found := front.request(t, link, api.Download)
	if status, body := send(t, "GET", found.header.Get("Location"), "", nil); found.status != 302 || status != 200 || !bytes.Equal(body, wav()) {
		t.Errorf("download: %d, then %d with %d bytes", found.status, status, len(body))
	}

	create := s.request(t, "create-ffmpeg")
	create.Body = `{"input_files":{"in.wav":"` + download + `"},"output_files":["o.wav"],"ffmpeg_commands":["-i {{in.wav}} {{o.wav}}"]}`
	create.QueryStringParameters, create.MultiValueQueryStringParameters = nil, nil
	a := front.request(t, create, api.Create)
	shown, _ := a.body["data"].(map[string]any)
	id, _ := shown["id"].(string)
	if a.status != 200 || id == "" {
		t.Fatalf("create: %d %v", a.status, a.body)
	}
	s.instance(t).worker(t).handled(t, s.take(t))
	s.wantState(t, id, job.Succeeded, 1)
}

// send is a request of a client without any key.
func send(t *testing.T, method, link, contentType string, body []byte) (int, []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, link, bytes.NewReader(body))
	must(t, err)
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	res, err := http.DefaultClient.Do(r)
	must(t, err)
	defer func() { _ = res.Body.Close() }()
	got, err := io.ReadAll(res.Body)
	must(t, err)
	return res.StatusCode, got
}
