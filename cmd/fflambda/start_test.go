package main

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestFirstStart: a server without keys makes one, shows it once with a line to try it, and the key works;
// keys that are made or revoked beside the running server count at once.
func TestFirstStart(t *testing.T) {
	t.Parallel()
	requireFFmpeg(t)
	data := t.TempDir()
	first := firstStart(t, data)
	secret := regexp.MustCompile(`ffl_[A-Za-z0-9_-]+`).FindString(first.stdout.String())
	if secret == "" || !strings.Contains(first.stdout.String(), "curl") {
		t.Fatalf("no key was shown:\n%s", first.stdout)
	}
	if a := first.do(t, secret, "GET", "/v1/transcodes", nil); a.status != 200 {
		t.Errorf("the key that was shown: %d %s", a.status, a.body)
	}
	out, err := command(nil, "keys", "--data", data, "add", "bob").Output()
	if err != nil {
		t.Fatal(err)
	}
	bobs := strings.TrimSpace(string(out))
	if a := first.do(t, bobs, "GET", "/v1/transcodes", nil); a.status != 200 {
		t.Errorf("a key made beside the server: %d %s", a.status, a.body)
	}
	list, err := command(nil, "keys", "--data", data, "list").Output()
	if err != nil {
		t.Fatal(err)
	}
	id := regexp.MustCompile(`(?m)^(\S+)\s+bob`).FindStringSubmatch(string(list))
	if id == nil {
		t.Fatalf("bob's key is not listed:\n%s", list)
	}
	if out, err := command(nil, "keys", "--data", data, "revoke", id[1]).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if a := first.do(t, bobs, "GET", "/v1/transcodes", nil); a.status != 401 {
		t.Errorf("a revoked key: %d %s", a.status, a.body)
	}
	first.stop()
	if again := firstStart(t, data); strings.Contains(again.stdout.String(), "ffl_") {
		t.Error("the second start shows a key again")
	}
}

func firstStart(t *testing.T, data string) *server {
	t.Helper()
	s, err := run(command(nil, "serve", "--listen", "127.0.0.1:0", "--data", data))
	if err != nil {
		t.Fatal(err)
	}
	s.data = data
	t.Cleanup(s.stop)
	return s
}

