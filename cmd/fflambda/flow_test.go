package main

import (
	"crypto/rand"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestTranscodeFlow is the whole way of the transcodes API: upload, create, poll, download.
func TestTranscodeFlow(t *testing.T) {
	t.Parallel()
	s := common(t)
	source := s.upload(t, alice, media(t, "in.mp4", "-f", "lavfi", "-i", "testsrc2=size=1920x1080:rate=25:duration=1", "-f", "lavfi", "-i", "sine=duration=1",
		"-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac"), "video/mp4")
	if !strings.HasPrefix(source, "gs://") {
		t.Fatalf("fileUrl is %q", source)
	}
	created := s.do(t, alice, "POST", "/v1/transcodes", object{
		"inputs": []object{{"url": source}}, "outputFormat": "mp4", "preset": object{"quality": "medium", "resolution": "720p"},
	})
	if created.status != 201 || created.text("status") != "pending" || created.header.Get("Location") != "/v1/transcodes/"+created.text("id") {
		t.Fatalf("create: %d %v %s", created.status, created.header, created.body)
	}
	if created.text("inputUrl") != source || created.text("outputFormat") != "mp4" {
		t.Errorf("inputUrl %q, outputFormat %q", created.text("inputUrl"), created.text("outputFormat"))
	}
	path := "/v1/transcodes/" + created.text("id")
	done, seen := s.wait(t, alice, path)
	forward(t, seen, []string{"pending", "queued", "processing", "completed"})
	if done.text("status") != "completed" {
		t.Fatalf("%s", done.body)
	}
	link := s.do(t, alice, "GET", path+"/download", nil)
	if link.status != 200 {
		t.Fatalf("download: %d %s", link.status, link.body)
	}
	if !strings.Contains(link.text("url"), "X-Amz-Expires=600") {
		t.Errorf("the download URL does not live 600 s: %s", link.text("url"))
	}
	file := s.do(t, "", "GET", link.text("url"), nil)
	if file.status != 200 || file.header.Get("Content-Type") != "video/mp4" {
		t.Fatalf("GET: %d %v", file.status, file.header)
	}
	p := probe(t, save(t, "out.mp4", file))
	if len(p.Streams) != 2 || p.Streams[0].Width != 1280 || p.Streams[0].Height != 720 || p.Streams[0].Codec != "h264" {
		t.Errorf("the output is %+v", p)
	}
}

// TestEveryFormat makes every output format of one clip with sound, and looks at what a client downloads.
func TestEveryFormat(t *testing.T) {
	t.Parallel()
	s := common(t)
	source := s.upload(t, alice, clip(t), "video/mp4")
	for format, want := range map[string]struct{ contentType, codecs string }{
		"MP4": {"video/mp4", "h264 aac"}, "mov": {"video/quicktime", "h264 aac"}, "mkv": {"video/x-matroska", "h264 aac"},
		"avi": {"video/x-msvideo", "h264 mp3"}, "webm": {"video/webm", "vp9 opus"},
		"mp3": {"audio/mpeg", "mp3"}, "m4a": {"audio/mp4", "aac"}, "aac": {"audio/aac", "aac"}, "wav": {"audio/wav", "pcm_s16le"},
		"ogg": {"audio/ogg", "vorbis"}, "opus": {"audio/ogg", "opus"}, "flac": {"audio/flac", "flac"},
		"jpg": {"image/jpeg", "mjpeg"}, "jpeg": {"image/jpeg", "mjpeg"}, "png": {"image/png", "png"}, "gif": {"image/gif", "gif"},
		"webp": {"image/webp", ""}, // animated: no ffmpeg reads it
	} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			done := s.transcode(t, object{"inputs": []object{{"url": source}}, "outputFormat": format})
			if done.text("status") != "completed" || done.text("output_format") != format || !strings.HasSuffix(done.text("output_url"), "."+format) {
				t.Fatalf("%s", done.body)
			}
			link := s.do(t, alice, "GET", "/v1/transcodes/"+done.text("id")+"/download", nil).text("url")
			file := s.do(t, "", "GET", link, nil)
			if got := file.header.Get("Content-Type"); file.status != 200 || got != want.contentType {
				t.Errorf("%d %s, want %s", file.status, got, want.contentType)
			}
			if want.codecs == "" {
				if len(file.body) < 12 || string(file.body[8:12]) != "WEBP" {
					t.Errorf("no WebP: %.20q", file.body)
				}
				return
			}
			var codecs []string
			for _, stream := range probe(t, save(t, "out."+format, file)).Streams {
				codecs = append(codecs, stream.Codec)
			}
			if got := strings.Join(codecs, " "); got != want.codecs {
				t.Errorf("codecs %q, want %q", got, want.codecs)
			}
		})
	}
}

