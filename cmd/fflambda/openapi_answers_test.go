package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestOpenAPIAnswers gets every answer of the document from real servers, and judges each by it.
func TestOpenAPIAnswers(t *testing.T) {
	t.Parallel()
	q := &asked{server: common(t), document: specified(t, transcodesDocument), seen: map[string][]string{}}
	q.ask(t, q.server, "", "GET", "/health-check", nil, 200)
	source := q.uploads(t)
	q.jobs(t, source)
	q.lists(t)
	q.everywhere(t)
	q.full(t, "/v1/transcodes", aCreate, 201)

	// Examples of what is not made here.
	elsewhere := map[string]string{
		"POST /v1/transcodes 402: The monthly quota of 500 jobs is spent. It begins anew on 2026-12-01 (UTC).": "holds a date",
		"GET /v1/transcodes/{id}/download 400: No output available for this transcode":                         "wants a retention that is over",
	}
	q.compare(t, elsewhere)
}

// compare says which answers of the document were not seen, and which examples of errors are none. elsewhere are those
// that no request here can get, with the reason.
func (q *asked) compare(t *testing.T, elsewhere map[string]string) {
	t.Helper()
	for _, o := range q.document.operations() {
		for status, response := range o.body["responses"].(object) {
			at := o.String() + " " + status
			if status != "503" && elsewhere[at] == "" && len(q.seen[at]) == 0 { // on one machine nothing is ever busy
				t.Errorf("no request got %s", at)
			}
			for _, example := range examples(dig(response, "content", "application/json")) {
				text, _ := cmp.Or(dig(example, "error"), dig(example, "message")).(string)
				if o.method != "HEAD" && elsewhere[at+": "+text] == "" && status[0] == '4' && !slices.Contains(q.seen[at], text) {
					t.Errorf("%s: no answer is %q; there were %q", at, text, q.seen[at])
				}
			}
		}
	}
}

// uploads is about files. It returns the name of a clip.
func (q *asked) uploads(t *testing.T) (source string) {
	t.Helper()
	const presign, confirm, probe = "/v1/upload/presigned-url", "/v1/upload/confirm", "/v1/ffprobe"
	post := func(path string, body any, status int) answer {
		t.Helper()
		return q.ask(t, q.server, alice, "POST", path, body, status)
	}
	for file, contentType := range map[string]string{
		clip(t): "video/mp4",
		media(t, "tone.wav", "-f", "lavfi", "-i", "sine=duration=1"):                        "audio/wav",
		media(t, "still.png", "-f", "lavfi", "-i", "testsrc2=size=64x48", "-frames:v", "1"): "image/png",
		garbage(t): "video/webm",
	} {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		a := post(presign, object{"filename": filepath.Base(file), "contentType": contentType, "fileSize": len(data)}, 200)
		name := a.text("result", "filename")
		q.do(t, "", "PUT", a.text("result", "uploadUrl"), data, "Content-Type", contentType)
		a = post(confirm, object{"filename": name, "fileSize": len(data)}, 200)
		status := 200
		if contentType == "video/webm" {
			status = 422
		}
		post(probe, object{"url": a.text("result", "fileUrl")}, status)
		post(confirm, object{"filename": name, "fileSize": len(data) + 1}, 400)
		if contentType == "video/mp4" {
			source = a.text("result", "fileUrl")
		}
	}
	post(presign, "{}", 400)
	post(presign, "{", 400)
	post(presign, object{"filename": "a.mp4", "contentType": "video/mp4", "fileSize": "1.46mbs"}, 400)
	post(presign, object{"filename": "a.mp4", "contentType": "text/html", "fileSize": 1}, 400)
	post(presign, object{"filename": "a.mp4", "contentType": "video/mp4", "fileSize": 3e9}, 400)
	post(confirm, "{}", 400)
	post(confirm, object{"filename": "x", "fileSize": 0}, 400)
	post(confirm, object{"filename": "x", "fileSize": 1}, 400)
	post(probe, "{}", 400)
	post(probe, "{", 400)
	post(probe, object{"url": "https://media.example/a.mp4"}, 400)
	post(probe, object{"url": "gs://fflambda/uploads/bob/x.mp4"}, 404)
	return source
}

