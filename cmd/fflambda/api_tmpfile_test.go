package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fflambda/fflambda/shared/job"
)

// tempFile asks for a place for a temporary file.
func (s *server) tempFile(t *testing.T, key string, body any) (upload, download string) {
	t.Helper()
	a := s.do(t, key, "POST", "/api/tmp-file", body)
	data, _ := a.field("data").(map[string]any)
	if a.status != 200 || len(data) != 2 {
		t.Fatalf("tmp-file: %d %s", a.status, a.body)
	}
	return a.text("data", "upload_url"), a.text("data", "download_url")
}

// tempObject is the file behind an upload URL.
func (s *server) tempObject(upload string) string {
	_, rest, _ := strings.Cut(upload, "/fflambda/tmp/")
	return filepath.Join(s.data, "files", "fflambda", "tmp", strings.Split(rest, "?")[0])
}

// put sends a body whose length is not known before.
func (s *server) putChunks(t *testing.T, url string, body io.Reader) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "PUT", url, io.MultiReader(body))
	if err != nil {
		t.Fatal(err)
	}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	return res.StatusCode
}

// TestTempFile: any body goes up, and the same bytes come down.
func TestTempFile(t *testing.T) {
	t.Parallel()
	s := common(t)
	data := make([]byte, 1<<20+1)
	for i := range data {
		data[i] = byte(rand.Uint32())
	}
	for name, send := range map[string]func(url string) int{
		"as the Python SDK does": func(url string) int {
			return s.do(t, "", "PUT", url, data, "Content-Type", "application/octet-stream").status
		},
		"without a type": func(url string) int { return s.do(t, "", "PUT", url, data).status },
		"in chunks":      func(url string) int { return s.putChunks(t, url, bytes.NewReader(data)) },
		"with a key":     func(url string) int { return s.do(t, alice, "PUT", url, data, "Content-Type", "video/mp4").status },
		"twice": func(url string) int {
			return max(s.do(t, "", "PUT", url, "another file").status, s.do(t, "", "PUT", url, data).status)
		},
	} {
		for _, body := range []any{nil, "{}", "[]", `{"unknown":1}`} {
			upload, download := s.tempFile(t, alice, body)
			if early := s.do(t, "", "GET", download, nil); early.status != 404 || !strings.Contains(early.text("error"), "upload_url") {
				t.Errorf("%s: before the upload: %d %s", name, early.status, early.body)
			}
			if status := send(upload); status != 200 {
				t.Fatalf("%s: PUT: %d", name, status)
			}
			got := s.do(t, "", "GET", download, nil)
			if got.status != 200 || !bytes.Equal(got.body, data) || got.header.Get("ETag") == "" {
				t.Fatalf("%s: GET: %d %v, %d bytes", name, got.status, got.header, len(got.body))
			}
			head := s.do(t, bob, "HEAD", download, nil)
			if head.status != 200 || head.header.Get("Content-Length") != strconv.Itoa(len(data)) || len(head.body) != 0 {
				t.Errorf("%s: HEAD: %d %v", name, head.status, head.header)
			}
			part := s.do(t, "", "GET", download, nil, "Range", "bytes=1000000-")
			if part.status != 206 || !bytes.Equal(part.body, data[1000000:]) {
				t.Errorf("%s: a range: %d, %d bytes", name, part.status, len(part.body))
			}
		}
	}
}