// TestCommandFlow is the whole way of the ffmpeg API, with a source that is fetched over HTTP.
func TestCommandFlow(t *testing.T) {
	t.Parallel()
	s := common(t)
	created := s.do(t, alice, "POST", "/api/ffmpeg", object{
		"input_files":     object{"input": serveFile(t, clip(t))},
		"output_files":    []string{"output.mp4", "poster.jpg"},
		"ffmpeg_commands": []string{"-i {{input}} -t 0.5 -c copy temp.mkv", "ffmpeg -i temp.mkv -c copy {{output.mp4}} -frames:v 1 {{poster.jpg}}"},
	})
	if created.status != 200 || created.text("data", "status") != "queued" {
		t.Fatalf("create: %d %s", created.status, created.body)
	}
	if d := cmp.Diff(map[string]any{}, created.field("data", "output_files")); d != "" {
		t.Errorf("output_files before the end: %s", d)
	}
	done, seen := s.wait(t, alice, "/api/jobs/"+created.text("data", "id"))
	forward(t, seen, []string{"queued", "running", "succeeded"})
	url := done.text("data", "output_files", "output.mp4")
	if url == "" || done.text("data", "output_files", "poster.jpg") == "" {
		t.Fatalf("%s", done.body)
	}
	whole := s.do(t, "", "GET", url, nil)
	head := s.do(t, "", "HEAD", url, nil)
	part := s.do(t, "", "GET", url, nil, "Range", "bytes=4-7")
	if whole.status != 200 || head.status != 200 || head.header.Get("Content-Length") != whole.header.Get("Content-Length") || len(head.body) != 0 {
		t.Errorf("GET %d, HEAD %d, %s and %s bytes", whole.status, head.status, whole.header.Get("Content-Length"), head.header.Get("Content-Length"))
	}
	if part.status != 206 || string(part.body) != "ftyp" || whole.header.Get("ETag") == "" {
		t.Errorf("Range: %d %q, ETag %q", part.status, part.body, whole.header.Get("ETag"))
	}
	if p := probe(t, save(t, "out.mp4", whole)); len(p.Streams) != 2 {
		t.Errorf("the output is %+v", p)
	}
}

// TestOwnResultsAreInputs feeds what this server handed out back to it: each kind of name that a client can hold.
func TestOwnResultsAreInputs(t *testing.T) {
	t.Parallel()
	s := common(t)
	source := s.upload(t, alice, clip(t), "video/mp4")
	v1 := s.transcode(t, object{"inputs": []object{{"url": source}}, "outputFormat": "mp4", "options": []object{{"option": "-c", "argument": "copy"}}})
	api := s.run(t, object{"input_files": object{"a": source}, "output_files": []string{"o.mp4"}, "ffmpeg_commands": []string{"-i {{a}} -c copy {{o.mp4}}"}})
	names := map[string]string{
		"output_url":   v1.text("output_url"),
		"download URL": s.do(t, alice, "GET", "/v1/transcodes/"+v1.text("id")+"/download", nil).text("url"),
		"7-day link":   api.text("data", "output_files", "o.mp4"),
	}
	for what, url := range names {
		done := s.run(t, object{"input_files": object{"a": url}, "output_files": []string{"o.mp4"}, "ffmpeg_commands": []string{"-i {{a}} -c copy {{o.mp4}}"}})
		if done.text("data", "status") != "succeeded" {
			t.Errorf("%s %s: %s", what, url, done.body)
		}
	}
	if a := s.do(t, bob, "POST", "/api/ffmpeg", object{"input_files": object{"a": v1.text("output_url")}, "output_files": []string{"o.mp4"}, "ffmpeg_commands": []string{"-i {{a}} {{o.mp4}}"}}); a.status != 403 {
		t.Errorf("another owner's output as an input: %d %s", a.status, a.body)
	}
}

