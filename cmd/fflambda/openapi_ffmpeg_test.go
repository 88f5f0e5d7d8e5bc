package main

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// TestOpenAPIFFmpegAnswers is TestOpenAPIAnswers for the ffmpeg API.
func TestOpenAPIFFmpegAnswers(t *testing.T) {
	t.Parallel()
	q := &asked{server: common(t), document: specified(t, ffmpegDocument), seen: map[string][]string{}}
	q.creates(t)
	q.commands(t)
	q.pages(t)
	q.temporary(t)
	q.links(t)
	q.full(t, "/api/ffmpeg", tone(nil), 200)

	limited := start(t, options{args: []string{"--workers", "0", "--rate-limit", "0.001", "--quota", "jobs=0"}})
	q.ask(t, limited, alice, "POST", "/api/ffmpeg", tone(nil), 403)
	q.ask(t, limited, alice, "GET", "/api/jobs", nil, 200)
	maker := start(t, options{args: []string{"--workers", "1"}})
	links := q.files(t, maker)
	maker.stop() // its table would remember what it has read
	broken := start(t, options{data: maker.data, args: []string{"--workers", "0"}})
	breakTable(t, broken)
	for _, link := range links {
		q.ask(t, broken, "", "GET", link, nil, 500)
		q.ask(t, broken, "", "HEAD", link, nil, 500)
	}
	q.refused(t, "/api/", limited, broken)

	elsewhere := map[string]string{
		"POST /api/ffmpeg 403: The monthly quota of 500 jobs is spent. It begins anew on 2026-12-01 (UTC). This attempt is job 0192f0c4-5d3e-4c00-8a00-0123456789ab": "holds a date",
	}
	for _, o := range q.document.operations() {
		elsewhere[o.String()+" 302"] = "only in AWS"
		elsewhere[o.String()+" 410: This link has expired; read the job again for a new one"] = "wants seven days"
	}
	q.compare(t, elsewhere)
}

// creates is about request bodies. What is refused is refused by both routes that take one.
func (q *asked) creates(t *testing.T) {
	t.Helper()
	in := func(url string) object {
		return object{"input_files": object{"in": url}, "output_files": []string{"o.mp4"}, "ffmpeg_commands": []string{"-i {{in}} {{o.mp4}}"}}
	}
	for _, path := range []string{"/api/ffmpeg", "/api/validate"} {
		for _, body := range []any{"{", "", "[]", `"x"`, tone(object{"machine": "nvidia"}), tone(object{"timeout_seconds": 0}), in("ftp://media.example/a")} {
			q.ask(t, q.server, alice, "POST", path, body, 400)
		}
		q.ask(t, q.server, alice, "POST", path, in("gs://elsewhere/a.mp4"), 403)
		q.ask(t, q.server, alice, "POST", path, in("gs://fflambda/uploads/bob/a.mp4"), 403)
		q.ask(t, q.server, alice, "POST", path, tone(nil), 200, "Idempotency-Key", t.Name())
	}
	again := q.ask(t, q.server, alice, "POST", "/api/ffmpeg", tone(nil), 200, "Idempotency-Key", t.Name())
	if again.header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("no replay: %v", again.header)
	}
	q.ask(t, q.server, alice, "POST", "/api/ffmpeg", tone(object{"machine": "cpu"}), 409, "Idempotency-Key", t.Name())
}

// commands is about jobs of every kind, from their creation to their end.
func (q *asked) commands(t *testing.T) {
	t.Helper()
	create := func(path string, body object) string {
		t.Helper()
		return q.ask(t, q.server, alice, "POST", path, body, 200).text("data", "id")
	}
	clip := object{"a.mp4": serveFile(t, clip(t)), "unused": "https://127.0.0.2/x.mp4"}
	ends := map[string]object{
		"succeeded": tone(object{"webhook_url": q.hook(t), "timeout_seconds": 60.0, "machine": nil}),
		"failed":    {"input_files": clip, "output_files": []string{"o.mp4"}, "ffmpeg_commands": []string{"-i {{a.mp4}} {{o.mp4}}"}},
	}
	for status, body := range ends {
		id := create("/api/ffmpeg", body)
		if got := q.over(t, id); got != status {
			t.Errorf("%v is %s, want %s", body, got, status)
		}
		q.ask(t, q.server, alice, "POST", "/api/jobs/"+id+"/cancel", "not JSON", 400)
	}
	create("/api/ffmpeg?wait=true", object{"output_files": []string{"o.mp4"}, "ffmpeg_command": "-f lavfi -i sine=duration=0.1 -c:v none {{o.mp4}}"})

	delete(clip, "unused")
	long := create("/api//ffmpeg?wait=no", object{"input_files": clip, "output_files": []string{"*.mkv"}, "ffmpeg_commands": []string{"-re -i {{a.mp4}} -c copy a.nut", "-re -stream_loop -1 -i {{a.mp4}} -c copy a.mkv"}})
	q.running(t, "/api/jobs/"+long)
	q.ask(t, q.server, alice, "GET", "/api/jobs/"+long, nil, 200)
	q.ask(t, q.server, bob, "POST", "/api/jobs/"+long+"/cancel", nil, 404)
	q.ask(t, q.server, alice, "POST", "/api/jobs/"+long+"/cancel", nil, 200)
	if got := q.over(t, long); got != "cancelled" {
		t.Errorf("cancelled, and %s", got)
	}
	q.ask(t, q.server, alice, "GET", "/api/jobs/"+aJob, nil, 404)
	q.ask(t, q.server, alice, "GET", "/api/jobs/x", nil, 404)
}

