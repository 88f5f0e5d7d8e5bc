package main

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// ending is a row of the table of failures in docs/ffmpeg-api.md.
type ending struct {
	code, text string
	pattern    *regexp.Regexp
	elsewhere  bool // tested one by one
	seen       bool
}

var endingRow = regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\| `(.+?)` (\\* )?\\| .*\\|$")

func endings(t *testing.T) []*ending {
	t.Helper()
	section := apiSection(t, "Failures")
	section, _, _ = strings.Cut(section, "\nWhat ffmpeg says")
	var rows []*ending
	for _, m := range endingRow.FindAllStringSubmatch(section, -1) {
		if m[1] == "error_code" { // the heading
			continue
		}
		rows = append(rows, &ending{code: m[1], text: m[2], pattern: wording(m[2]), elsewhere: m[3] != ""})
	}
	if want := strings.Count(section, "\n| `") - 1; len(rows) != want || want < 30 {
		t.Fatalf("%d of %d rows can be read", len(rows), want)
	}
	return rows
}

// TestFailures: each documented failure is how some job of a running server ends, and each of these ends is documented.
// None of them shows where the server keeps its files, or a URL's query.
func TestFailures(t *testing.T) {
	t.Parallel()
	rows := endings(t)
	seen := func(name string, s *server, done answer) {
		var best *ending
		code, text := done.text("data", "error_code"), done.text("data", "error_message")
		for _, r := range rows {
			if r.code == code && r.pattern.MatchString(text) && (best == nil || len(r.text) > len(best.text)) {
				best = r
			}
		}
		if best == nil || done.text("data", "status") != "failed" {
			t.Errorf("%s: no row of docs/ffmpeg-api.md says %s %q: %s", name, code, text, done.body)
			return
		}
		best.seen = true
		shown := string(done.raw("data"))
		_, shown, _ = strings.Cut(shown, `"total_output_bytes"`) // input_files holds what was sent
		for _, secret := range []string{s.data, filepath.Base(s.data), os.TempDir(), "secret"} {
			if strings.Contains(text, secret) || strings.Contains(shown, secret) {
				t.Errorf("%s: shows %q: %s", name, secret, done.body)
			}
		}
	}
	s := start(t, options{args: []string{"--workers", "4", "--max-attempts", "1", "--input-stall", "3s", "--max-input-bytes", "1MB", "--max-output-bytes", "2MB", "--sandbox", "off", "--ffmpeg", crippled(t)},
		env: []string{"FFLAMBDA_QUOTA_OWNERS=bob:jobs=0"}})
	ids := map[string]string{}
	for name, body := range failing(t) {
		a := s.do(t, alice, "POST", "/api/ffmpeg", body)
		if a.status != 200 {
			t.Errorf("%s: create: %d %s", name, a.status, a.body)
			continue
		}
		ids[name] = a.text("data", "id")
	}
	for name, id := range ids {
		done, _ := s.wait(t, alice, "/api/jobs/"+id)
		seen(name, s, done)
	}
	s.do(t, bob, "POST", "/api/ffmpeg", anyJob)
	list := s.do(t, bob, "GET", "/api/jobs?limit=1", nil)
	if refused, ok := list.field("data").([]any); ok && len(refused) == 1 {
		done, _ := s.wait(t, bob, "/api/jobs/"+refused[0].(object)["id"].(string))
		seen("a spent quota", s, done)
	}
	lost, done := lostWorker(t)
	seen("a lost worker", lost, done)
	for _, r := range rows {
		if !r.seen && !r.elsewhere {
			t.Errorf("no job ends as documented: %s %s", r.code, r.text)
		}
	}
}