// TestOwnersAreApart: nothing of alice's is there for bob.
func TestOwnersAreApart(t *testing.T) {
	t.Parallel()
	s := common(t)
	source := s.upload(t, alice, clip(t), "video/mp4")
	v1 := s.transcode(t, object{"inputs": []object{{"url": source}}, "outputFormat": "wav"})
	api := s.run(t, object{"input_files": object{"a": source}, "output_files": []string{"o.wav"}, "ffmpeg_commands": []string{"-i {{a}} {{o.wav}}"}})
	for _, c := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/v1/transcodes/" + v1.text("id"), 404},
		{"GET", "/v1/transcodes/" + v1.text("id") + "/download", 404},
		{"PATCH", "/v1/transcodes/" + v1.text("id") + "/cancel", 404},
		{"GET", "/api/jobs/" + api.text("data", "id"), 404},
		{"POST", "/api/jobs/" + api.text("data", "id") + "/cancel", 404},
	} {
		if a := s.do(t, bob, c.method, c.path, nil); a.status != c.status {
			t.Errorf("bob: %s %s: %d %s", c.method, c.path, a.status, a.body)
		}
	}
	// Nor does one API show the other's jobs.
	if a := s.do(t, alice, "GET", "/api/jobs/"+v1.text("id"), nil); a.status != 404 {
		t.Errorf("a transcode in the ffmpeg API: %d", a.status)
	}
	if a := s.do(t, bob, "POST", "/v1/transcodes", object{"inputs": []object{{"url": source}}, "outputFormat": "wav"}); a.status != 403 {
		t.Errorf("alice's upload as bob's input: %d %s", a.status, a.body)
	}
	for _, path := range []string{"/v1/transcodes?limit=100", "/api/jobs?limit=100"} {
		if a := s.do(t, bob, "GET", path, nil); strings.Contains(string(a.body), v1.text("id")) || strings.Contains(string(a.body), api.text("data", "id")) {
			t.Errorf("bob's %s shows a job of alice's", path)
		}
	}
}

// TestNodeScript runs the script that examples/ shows to users.
func TestNodeScript(t *testing.T) {
	t.Parallel()
	s := common(t)
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed")
	}
	source := s.upload(t, alice, clip(t), "video/mp4")
	cmd := exec.Command(node, "../../examples/transcode.mjs", source)
	cmd.Env = append(os.Environ(), "FFLAMBDA_URL="+s.url, "FFLAMBDA_KEY="+alice)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	url := out[strings.LastIndex(string(out), "http"):]
	file := s.do(t, "", "GET", strings.TrimSpace(string(url)), nil)
	if p := probe(t, save(t, "out.mp4", file)); len(p.Streams) != 2 || p.Streams[0].Codec != "h264" {
		t.Errorf("the script's result is %+v", p)
	}
}

