package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"
)

const aJob = "6f2c1a3e-0000-4000-8000-000000000000" // well-formed, and nobody's

// TestBadRequests throws rubbish at every route. Every answer is a 4xx that says what is wrong in the API's own shape.
func TestBadRequests(t *testing.T) {
	t.Parallel()
	s := common(t)
	deep := strings.Repeat(`{"a":`, 50_000) + "1" + strings.Repeat("}", 50_000)
	bodies := map[string]string{
		"no body":     "",
		"half a body": `{"inputs":[{"url":"https://exa`,
		"an array":    `[1,2]`,
		"a string":    `"x"`,
		"a number":    `1e999`,
		"null":        `null`,
		"deep":        deep,
		"bad UTF-8":   "{\"outputFormat\":\"\xff\xfe\",\"inputs\":[{\"url\":\"\xc3\x28\"}],\"ffmpeg_commands\":[\"\xff\"]}",
		"NUL":         "{\"inputs\":\x00}",
		"two values":  `{"outputFormat":"mp4"}{"outputFormat":"mp4"}`,
		"wrong types": `{"inputs":"x","outputFormat":7,"preset":[],"options":{},"filters":"x","metadata":[],"input_files":[1],"output_files":{},"ffmpeg_commands":3,"filename":{},"fileSize":"1.46mbs","contentType":[]}`,
		"numbers":     `{"inputs":[1],"outputFormat":1e400,"input_files":{"a":1},"output_files":[1],"ffmpeg_commands":[1],"timeout_seconds":99999999999999999999,"fileSize":1e30,"filename":1,"contentType":2}`,
		"nulls":       `{"inputs":null,"outputFormat":null,"input_files":null,"output_files":null,"ffmpeg_commands":null,"filename":null,"fileSize":null,"contentType":null}`,
	}
	for _, path := range []string{"/v1/transcodes", "/v1/upload/presigned-url", "/v1/upload/confirm", "/api/ffmpeg"} {
		for name, body := range bodies {
			t.Run(path+"/"+name, func(t *testing.T) {
				t.Parallel()
				worded(t, path, s.do(t, alice, "POST", path, body), 400)
			})
		}
		t.Run(path+"/2 MiB", func(t *testing.T) {
			t.Parallel()
			worded(t, path, s.do(t, alice, "POST", path, `{"x":"`+strings.Repeat("x", 2<<20)+`"}`), 413)
		})
		t.Run(path+"/cut", func(t *testing.T) {
			t.Parallel()
			worded(t, path, cutBody(t, s, path), 400)
		})
		t.Run(path+"/keys", func(t *testing.T) {
			t.Parallel()
			worded(t, path, s.do(t, "", "POST", path, "{}"), 401)
			worded(t, path, s.do(t, "nobody's", "POST", path, "{}"), 401)
			worded(t, path, s.do(t, "", "POST", path, "{}", "Authorization", "Basic YTpi"), 401)
			worded(t, path, s.do(t, alice, "POST", path, "{}", "Idempotency-Key", strings.Repeat("k", 300)), 400)
		})
	}
}

