package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
)

// serveHTTP runs a web server on this machine for the length of the test.
func serveHTTP(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	web := httptest.NewServer(h)
	t.Cleanup(func() {
		web.CloseClientConnections() // a handler that hangs on purpose sees its client go
		web.Close()
	})
	return web.URL + "/file"
}

// TestBadInputs: the host of an input does everything wrong that hosts do. Each ends the job with a code and a reason,
// in both APIs.
func TestBadInputs(t *testing.T) {
	t.Parallel()
	requireFFmpeg(t)
	s := start(t, options{args: []string{"--workers", "4", "--max-attempts", "1", "--input-stall", "1s", "--max-input-bytes", "1MB"}})
	good := clip(t)
	data, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	text := media(t, "sub.srt.mkv", "-f", "lavfi", "-i", "sine=duration=0.2") // a name is no content
	soundOnly := serveFile(t, text)
	body := func(b []byte) string {
		return serveHTTP(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(b) })
	}
	status := func(code int) string {
		return serveHTTP(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) })
	}
	hang := func(write func(w http.ResponseWriter)) string {
		return serveHTTP(t, func(w http.ResponseWriter, r *http.Request) {
			write(w)
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		})
	}
	for name, c := range map[string]struct{ url, code string }{
		"404":       {status(404), "input_unreachable"},
		"500":       {status(500), "input_unreachable"},
		"403":       {status(403), "input_forbidden"},
		"HTML":      {body([]byte("<!DOCTYPE html><html><body>Sign in</body></html>")), "input_not_media"},
		"empty":     {body(nil), "input_not_media"},
		"text":      {body([]byte("just some words, and no film\n")), "input_not_media"},
		"truncated": {body(data[:len(data)/3]), "input_not_media"}, // the index is at the end and cut off
		"cut": {serveHTTP(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "900000")
			_, _ = w.Write(data[:1000])
		}), "input_unreachable"},
		"no answer": {hang(func(http.ResponseWriter) {}), "input_unreachable"},
		"stalls":    {hang(func(w http.ResponseWriter) { w.Header().Set("Content-Length", "900000"); _, _ = w.Write(data[:1000]) }), "input_unreachable"},
		"too large": {serveHTTP(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "2000000")
			_, _ = io.CopyN(w, endless{}, 2_000_000)
		}), "input_too_large"},
		"endless":  {serveHTTP(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.Copy(w, endless{}) }), "input_too_large"},
		"private":  {"http://10.1.2.3/a.mp4", "input_forbidden"},
		"metadata": {"http://169.254.169.254/latest/meta-data/", "input_forbidden"},
		"decimal":  {"http://167837955/a.mp4", "input_forbidden"},
		"redirect": {serveHTTP(t, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://169.254.169.254/", http.StatusFound)
		}), "input_forbidden"},
		"refused":    {"http://127.0.0.1:1/a.mp4", "input_unreachable"},
		"no such":    {"http://does-not-exist.invalid/a.mp4", "input_unreachable"},
		"not there":  {"gs://fflambda/uploads/alice/never-sent.mp4", "input_unreachable"},
		"sound only": {soundOnly, "ffmpeg_failed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			done := s.run(t, object{"input_files": object{"in": c.url}, "output_files": []string{"o.png"}, "ffmpeg_commands": []string{"-i {{in}} -map 0:v -frames:v 1 {{o.png}}"}})
			if got := done.text("data", "error_code"); done.text("data", "status") != "failed" || got != c.code {
				t.Errorf("ffmpeg API: got %q, want %q: %s", got, c.code, done.body)
			}
			if msg := done.text("data", "error_message"); msg == "" || strings.Contains(msg, s.data) {
				t.Errorf("ffmpeg API: message %q", msg)
			}
			v1 := s.transcode(t, object{"inputs": []object{{"url": c.url}}, "outputFormat": "png"})
			if msg := v1.text("error_message"); v1.text("status") != "failed" || msg == "" || strings.Contains(msg, s.data) {
				t.Errorf("transcodes API: %s", v1.body)
			}
		})
	}
}