// TestIdempotencyKey: one job for any number of the same create, and a clear no to another body under the same key.
func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	s := common(t)
	for path, body := range map[string]object{
		"/v1/transcodes": {"inputs": []object{{"url": "https://example.com/a.mp4"}}, "outputFormat": "mp4"},
		"/api/ffmpeg":    {"input_files": object{}, "output_files": []string{"o.wav"}, "ffmpeg_commands": []string{"-f lavfi -i sine=duration=0.1 {{o.wav}}"}},
	} {
		key := rand.Text()
		first := s.do(t, alice, "POST", path, body, "Idempotency-Key", key)
		again := s.do(t, alice, "POST", path, body, "Idempotency-Key", key)
		if d := cmp.Diff(string(first.body), string(again.body)); d != "" || first.status != again.status {
			t.Errorf("%s: %d and %d: %s", path, first.status, again.status, d)
		}
		if first.header.Get("Idempotent-Replayed") != "" || again.header.Get("Idempotent-Replayed") != "true" {
			t.Errorf("%s: Idempotent-Replayed is %q, then %q", path, first.header.Get("Idempotent-Replayed"), again.header.Get("Idempotent-Replayed"))
		}
		body["extra"] = 1
		if a := s.do(t, alice, "POST", path, body, "Idempotency-Key", key); a.status != 409 {
			t.Errorf("%s with another body: %d %s", path, a.status, a.body)
		}
		delete(body, "extra")
		if a := s.do(t, bob, "POST", path, body, "Idempotency-Key", key); a.status != first.status || a.header.Get("Idempotent-Replayed") != "" {
			t.Errorf("%s by bob: %d, replayed %q", path, a.status, a.header.Get("Idempotent-Replayed"))
		}
	}
}

// TestCancel: what is cancelled at once reads so, stays so, and its ffmpeg goes away.
func TestCancel(t *testing.T) {
	t.Parallel()
	s := common(t)
	endless := object{"input_files": object{}, "output_files": []string{"o.mkv"}, "ffmpeg_commands": []string{"-re -f lavfi -i testsrc=size=64x64:rate=5 {{o.mkv}}"}}
	created := s.do(t, alice, "POST", "/api/ffmpeg", endless)
	path := "/api/jobs/" + created.text("data", "id")
	s.running(t, path)
	a := s.do(t, alice, "POST", path+"/cancel", nil)
	if a.status != 200 || a.text("data", "status") != "cancelled" || a.text("data", "finished_at") == "" {
		t.Fatalf("cancel: %d %s", a.status, a.body)
	}
	if a := s.do(t, alice, "POST", path+"/cancel", nil); a.status != 400 || a.text("errorCode") != "badRequest" {
		t.Errorf("cancel again: %d %s", a.status, a.body)
	}
	// The worker is free again within its heartbeat: the next job gets it, and the folder is gone.
	s.run(t, object{"input_files": object{}, "output_files": []string{"o.wav"}, "ffmpeg_commands": []string{"-f lavfi -i sine=duration=0.1 {{o.wav}}"}})
	if a := s.do(t, alice, "GET", path, nil); a.text("data", "status") != "cancelled" {
		t.Errorf("the job is %s now", a.text("data", "status"))
	}
	v1 := s.do(t, alice, "POST", "/v1/transcodes", object{"inputs": []object{{"url": "https://example.com/a.mp4"}}, "outputFormat": "mp4"})
	if a := s.do(t, alice, "PATCH", "/v1/transcodes/"+v1.text("id")+"/cancel", nil); a.status != 200 || a.text("job", "status") != "canceled" ||
		a.field("success") != true || a.text("job", "error_message") != "Job canceled by user" {
		t.Errorf("cancel of a transcode: %d %s", a.status, a.body)
	}
}

// forward checks that the statuses that a poller saw are in the order of a job's life, and none twice.
func forward(t *testing.T, seen, life []string) {
	t.Helper()
	at := -1
	for _, s := range seen {
		i := slices.Index(life, s)
		if i <= at {
			t.Errorf("the poller saw %v; want a way forward along %v", seen, life)
			return
		}
		at = i
	}
}

// serveFile serves a file on this machine and returns its URL.
func serveFile(t *testing.T, file string) string {
	t.Helper()
	return serveHTTP(t, func(w http.ResponseWriter, r *http.Request) {
		f, err := os.Open(file)
		if err != nil {
			t.Error(err)
			return
		}
		defer f.Close()
		http.ServeContent(w, r, "", time.Time{}, f)
	})
}