// crippled is the installed ffmpeg, to which a word in the command can happen what else only happens to a machine.
func crippled(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, tool := range []string{"ffmpeg", "ffprobe"} {
		installed, err := exec.LookPath(tool)
		if err != nil {
			t.Skip(err)
		}
		script := "#!/bin/sh\n" + `case "$*" in
*title=mute*) exit 7;;
*title=kill*) kill -KILL $$;;
*title=crash*) kill -SEGV $$;;
*title=disk*) echo "[error] av_interleaved_write_frame(): No space left on device" >&2; exit 1;;
*title=memory*) ulimit -v 300000;;
esac
exec ` + installed + ` "$@"` + "\n"
		if err := os.WriteFile(filepath.Join(dir, tool), []byte(script), 0o700); err != nil { //nolint:gosec // a program
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "ffmpeg")
}

// failing are bodies of jobs that fail.
func failing(t *testing.T) map[string]object {
	t.Helper()
	bodies := failingInputs(t)
	for name, line := range map[string]string{
		"an unknown encoder":     "-f lavfi -i sine=d=0.1 -c:a nope {{o.wav}}",
		"a missing file":         "-i temp.wav {{o.wav}}",
		"a mute ffmpeg":          "-f lavfi -i sine=d=0.1 -metadata title=mute {{o.wav}}",
		"a killed ffmpeg":        "-f lavfi -i sine=d=0.1 -metadata title=kill {{o.wav}}",
		"a crashed ffmpeg":       "-f lavfi -i sine=d=0.1 -metadata title=crash {{o.wav}}",
		"a full disk":            "-f lavfi -i sine=d=0.1 -metadata title=disk {{o.wav}}",
		"too little memory":      "-f lavfi -i color=s=64x64:d=0.1 -vf scale=12000:12000 -filter_threads 1 -metadata title=memory -threads 1 -c:v mpeg4 -f avi {{o.wav}}",
		"nothing written":        "-f lavfi -i sine=d=0.1 other.wav",
		"an empty file":          "-f lavfi -i sine=d=0.1 -f null {{o.wav}} -f lavfi -i sine=d=0.1 -t 0 -f s16le {{o.wav}}",
		"a frame past the end":   "-f lavfi -i testsrc=d=0.1 -ss 100 -frames:v 1 -f image2 -update 1 {{o.wav}}",
		"too much written":       "-f lavfi -i testsrc2=s=1280x720:d=2 -c:v rawvideo -f avi {{o.wav}}",
		"no end within a second": "-re -f lavfi -i sine {{o.wav}}",
	} {
		bodies[name] = object{"input_files": object{}, "output_files": []string{"o.wav"}, "ffmpeg_commands": []string{line}}
	}
	bodies["no end within a second"]["timeout_seconds"] = 1
	return bodies
}

func failingInputs(t *testing.T) map[string]object {
	t.Helper()
	answering := func(write func(w http.ResponseWriter, r *http.Request)) string {
		return serveHTTP(t, write) + "?key=secret"
	}
	status := func(code int) string {
		return answering(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) })
	}
	body := func(b string) string {
		return answering(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(b)) })
	}
	long := func(w http.ResponseWriter) {
		w.Header().Set("Content-Length", "900000")
		_, _ = w.Write(make([]byte, 1000))
	}
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	if _, err := z.Write(make([]byte, 10<<20)); err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	urls := map[string]string{
		"404": status(404), "503": status(503), "418": status(418), "206": status(206), "403": status(403),
		"a circle": answering(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) }),
		"to ftp":   answering(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "ftp://e.com/a", http.StatusFound) }),
		"refused":  "http://127.0.0.1:1/a.mp4?key=secret",
		"cut":      answering(func(w http.ResponseWriter, _ *http.Request) { long(w) }),
		"silent": answering(func(w http.ResponseWriter, r *http.Request) {
			long(w)
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}),
		"never sent": "gs://fflambda/uploads/alice/never-sent.mp4",
		"private":    "http://10.1.2.3/a.mp4?key=secret",
		"a number":   "http://167837955/a.mp4?key=secret",
		"a password": "http://me:secret@127.0.0.1/a.mp4",
		"too large":  body(strings.Repeat("x", 2_000_000)),
		"HTML":       body("<!DOCTYPE html><html><body>Sign in</body></html>"),
		"HTML by name": answering(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = w.Write([]byte("x"))
		}),
		"a gzip bomb": answering(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(bomb.Bytes())
		}),
		"empty":   body(""),
		"garbage": body("just some words, and no film\n"),
	}
	whole, err := os.ReadFile(clip(t))
	if err != nil {
		t.Fatal(err)
	}
	urls["truncated"] = body(string(whole[:len(whole)/3])) // its index is at its end
	bodies := map[string]object{}
	for name, url := range urls {
		bodies[name] = object{"input_files": object{"in": url}, "output_files": []string{"o.mkv"}, "ffmpeg_commands": []string{"-i {{in}} -c copy {{o.mkv}}"}}
	}
	return bodies
}

// lostWorker kills a server with its job, and starts it again.
func lostWorker(t *testing.T) (*server, answer) {
	t.Helper()
	o := options{data: t.TempDir(), args: []string{"--max-attempts", "1"}}
	first := start(t, o)
	path := "/api/jobs/" + first.do(t, alice, "POST", "/api/ffmpeg", object{"output_files": []string{"o.wav"},
		"ffmpeg_commands": []string{"-re -f lavfi -i sine {{o.wav}}"}}).text("data", "id")
	first.running(t, path)
	first.kill()
	second := start(t, o)
	done, _ := second.wait(t, alice, path)
	return second, done
}