// TestTempFileAsInput: the link is an input of both APIs, whatever host it names and whoever's it is, without HTTP.
func TestTempFileAsInput(t *testing.T) {
	t.Parallel()
	requireFFmpeg(t)
	s := start(t, options{env: []string{"FFLAMBDA_ALLOW_PRIVATE="}}) // no HTTP to this machine
	data, err := os.ReadFile(clip(t))
	if err != nil {
		t.Fatal(err)
	}
	upload, download := s.tempFile(t, bob, nil)
	if a := s.do(t, "", "PUT", upload, data); a.status != 200 {
		t.Fatalf("PUT: %d %s", a.status, a.body)
	}
	far := strings.Replace(download, s.url, "https://video.example.invalid//prod", 1)
	for _, url := range []string{download, far} {
		done := s.run(t, object{"input_files": object{"in": url}, "output_files": []string{"o.mp4"}, "ffmpeg_commands": []string{"-i {{in}} -c copy -f mp4 {{o.mp4}}"}})
		if done.text("data", "status") != "succeeded" || done.field("data", "total_input_bytes") != float64(len(data)) {
			t.Errorf("%s", done.body)
		}
	}
	if v1 := s.transcode(t, object{"inputs": []object{{"url": far}}, "outputFormat": "png"}); v1.text("status") != "completed" {
		t.Errorf("%s", v1.body)
	}
	_, empty := s.tempFile(t, alice, nil)
	failed := s.run(t, object{"input_files": object{"in": empty}, "output_files": []string{"o.mp4"}, "ffmpeg_commands": []string{"-i {{in}} {{o.mp4}}"}})
	if failed.text("data", "error_code") != "input_unreachable" || !strings.Contains(failed.text("data", "error_message"), "not uploaded") {
		t.Errorf("nothing was uploaded: %s", failed.body)
	}
}