func garbage(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "garbage.webm")
	if err := os.WriteFile(file, []byte("this is no film"), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// jobs is about jobs of every kind, from their creation to their end.
func (q *asked) jobs(t *testing.T, source string) {
	t.Helper()
	const path = "/v1/transcodes"
	body := func(url string, more ...any) object {
		o := object{"inputs": []object{{"url": url}}, "outputFormat": "mp4"}
		for i := 0; i+1 < len(more); i += 2 {
			o[more[i].(string)] = more[i+1]
		}
		return o
	}
	create := func(body any, status int, header ...string) answer {
		t.Helper()
		return q.ask(t, q.server, alice, "POST", path, body, status, header...)
	}
	ways := []object{
		body(source, "preset", object{"quality": "low", "resolution": "480p"}, "metadata", object{"a": []any{1, nil}}),
		body(source, "outputFormat", "PNG", "options", []object{{"option": "-frames:v", "argument": 1}, {"option": "-an"}}),
		body(source, "outputFormat", "wav", "filters", []object{{"filter": "[0:a]volume=0.5[a]"}}),
		body(source, "inputs", []object{{"url": source, "options": []object{{"option": "-t", "argument": "0.2"}}}, {"url": source}}),
		body("https://127.0.0.2/x.mp4"), // fails: an address that is not allowed
	}
	for _, want := range ways {
		id := create(want, 201).text("id")
		q.end(t, id)
		q.ask(t, q.server, alice, "PATCH", path+"/"+id+"/cancel", "not JSON", 400)
	}
	done := q.ask(t, q.server, alice, "GET", path+"?status=completed&limit=1", nil, 200).field("items").([]any)[0].(object)["id"].(string)
	q.ask(t, q.server, alice, "GET", path+"/"+done+"/download?url=true", nil, 200)
	q.ask(t, q.server, alice, "GET", path+"/"+done+"/download", nil, 200)
	q.ask(t, q.server, alice, "PATCH", path+"/"+done+"/cancel", nil, 400)

	long := body(source, "inputs", []object{{"url": source, "options": []object{{"option": "-stream_loop", "argument": "-1"}}}})
	id := create(long, 201, "Idempotency-Key", t.Name()).text("id")
	if again := create(long, 201, "Idempotency-Key", t.Name()); again.header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("no replay: %v", again.header)
	}
	create(ways[0], 409, "Idempotency-Key", t.Name())
	q.ask(t, q.server, alice, "GET", path+"/"+id+"/download", nil, 400)
	q.ask(t, q.server, alice, "PATCH", path+"/"+id+"/cancel", nil, 200)
	q.end(t, id)

	create(body(source, "outputFormat", "exe"), 400)
	create("{", 400)
	create(body("gs://elsewhere/a.mp4"), 403)
	create(body("gs://fflambda/uploads/bob/a.mp4"), 403)
	q.ask(t, q.server, alice, "GET", path+"/"+aJob, nil, 404)
	q.ask(t, q.server, alice, "GET", path+"/x/download", nil, 404)
	q.ask(t, q.server, bob, "PATCH", path+"/"+id+"/cancel", nil, 404)
}

// end reads the job until it has ended; every answer on the way is judged.
func (q *asked) end(t *testing.T, id string) {
	t.Helper()
	until(t, func() bool {
		status := q.ask(t, q.server, alice, "GET", "/v1/transcodes/"+id, nil, 200).text("status")
		return slices.Contains([]string{"completed", "failed", "canceled"}, status)
	})
}

func (q *asked) lists(t *testing.T) {
	t.Helper()
	for query, status := range map[string]int{
		"": 200, "?limit=1&page=2": 200, "?limit=1000&page=-1": 200, "?status=failed&order=updated_at.asc": 200, "?status=canceled": 200,
		"?status=lost": 200, "?job_type=transcribe": 200, "?since=2026-01-01T00:00:00%2B0000": 200,
		"?limit=x": 400, "?order=up": 400, "?since=yesterday": 400, "?until=x": 400,
	} {
		q.ask(t, q.server, alice, "GET", "/v1/transcodes"+query, nil, status)
	}
}

// everywhere gets the answers that all operations have: without a key, with too long a body, too often, and from a
// server whose table is broken.
func (q *asked) everywhere(t *testing.T) {
	t.Helper()
	limited := start(t, options{args: []string{"--workers", "0", "--rate-limit-v1", "0.001", "--quota", "jobs=0"}})
	refused := q.ask(t, limited, alice, "POST", "/v1/transcodes", object{"inputs": []object{{"url": "https://media.example/a.mp4"}}, "outputFormat": "mp4"}, 402)
	q.ask(t, limited, alice, "GET", "/v1/transcodes/"+refused.text("job_id"), nil, 200)
	broken := start(t, options{args: []string{"--workers", "0"}})
	breakTable(t, broken)
	q.ask(t, broken, "", "GET", "/health-check", nil, 500)
	q.refused(t, "/v1/", limited, broken)
}

// refused gets what every operation under a path answers to those who may not, or too often, or while the table is broken.
// limited lets a key make a request every 1000 s.
func (q *asked) refused(t *testing.T, under string, limited, broken *server) {
	t.Helper()
	long := `{"x":"` + strings.Repeat("x", 1<<20) + `"}`
	for _, o := range q.document.operations() {
		path := strings.Replace(o.path, "{id}", aJob, 1)
		if !strings.HasPrefix(path, under) {
			continue
		}
		q.ask(t, q.server, "", o.method, path, nil, 401)
		q.ask(t, q.server, "nobody's", o.method, path, nil, 401)
		if o.hasBody() {
			q.ask(t, q.server, alice, o.method, path, long, 413)
		}
		q.ask(t, broken, "unknown", o.method, path, nil, 500) // a key that must be looked for
		until(t, func() bool { return limited.do(t, bob, o.method, path, nil).status == 429 })
		a := q.ask(t, limited, bob, o.method, path, nil, 429)
		if seconds, err := strconv.Atoi(a.header.Get("Retry-After")); err != nil || seconds < 900 || seconds > 1000 {
			t.Errorf("%s: Retry-After %q", o, a.header.Get("Retry-After"))
		}
	}
}

// breakTable writes over a running server's database, until the server sees it.
func breakTable(t *testing.T, s *server) {
	t.Helper()
	until(t, func() bool {
		files, err := filepath.Glob(filepath.Join(s.data, "*.db*"))
		if err != nil || len(files) == 0 {
			t.Fatal("no database: ", err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "-shm") { // mapped into the server's memory
				continue
			}
			info, err := os.Stat(file)
			if errors.Is(err, fs.ErrNotExist) { // while it starts, a log comes and goes
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(fmt.Sprintf("%-*s", info.Size(), "no database")), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return s.do(t, "", "GET", "/health-check", nil).status == 500
	})
}