// TestBadCreates is about single fields: the answer names the one that is wrong.
func TestBadCreates(t *testing.T) {
	t.Parallel()
	s := common(t)
	inputs := func(n int) []object {
		list := make([]object, n)
		for i := range list {
			list[i] = object{"url": "https://example.com/a.mp4"}
		}
		return list
	}
	url := object{"a": "https://example.com/a.mp4"}
	for _, c := range []struct {
		path   string
		body   object
		status int
		names  string // what the answer must mention
	}{
		{"/v1/transcodes", object{"inputs": inputs(0), "outputFormat": "mp4"}, 400, "inputs"},
		{"/v1/transcodes", object{"inputs": inputs(11), "outputFormat": "mp4"}, 400, "inputs"},
		{"/v1/transcodes", object{"inputs": inputs(1)}, 400, "outputFormat"},
		{"/v1/transcodes", object{"inputs": inputs(1), "outputFormat": "exe"}, 400, "outputFormat"},
		{"/v1/transcodes", object{"inputs": inputs(1), "outputFormat": "mp4", "preset": object{"quality": "best"}}, 400, "quality"},
		{"/v1/transcodes", object{"inputs": inputs(1), "outputFormat": "mp4", "preset": object{"resolution": "8k"}}, 400, "resolution"},
		{"/v1/transcodes", object{"inputs": []object{{"url": "ftp://example.com/a"}}, "outputFormat": "mp4"}, 400, "url"},
		{"/v1/transcodes", object{"inputs": []object{{"url": "file:///etc/passwd"}}, "outputFormat": "mp4"}, 400, "url"},
		{"/v1/transcodes", object{"inputs": []object{{"url": "gs://elsewhere/a.mp4"}}, "outputFormat": "mp4"}, 403, "bucket"},
		{"/v1/transcodes", object{"inputs": inputs(1), "outputFormat": "mp4", "metadata": object{"x": strings.Repeat("x", 9000)}}, 400, "metadata"},
		{"/v1/transcodes", object{"inputs": inputs(1), "outputFormat": "mp4", "options": []object{{"option": "@text-overlay"}}}, 400, "options[0].argument"},
		{"/v1/transcodes", object{"inputs": inputs(1), "outputFormat": "mp4", "options": []object{{"option": "-vf", "argument": "lut3d=/etc/passwd"}}}, 400, "/etc/passwd"},
		{"/v1/transcodes", object{"inputs": inputs(1), "outputFormat": "mp4", "options": []object{{"option": "-i", "argument": "/etc/passwd"}}}, 400, "-i"},
		{"/v1/transcodes", object{"inputs": inputs(1), "outputFormat": "webm", "options": []object{{"option": "-c:v", "argument": "libx264"}}}, 400, "WebM"},
		{"/api/ffmpeg", object{"input_files": url, "output_files": []string{}, "ffmpeg_commands": []string{"-i {{a}} o"}}, 400, "output_files"},
		{"/api/ffmpeg", object{"input_files": url, "output_files": []string{"../o"}, "ffmpeg_commands": []string{"-i {{a}} o"}}, 400, "../o"},
		{"/api/ffmpeg", object{"input_files": url, "output_files": []string{"o.mp4"}, "ffmpeg_commands": []string{}}, 400, "ffmpeg_commands"},
		{"/api/ffmpeg", object{"input_files": url, "output_files": []string{"o.mp4"}, "ffmpeg_commands": []string{"-i {{aa}} {{o.mp4}}"}}, 400, "aa"},
		{"/api/ffmpeg", object{"input_files": url, "output_files": []string{"o.mp4"}, "ffmpeg_commands": []string{"-i '{{a}} {{o.mp4}}"}}, 400, "quote"},
		{"/api/ffmpeg", object{"input_files": url, "output_files": []string{"o.mp4"}, "ffmpeg_commands": []string{"-i /etc/passwd {{o.mp4}}"}}, 400, "/etc/passwd"},
		{"/api/ffmpeg", object{"input_files": url, "output_files": []string{"o.mp4"}, "ffmpeg_commands": []string{"-i http://169.254.169.254/ {{o.mp4}}"}}, 400, "http://169.254.169.254/"},
		{"/api/ffmpeg", object{"input_files": url, "output_files": []string{"o.mp4"}, "ffmpeg_commands": []string{"-i ../../x {{o.mp4}}"}}, 400, "../../x"},
		{"/api/ffmpeg", object{"input_files": object{"a": "ftp://example.com/"}, "output_files": []string{"o.mp4"}, "ffmpeg_commands": []string{"-i {{a}} {{o.mp4}}"}}, 400, "input_files"},
		{"/v1/transcodes", object{"inputs": []object{{"url": "gs://fflambda/uploads/alice/"}}, "outputFormat": "mp4"}, 403, "inputs[0]"}, // a folder
		{"/api/ffmpeg", object{"input_files": object{"a": "gs://elsewhere/a"}, "output_files": []string{"o.mp4"}, "ffmpeg_commands": []string{"-i {{a}} {{o.mp4}}"}}, 403, "bucket"},
		{"/api/ffmpeg", object{"input_files": url, "output_files": []string{"o.mp4"}, "ffmpeg_commands": []string{"-i {{a}} {{o.mp4}}"}, "timeout_seconds": 0}, 400, "timeout_seconds"},
		{"/api/ffmpeg", object{"input_files": url, "output_files": []string{"o.mp4"}, "ffmpeg_commands": []string{"-i {{a}} {{o.mp4}}"}, "machine": "nvidia"}, 400, "GPU"},
	} {
		a := s.do(t, alice, "POST", c.path, c.body)
		worded(t, c.path, a, c.status)
		if !strings.Contains(string(a.body), c.names) {
			t.Errorf("%v: the answer does not mention %q: %s", c.body, c.names, a.body)
		}
	}
}