// TestPortTaken says so, and how to choose another.
func TestPortTaken(t *testing.T) {
	t.Parallel()
	s := common(t)
	out, err := command(nil, "serve", "--listen", strings.TrimPrefix(s.url, "http://"), "--data", t.TempDir()).CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || !strings.Contains(string(out), "--listen") {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestRetention: past its retention a file is gone from the disk, its links say so, and then the job's record goes too.
func TestRetention(t *testing.T) {
	t.Parallel()
	requireFFmpeg(t)
	data := t.TempDir()
	s := start(t, options{data: data})
	source := s.upload(t, alice, clip(t), "video/mp4")
	api := s.run(t, object{"input_files": object{"a": source}, "output_files": []string{"o.wav"}, "ffmpeg_commands": []string{"-i {{a}} {{o.wav}}"}})
	v1 := s.transcode(t, object{"inputs": []object{{"url": source}}, "outputFormat": "wav"})
	link := api.text("data", "output_files", "o.wav")
	path := link[strings.Index(link, "/d/"):]
	if a := s.do(t, "", "GET", path, nil); a.status != 200 {
		t.Fatalf("before: %d %s", a.status, a.body)
	}
	s.stop()
	if n := filesIn(t, data); n != 3 {
		t.Fatalf("%d files are kept, want the upload and two outputs", n)
	}

	s = start(t, options{data: data, args: []string{"--retention", "1ms"}})
	until(t, func() bool { return filesIn(t, data) == 0 })
	if a := s.do(t, "", "GET", path, nil); a.status != 410 || a.text("error") == "" {
		t.Errorf("the link: %d %s", a.status, a.body)
	}
	until(t, func() bool { // records go last
		return s.do(t, alice, "GET", "/v1/transcodes/"+v1.text("id"), nil).status == 404
	})
	if a := s.do(t, alice, "GET", "/v1/transcodes?limit=5", nil); a.field("total") != 0.0 {
		t.Errorf("the list: %d %s", a.status, a.body)
	}
}

// filesIn counts the objects of a server.
func filesIn(t *testing.T, data string) (n int) {
	t.Helper()
	for _, folder := range []string{"uploads", "jobs"} {
		_ = filepath.WalkDir(filepath.Join(data, "files", "fflambda", folder), func(_ string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() {
				n++
			}
			return nil
		})
	}
	return n
}

// TestUnhealthy: the health check says which part cannot be reached, and the server goes on.
func TestUnhealthy(t *testing.T) {
	t.Parallel()
	requireFFmpeg(t)
	s := start(t, options{})
	if err := os.RemoveAll(filepath.Join(s.data, "files", "fflambda")); err != nil {
		t.Fatal(err)
	}
	if a := s.do(t, "", "GET", "/health-check", nil); a.status != 500 || a.field("ok") != false || !strings.Contains(a.text("error"), "bucket") {
		t.Errorf("without its bucket: %d %s", a.status, a.body)
	}
	if a := s.do(t, alice, "GET", "/api/jobs", nil); a.status != 200 {
		t.Errorf("the jobs: %d %s", a.status, a.body)
	}
}

// TestRateLimit: over the rate a key hears 429 and when to come back; other keys do not notice.
func TestRateLimit(t *testing.T) {
	t.Parallel()
	requireFFmpeg(t)
	s := start(t, options{env: []string{"FFLAMBDA_RATE_LIMIT=1"}, args: []string{"--workers", "0"}})
	limited := 0
	for range 40 {
		a := s.do(t, alice, "GET", "/api/jobs", nil)
		if a.status == 429 {
			limited++
			if a.text("errorCode") != "tooManyRequests" || a.text("message") != "Rate limit exceeded" || a.header.Get("Retry-After") == "" {
				t.Fatalf("%v %s", a.header, a.body)
			}
		}
	}
	if limited < 15 || limited > 20 { // a burst of 20, and a few for the time that this takes
		t.Errorf("%d of 40 requests were refused", limited)
	}
	if a := s.do(t, bob, "GET", "/api/jobs", nil); a.status != 200 {
		t.Errorf("bob: %d", a.status)
	}
	if a := s.do(t, alice, "GET", "/v1/transcodes", nil); a.status != 200 {
		t.Errorf("the other API: %d", a.status)
	}
}

// TestHiddenQueued: clients whose enum lacks "queued" never see it.
func TestHiddenQueued(t *testing.T) {
	t.Parallel()
	requireFFmpeg(t)
	body := object{"inputs": []object{{"url": "https://example.com/a.mp4"}}, "outputFormat": "mp4"}
	s := start(t, options{args: []string{"--workers", "0"}})
	path := "/v1/transcodes/" + s.do(t, alice, "POST", "/v1/transcodes", body).text("id")
	if got := s.do(t, alice, "GET", path, nil).text("status"); got != "queued" {
		t.Errorf("an ordinary client sees %q", got)
	}
	if got := s.do(t, alice, "GET", path, nil, "User-Agent", "OpenAPI-Generator/0.1.1/python").text("status"); got != "pending" {
		t.Errorf("a generated client sees %q", got)
	}
	if a := s.do(t, alice, "GET", "/v1/transcodes?status=pending", nil, "User-Agent", "OpenAPI-Generator/0.1.1/python"); a.field("total") != 1.0 {
		t.Errorf("?status=pending of a generated client: %s", a.body)
	}
	never := start(t, options{args: []string{"--workers", "0"}, env: []string{"FFLAMBDA_STATUS_QUEUED=never"}})
	path = "/v1/transcodes/" + never.do(t, alice, "POST", "/v1/transcodes", body).text("id")
	if got := never.do(t, alice, "GET", path, nil).text("status"); got != "pending" {
		t.Errorf("with FFLAMBDA_STATUS_QUEUED=never: %q", got)
	}
}
