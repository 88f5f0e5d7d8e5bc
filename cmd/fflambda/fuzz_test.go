package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestClientFuzz lets schemathesis call the transcodes API, well and badly, by its OpenAPI document. All its checks hold:
// no 500, no status, field or header that the document does not have, nothing accepted that the document forbids, no answer
// without a key, no job for a stranger.
//
// FFLAMBDA_FUZZ is how long it goes on, such as 10m, each time with another seed; without it, it is short and always the same.
func TestClientFuzz(t *testing.T) {
	t.Parallel()
	program, err := filepath.Abs(filepath.Join(filepath.Dir(python(t)), "schemathesis"))
	if err != nil {
		t.Fatal(err)
	}
	data := t.TempDir()
	// Jobs that schemathesis makes are never run: their inputs are URLs that it makes up.
	jobID, file := finished(t, data)
	s := start(t, options{data: data, args: []string{"--workers", "0"}})

	cmd := exec.CommandContext(t.Context(), program, append([]string{"run", s.url + "/openapi/transcodes.yaml", "--no-color"}, howLong(t)...)...)
	cmd.Dir = fuzzFolder(t, strings.NewReplacer(`"JOB"`, `"`+jobID+`"`, `"FILE"`, `"`+file+`"`))
	cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("schemathesis: %v", err)
	}
	t.Logf("%s", out)
	if log := s.stderr.String(); strings.Contains(log, "level=ERROR") {
		t.Errorf("the server says:\n%.4000s", log)
	}
}

// finished leaves a job that is completed in the folder, and an uploaded file, and returns their names.
func finished(t *testing.T, data string) (id, file string) {
	t.Helper()
	s := start(t, options{data: data, args: []string{"--workers", "1"}})
	file = s.upload(t, alice, media(t, "tone.wav", "-f", "lavfi", "-i", "sine=duration=0.2"), "audio/wav")
	done := s.transcode(t, object{"inputs": []object{{"url": file}}, "outputFormat": "wav"})
	if done.text("status") != "completed" {
		t.Fatalf("%s", done.body)
	}
	s.stop()
	return done.text("id"), file
}

// howLong is schemathesis's flags for FFLAMBDA_FUZZ.
func howLong(t *testing.T) []string {
	t.Helper()
	text := os.Getenv("FFLAMBDA_FUZZ")
	if text == "" {
		return []string{"--max-examples", "10", "--generation-deterministic"}
	}
	long, err := time.ParseDuration(text)
	if err != nil {
		t.Fatalf("FFLAMBDA_FUZZ: %v", err)
	}
	return []string{"--max-examples", "300", "--continue-on-failure", "--max-time", strconv.Itoa(int(long.Seconds()))}
}

// fuzzFolder is a folder of the test's own with schemathesis's configuration, in which it may leave what it likes.
func fuzzFolder(t *testing.T, names *strings.Replacer) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", "clients", "fuzz"))); err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(dir, "schemathesis.toml")
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(config, []byte(names.Replace(string(text))), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}