// TestLenientCreates: what clients send and mean no harm by.
func TestLenientCreates(t *testing.T) {
	t.Parallel()
	s := common(t)
	for path, body := range map[string]string{
		"/v1/transcodes": `{"outputFormat":"mkv","outputFormat":"MP4","unknown":{"x":[1]},"webhookUrl":"https://x","preset":{"quality":"low"},"options":[{"option":"-an","argument":null},{"option":"-sn"}],"inputs":[{"url":"https://example.com/a.mp4","more":1}]}`,
		"/api//ffmpeg/":  `{"unknown":1,"input_files":{},"output_files":["o.wav"],"ffmpeg_commands":["-f lavfi -i sine=duration=0.1 {{o.wav}}"],"webhook_url":null,"machine":null,"timeout_seconds":null}`,
	} {
		if a := s.do(t, alice, "POST", path, body, "Content-Type", "text/plain;charset=UTF-8"); a.status/100 != 2 {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
}

// TestBadPaths: wrong methods, unknown paths, malformed and foreign ids; all JSON, nothing redirects.
func TestBadPaths(t *testing.T) {
	t.Parallel()
	s := common(t)
	for _, c := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/", 404}, {"GET", "/nothing", 404}, {"POST", "/health-check", 405},
		{"GET", "/v1", 404}, {"GET", "/v1/transcode", 404}, {"DELETE", "/v1/transcodes", 405}, {"PUT", "/v1/transcodes/" + aJob, 405},
		{"POST", "/v1/transcribe", 404}, {"POST", "/v1/generate/image", 404}, {"GET", "/v1/blueprints/x", 404},
		{"GET", "/v1/transcodes/" + aJob, 404}, {"GET", "/v1/transcodes/1", 404}, {"GET", "/v1/transcodes/..%2F..%2Fetc", 404},
		{"GET", "/v1/transcodes/" + strings.ToUpper(aJob), 404}, {"GET", "/v1/transcodes/" + strings.Repeat("a", 5000), 404},
		{"PATCH", "/v1/transcodes/x/cancel", 404}, {"GET", "/v1/transcodes/" + aJob + "/download", 404},
		{"GET", "/v1/transcodes?limit=x", 400}, {"GET", "/v1/transcodes?page=1.5", 400}, {"GET", "/v1/transcodes?order=up", 400}, {"GET", "/v1/transcodes?since=yesterday", 400},
		{"GET", "/v1/transcodes?limit=9999999999999999999999&page=9999999999999999999999", 200}, // clamped
		{"GET", "/api", 404}, {"GET", "/api/ffmpeg", 404}, {"GET", "/api/jobs/" + aJob, 404}, {"GET", "/api/jobs/a%2Fb", 404}, {"GET", "/api/jobs/%00", 404},
		{"POST", "/api/jobs/" + aJob + "/cancel", 404}, {"GET", "/api/tmp-file", 404}, {"POST", "/api/validate", 400},
		{"GET", "/api/jobs?limit=0", 400}, {"GET", "/api/jobs?limit=-1", 400}, {"GET", "/api/jobs?offset=x", 400}, {"GET", "/api/jobs?limit=9999999999999999999999", 200},
		{"GET", "/d/", 404}, {"GET", "/d/nonsense", 403}, {"GET", "/d/a/b", 403}, {"GET", "/d/a/b/c", 404}, {"POST", "/d/x", 405},
	} {
		a := s.do(t, alice, c.method, c.path, nil)
		if c.status == 200 && a.status == 200 {
			continue
		}
		worded(t, c.path, a, c.status)
	}
}

// TestHealth needs no key and says so of itself.
func TestHealth(t *testing.T) {
	t.Parallel()
	a := common(t).do(t, "", "GET", "/health-check", nil)
	if a.status != 200 || a.field("ok") != true || a.text("version") == "" || a.text("timestamp") == "" {
		t.Errorf("%d %s", a.status, a.body)
	}
	if _, ok := a.field("uptime").(float64); !ok {
		t.Errorf("uptime is no number: %s", a.body)
	}
}

// worded checks the status of an error and that it is JSON in the words of the path's API.
func worded(t *testing.T, path string, a answer, status int) {
	t.Helper()
	text := a.text("error")
	if strings.HasPrefix(path, "/api") {
		text = a.text("message")
		if a.text("errorCode") == "" {
			text = ""
		}
	}
	switch {
	case a.status != status:
		t.Errorf("%s: got %d, want %d: %.300s", path, a.status, status, a.body)
	case text == "" || !utf8.Valid(a.body) || !json.Valid(a.body):
		t.Errorf("%s: %d is not worded as this API does: %.300q", path, a.status, a.body)
	case !strings.HasPrefix(a.header.Get("Content-Type"), "application/json"):
		t.Errorf("%s: Content-Type %q", path, a.header.Get("Content-Type"))
	}
}

// cutBody promises more than it sends and then ends its half of the connection.
func cutBody(t *testing.T, s *server, path string) answer {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: 100\r\n\r\n{\"inputs\":", path, alice)
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var b bytes.Buffer
	_, _ = io.Copy(&b, res.Body)
	return answer{res.StatusCode, res.Header, b.Bytes()}
}
