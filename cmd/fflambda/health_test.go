package main

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// sick expects the health check to say all of the words, and nothing of where the data lies.
func (s *server) sick(t *testing.T, words ...string) {
	t.Helper()
	a := s.do(t, "", "GET", "/health-check", nil)
	if a.status != 500 || a.field("ok") != false {
		t.Errorf("the health check: %d %s", a.status, a.body)
	}
	for _, w := range words {
		if !strings.Contains(a.text("error"), w) {
			t.Errorf("the health check says %q, want %q in it", a.text("error"), w)
		}
	}
	s.discreet(t, a)
}

// putOff expects an answer that asks to come again.
func (s *server) putOff(t *testing.T, a answer) {
	t.Helper()
	if a.status != 503 || a.header.Get("Retry-After") == "" {
		t.Errorf("%d %v %s, want 503 with Retry-After", a.status, a.header, a.body)
	}
	s.discreet(t, a)
}

// discreet expects an answer to say nothing of where the data lies.
func (s *server) discreet(t *testing.T, a answer) {
	t.Helper()
	if strings.Contains(string(a.body), s.data) || strings.Contains(string(a.body), "fflambda.db") {
		t.Errorf("a path is told: %s", a.body)
	}
}

// well expects that everything works: the check, an upload, a job and its file.
func (s *server) well(t *testing.T) {
	t.Helper()
	if a := s.do(t, "", "GET", "/health-check", nil); a.status != 200 {
		t.Errorf("the health check: %d %s", a.status, a.body)
	}
	source := s.upload(t, alice, save(t, "a.wav", answer{body: []byte("RIFF")}), "audio/wav")
	if !strings.HasPrefix(source, "gs://") {
		t.Errorf("an upload: %s", source)
	}
	done := s.run(t, anyJob)
	if file := s.do(t, "", "GET", done.text("data", "output_files", "o.wav"), nil); done.text("data", "status") != "succeeded" || file.status != 200 {
		t.Errorf("a job: %s\nits file: %d %s", done.body, file.status, file.body)
	}
}

// TestDatabaseHeld: another process holds the database for some seconds. That is said, reads go on, a job that ends
// meanwhile is not lost, and afterwards all is as before.
func TestDatabaseHeld(t *testing.T) {
	t.Parallel()
	requireFFmpeg(t)
	s := start(t, options{args: []string{"--workers", "1"}})
	path := "/api/jobs/" + s.do(t, alice, "POST", "/api/ffmpeg", slow).text("data", "id")
	s.running(t, path)
	other, err := sql.Open("sqlite", filepath.Join(s.data, "fflambda.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	other.SetMaxOpenConns(1)
	if _, err := other.ExecContext(t.Context(), "begin exclusive"); err != nil {
		t.Fatal(err)
	}
	created := make(chan answer)
	go func() {
		a, _ := s.try(alice, "POST", "/v1/transcodes", object{"inputs": []object{{"url": "https://media.example/a.mp4"}}, "outputFormat": "mp4"})
		created <- a
	}()
	s.sick(t, "the table and queue cannot be used: another process holds the database")
	if a := s.do(t, alice, "GET", path, nil); a.status != 200 {
		t.Errorf("reading a job: %d %s", a.status, a.body)
	}
	s.putOff(t, <-created)
	if _, err := other.ExecContext(t.Context(), "rollback"); err != nil {
		t.Fatal(err)
	}
	if done, _ := s.wait(t, alice, path); done.text("data", "status") != "succeeded" {
		t.Errorf("the job that was running: %s", done.body)
	}
	s.well(t)
}

// TestDataGone: the data folder is taken away under the running server, as by a disk that is unplugged, and put back.
// Nothing is accepted that would be lost.
func TestDataGone(t *testing.T) {
	t.Parallel()
	requireFFmpeg(t)
	data := filepath.Join(t.TempDir(), "data")
	s := start(t, options{data: data})
	done := s.run(t, anyJob)
	link := done.text("data", "output_files", "o.wav")
	slot := s.do(t, alice, "POST", "/v1/upload/presigned-url", object{"filename": "a.wav", "contentType": "audio/wav", "fileSize": 3})
	if err := os.Rename(data, data+".away"); err != nil {
		t.Fatal(err)
	}
	s.sick(t, "the bucket cannot be used: the folder is gone", "the table and queue cannot be used: the database file is gone")
	s.putOff(t, s.do(t, alice, "POST", "/api/ffmpeg", anyJob))
	s.putOff(t, s.do(t, alice, "POST", "/api/ffmpeg?wait=true", anyJob))
	s.putOff(t, s.do(t, "", "PUT", slot.text("result", "uploadUrl"), "abc", "Content-Type", "audio/wav"))
	s.putOff(t, s.do(t, "", "GET", link, nil))
	if err := os.Rename(data+".away", data); err != nil {
		t.Fatal(err)
	}
	s.well(t)
	if a := s.do(t, "", "GET", link, nil); a.status != 200 {
		t.Errorf("the file of before: %d", a.status)
	}
}

// TestBucketGone: the bucket's folder is removed for good. An empty one in its place is a bucket again.
func TestBucketGone(t *testing.T) {
	t.Parallel()
	requireFFmpeg(t)
	s := start(t, options{})
	link := s.run(t, anyJob).text("data", "output_files", "o.wav")
	files := filepath.Join(s.data, "files", "fflambda")
	if err := os.RemoveAll(files); err != nil {
		t.Fatal(err)
	}
	s.sick(t, "the bucket cannot be used: the folder is gone")
	s.putOff(t, s.do(t, "", "GET", link, nil))
	if a := s.do(t, alice, "GET", "/api/jobs", nil); a.status != 200 {
		t.Errorf("the jobs: %d %s", a.status, a.body)
	}
	if err := os.Mkdir(files, 0o700); err != nil {
		t.Fatal(err)
	}
	s.well(t)
	if a := s.do(t, "", "GET", link, nil); a.status != 410 {
		t.Errorf("the file that was removed: %d %s", a.status, a.body)
	}
}