// TestUploads: what a client can do wrong between presigned-url and confirm.
func TestUploads(t *testing.T) {
	t.Parallel()
	s := common(t)
	begin := func() (url, name string) {
		a := s.do(t, alice, "POST", "/v1/upload/presigned-url", object{"filename": "a b/ü.mp4", "contentType": "video/mp4", "fileSize": 10})
		if a.status != 200 {
			t.Fatalf("presigned-url: %d %s", a.status, a.body)
		}
		return a.text("result", "uploadUrl"), a.text("result", "filename")
	}
	confirm := func(name string, size any) answer {
		return s.do(t, alice, "POST", "/v1/upload/confirm", object{"filename": name, "fileSize": size})
	}
	url, name := begin()
	for what, a := range map[string]answer{
		"another type":     s.do(t, "", "PUT", url, strings.Repeat("x", 10), "Content-Type", "video/webm"),
		"no type":          s.do(t, "", "PUT", url, strings.Repeat("x", 10)),
		"longer":           s.do(t, "", "PUT", url, strings.Repeat("x", 11), "Content-Type", "video/mp4"),
		"shorter":          s.do(t, "", "PUT", url, strings.Repeat("x", 9), "Content-Type", "video/mp4"),
		"another name":     s.do(t, "", "PUT", strings.Replace(url, name, "other.mp4", 1), strings.Repeat("x", 10), "Content-Type", "video/mp4"),
		"no signature":     s.do(t, "", "PUT", strings.Split(url, "?")[0], strings.Repeat("x", 10), "Content-Type", "video/mp4"),
		"for reading":      s.do(t, "", "GET", url, nil),
		"longer lifetime":  s.do(t, "", "PUT", strings.Replace(url, "X-Amz-Expires=900", "X-Amz-Expires=9000", 1), strings.Repeat("x", 10), "Content-Type", "video/mp4"),
		"listing a bucket": s.do(t, "", "GET", "/fflambda/?list-type=2", nil),
	} {
		if a.status != 403 {
			t.Errorf("PUT with %s: %d %s", what, a.status, a.body)
		}
	}
	putHalf(t, s, url)
	if a := confirm(name, 10); a.status != 400 || a.text("error") != "File not found in GCS bucket" {
		t.Errorf("confirm of what was never sent whole: %d %s", a.status, a.body)
	}
	if a := s.do(t, "", "PUT", url, strings.Repeat("x", 10), "Content-Type", "video/mp4"); a.status != 200 {
		t.Fatalf("PUT: %d %s", a.status, a.body)
	}
	if a := confirm(name, 11); a.status != 400 || a.text("error") != "File size mismatch" {
		t.Errorf("confirm of another size: %d %s", a.status, a.body)
	}
	for range 2 { // confirming twice is fine
		if a := confirm(name, 10); a.status != 200 || a.field("success") != true || a.text("result", "metadata", "format") != "unknown" {
			t.Errorf("confirm: %d %s", a.status, a.body)
		}
	}
	if a := confirm("../bob/"+name, 10); a.status != 400 {
		t.Errorf("confirm of ../: %d %s", a.status, a.body)
	}
	if a := s.do(t, bob, "POST", "/v1/upload/confirm", object{"filename": name, "fileSize": 10}); a.status != 400 {
		t.Errorf("confirm by bob: %d %s", a.status, a.body)
	}
}

// putHalf sends 5 of 10 bytes and then leaves.
func putHalf(t *testing.T, s *server, url string) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "PUT %s HTTP/1.1\r\nHost: %s\r\nContent-Type: video/mp4\r\nContent-Length: 10\r\n\r\nxxxxx",
		strings.TrimPrefix(url, s.url), strings.TrimPrefix(s.url, "http://"))
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestConfirmProbes: the answer to a confirm describes the file.
func TestConfirmProbes(t *testing.T) {
	t.Parallel()
	s := common(t)
	file := clip(t)
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	url := s.upload(t, alice, file, "video/mp4")
	a := s.do(t, alice, "POST", "/v1/upload/confirm", object{"filename": url[strings.LastIndex(url, "/")+1:], "fileSize": info.Size()})
	meta, _ := a.field("result", "metadata").(map[string]any)
	want := map[string]any{"format": "mov", "width": 320.0, "height": 180.0, "fps": 25.0, "codec_video": "h264", "codec_audio": "aac",
		"video_codec": "h264", "audio_codec": "aac", "has_video": true, "has_audio": true, "size_bytes": float64(info.Size())}
	for k, v := range want {
		if meta[k] != v {
			t.Errorf("%s is %v, want %v", k, meta[k], v)
		}
	}
	if d, _ := meta["duration_seconds"].(float64); d < 0.95 || d > 1.1 {
		t.Errorf("duration_seconds is %v", meta["duration_seconds"])
	}
	if got := s.do(t, "", "GET", a.text("result", "downloadUrl"), nil); got.status != 200 || fmt.Sprint(len(got.body)) != fmt.Sprint(info.Size()) {
		t.Errorf("downloadUrl: %d, %d bytes", got.status, len(got.body))
	}
}

// endless is a body without an end.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}