// TestTempFileIsACapability: who has the links has the file, with or without a key; nothing else leads to it.
func TestTempFileIsACapability(t *testing.T) {
	t.Parallel()
	s := common(t)
	made, err := command(nil, "keys", "--data", s.data, "add", "leaver").CombinedOutput()
	if err != nil {
		t.Fatal(err)
	}
	key := strings.Fields(string(made))[0]
	upload, download := s.tempFile(t, key, nil)
	list, err := command(nil, "keys", "--data", s.data, "list").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(list)) {
		if f := strings.Fields(line); f[1] == "leaver" {
			if out, err := command(nil, "keys", "--data", s.data, "revoke", f[0]).CombinedOutput(); err != nil {
				t.Fatalf("%v %s", err, out)
			}
		}
	}
	if a := s.do(t, key, "POST", "/api/tmp-file", nil); a.status != 401 {
		t.Fatalf("the key is not revoked: %d %s", a.status, a.body)
	}
	if a := s.do(t, "", "PUT", upload, "text"); a.status != 200 {
		t.Errorf("PUT: %d %s", a.status, a.body)
	}
	if a := s.do(t, bob, "GET", download, nil); a.status != 200 || string(a.body) != "text" {
		t.Errorf("GET: %d %s", a.status, a.body)
	}
	id := filepath.Base(s.tempObject(upload))
	for path, want := range map[string]int{
		download + "/text": 403, download[:len(download)-1]: 403, strings.Replace(upload, id, aJob, 1): 403, "/fflambda/tmp/" + id: 403, upload: 403,
	} {
		if a := s.do(t, alice, "GET", path, nil); a.status != want {
			t.Errorf("GET %s: %d %s, want %d", path, a.status, a.body, want)
		}
	}
	named := object{"input_files": object{"in": "gs://fflambda/tmp/" + id}, "output_files": []string{"o.mp4"}, "ffmpeg_commands": []string{"-i {{in}} {{o.mp4}}"}}
	for _, key := range []string{alice, bob} {
		if a := s.do(t, key, "POST", "/api/ffmpeg", named); a.status != 403 {
			t.Errorf("by its name: %d %s", a.status, a.body)
		}
	}
	for _, path := range []string{"/api/tmp-file/", "/api//tmp-file"} {
		if a := s.do(t, alice, "POST", path, nil); a.status != 200 {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
	if a := s.do(t, alice, "GET", "/api/tmp-file", nil); a.status != 404 {
		t.Errorf("GET tmp-file: %d %s", a.status, a.body)
	}
}

// TestTempFileCut: half an upload is nothing, and the whole one after it is all. One that is too large is refused at once.
func TestTempFileCut(t *testing.T) {
	t.Parallel()
	s := common(t)
	upload, download := s.tempFile(t, alice, nil)
	putHalf(t, s, upload)
	if a := s.do(t, "", "GET", download, nil); a.status != 404 {
		t.Errorf("after half an upload: %d %s", a.status, a.body)
	}
	req, err := http.NewRequestWithContext(t.Context(), "PUT", upload, io.LimitReader(endless{}, job.TempMax+1))
	if err != nil {
		t.Fatal(err)
	}
	req.ContentLength = job.TempMax + 1
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != 413 {
		t.Errorf("2 GiB and a byte: %d", res.StatusCode)
	}
	if a := s.do(t, "", "PUT", upload, "0123456789"); a.status != 200 {
		t.Errorf("%d %s", a.status, a.body)
	}
	if a := s.do(t, "", "GET", download, nil); string(a.body) != "0123456789" {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// TestTempFileMemory: an upload passes through; it is never held.
func TestTempFileMemory(t *testing.T) {
	t.Parallel()
	requireFFmpeg(t)
	s := start(t, options{args: []string{"--workers", "0"}})
	upload, _ := s.tempFile(t, alice, nil)
	before := peak(t, s)
	const size = 256 << 20
	if status := s.putChunks(t, upload, io.LimitReader(endless{}, size)); status != 200 {
		t.Fatalf("PUT: %d", status)
	}
	if info, err := os.Stat(s.tempObject(upload)); err != nil || info.Size() != size {
		t.Errorf("%v %v", info, err)
	}
	if more := peak(t, s) - before; more > 40<<10 {
		t.Errorf("the server took %d KiB more", more)
	}
}

// peak is the most memory that the server has had, in KiB.
func peak(t *testing.T, s *server) (kib int) {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("this system does not tell a process's memory")
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	if _, err := fmt.Sscan(rest, &kib); err != nil {
		t.Fatal(err)
	}
	return kib
}

// TestTempFileLife: a temporary file is deleted after a day, but not while a job waits for it.
func TestTempFileLife(t *testing.T) {
	t.Parallel()
	requireFFmpeg(t)
	data := t.TempDir()
	s := start(t, options{data: data, args: []string{"--workers", "0"}})
	file, err := os.ReadFile(clip(t))
	if err != nil {
		t.Fatal(err)
	}
	needed, link := s.tempFile(t, alice, nil)
	old, _ := s.tempFile(t, alice, nil)
	fresh, _ := s.tempFile(t, alice, nil)
	for _, url := range []string{needed, old, fresh} {
		if a := s.do(t, "", "PUT", url, file); a.status != 200 {
			t.Fatalf("%d %s", a.status, a.body)
		}
	}
	made := s.do(t, alice, "POST", "/api/ffmpeg", object{"input_files": object{"in": link}, "output_files": []string{"o.mp4"}, "ffmpeg_commands": []string{"-i {{in}} -c copy -f mp4 {{o.mp4}}"}})
	if made.status != 200 {
		t.Fatalf("%d %s", made.status, made.body)
	}
	s.stop()
	for url, age := range map[string]time.Duration{needed: 100 * time.Hour, old: 25 * time.Hour, fresh: 23 * time.Hour} {
		if err := os.Chtimes(s.tempObject(url), time.Time{}, time.Now().Add(-age)); err != nil {
			t.Fatal(err)
		}
	}

	s = start(t, options{data: data, args: []string{"--workers", "0"}})
	until(t, func() bool { _, err := os.Stat(s.tempObject(old)); return err != nil })
	for _, url := range []string{needed, fresh} {
		if _, err := os.Stat(s.tempObject(url)); err != nil {
			t.Error(err)
		}
	}
	s.stop()

	s = start(t, options{data: data, args: []string{"--workers", "1"}})
	if last, _ := s.wait(t, alice, "/api/jobs/"+made.text("data", "id")); last.text("data", "status") != "succeeded" {
		t.Errorf("%s", last.body)
	}
	s.stop()

	s = start(t, options{data: data, args: []string{"--workers", "0"}})
	until(t, func() bool { _, err := os.Stat(s.tempObject(needed)); return err != nil })
}