// hook is the URL of a receiver that judges what it is told, once.
func (q *asked) hook(t *testing.T) string {
	t.Helper()
	told := make(chan error, 10)
	schema := dig(q.document.root, "webhooks", "jobEnded", "post", "requestBody", "content", "application/json", "schema")
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := jsonschema.UnmarshalJSON(r.Body)
		if err == nil {
			err = q.document.fits("webhook", schema, body, strict)
		}
		told <- err
	}))
	t.Cleanup(func() {
		if err := <-told; err != nil {
			t.Errorf("a webhook: %v", err)
		}
		receiver.Close()
	})
	return receiver.URL + "/?order=4711"
}

// over reads the job until it has ended; every answer on the way is judged.
func (q *asked) over(t *testing.T, id string) (status string) {
	t.Helper()
	until(t, func() bool {
		status = q.ask(t, q.server, alice, "GET", "/api/jobs/"+id, nil, 200).text("data", "status")
		return slices.Contains([]string{"succeeded", "failed", "cancelled"}, status)
	})
	return status
}

func (q *asked) pages(t *testing.T) {
	t.Helper()
	for query, status := range map[string]int{
		"": 200, "?limit=1": 200, "?limit=1000&offset=1": 200, "?offset=99999999999": 200, "?status=failed": 200,
		"?limit=0": 400, "?limit=x": 400, "?limit=": 400, "?offset=-1": 400, "?offset=1.5": 400,
	} {
		q.ask(t, q.server, alice, "GET", "/api/jobs"+query, nil, status)
	}
}

// temporary is about files on their way in.
func (q *asked) temporary(t *testing.T) {
	t.Helper()
	slot := q.ask(t, q.server, alice, "POST", "/api/tmp-file", nil, 200)
	link := pathOf(t, slot.text("data", "download_url"))
	q.ask(t, q.server, "", "GET", link, nil, 404)
	q.ask(t, q.server, "", "HEAD", link, nil, 404)
	if put := q.do(t, "", "PUT", slot.text("data", "upload_url"), "a file"); put.status != 200 {
		t.Errorf("PUT: %d %s", put.status, put.body)
	}
	q.ask(t, q.server, "", "GET", link, nil, 200)
}

// links opens links of every form, well and badly.
func (q *asked) links(t *testing.T) {
	t.Helper()
	links := q.files(t, q.server)
	for _, method := range []string{"GET", "HEAD"} {
		for _, link := range links {
			whole := q.ask(t, q.server, "", method, link, nil, 200)
			q.ask(t, q.server, "nobody's", method, link, nil, 206, "Range", "bytes=0-3")
			q.ask(t, q.server, "", method, link, nil, 206, "Range", "bytes=0-3,6-7")
			q.ask(t, q.server, "", method, link, nil, 304, "If-None-Match", whole.header.Get("ETag"))
			q.ask(t, q.server, "", method, link, nil, 412, "If-Match", `"another"`)
			q.ask(t, q.server, "", method, link, nil, 416, "Range", "bytes=99999999-")
			q.ask(t, q.server, "", method, strings.Replace(link, "/d/", "/d/x", 1), nil, 403)
			if token, ok := strings.CutSuffix(link, "/list.m3u8"); ok {
				q.ask(t, q.server, "", method, token+"/list0.ts?download=1", nil, 200)
				q.ask(t, q.server, "", method, token+"/list1.ts", nil, 404)
			}
		}
	}
	for _, link := range links {
		q.ask(t, q.server, "", "OPTIONS", link, nil, 204, "Origin", "https://page.example", "Access-Control-Request-Method", "GET")
	}
	kept, err := filepath.Glob(filepath.Join(q.data, "*", "*", "jobs", q.lastJob, "*", "*"))
	if err != nil || len(kept) != len(links) {
		t.Fatalf("the files of the job are %v, its links %v", kept, links)
	}
	for _, file := range kept {
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
	for _, link := range links {
		q.ask(t, q.server, "", "GET", link, nil, 410)
		q.ask(t, q.server, "", "HEAD", link, nil, 410)
	}
}

// files are the links, without a host, to the outputs of a new job.
func (q *asked) files(t *testing.T, s *server) (paths []string) {
	t.Helper()
	done := s.run(t, object{"output_files": []string{"list.m3u8", "list0.ts", "tone.wav"}, "ffmpeg_commands": []string{
		"-f lavfi -i sine=duration=0.5 {{tone.wav}} -c:a mp2 outputs/list.m3u8"}})
	files, _ := done.field("data", "output_files").(object)
	if len(files) != 3 {
		t.Fatalf("%s", done.body)
	}
	q.lastJob = done.text("data", "id")
	for _, link := range files {
		paths = append(paths, pathOf(t, link.(string)))
	}
	return paths
}

func pathOf(t *testing.T, link string) string {
	t.Helper()
	u, err := url.Parse(link)
	if err != nil || u.EscapedPath() == "" {
		t.Fatalf("no link: %q %v", link, err)
	}
	return u.EscapedPath()
}
