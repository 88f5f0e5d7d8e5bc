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

// TestClientFuzz lets schemathesis call both APIs, well and badly, by their OpenAPI documents. All its checks hold: no 500,
// no status, field or header that the document does not have, nothing accepted that the document forbids, no answer without
// a key, no job for a stranger.
//
// FFLAMBDA_FUZZ is how long it goes on, such as 10m, each time with another seed; without it, it is short and always the same.
func TestClientFuzz(t *testing.T) {
	t.Parallel()
	program, err := filepath.Abs(filepath.Join(filepath.Dir(python(t)), "schemathesis"))
	if err != nil {
		t.Fatal(err)
	}
	// What is made up needs things that are there: they are made first. Jobs that schemathesis makes are never run: their
	// inputs are URLs that it makes up.
	data := t.TempDir()
	maker := start(t, options{data: data, args: []string{"--workers", "1"}})
	known := map[string]*strings.Replacer{"transcodes": maker.knownTranscodes(t), "ffmpeg": maker.knownCommands(t)}
	maker.stop()
	s := start(t, options{data: data, args: []string{"--workers", "0"}})
	for name, words := range known {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), program, append([]string{
				"--config-file", name + ".toml", "run", s.url + "/openapi/" + name + ".yaml", "--no-color"}, howLong(t)...)...)
			cmd.Dir = fuzzFolder(t, name+".toml", words)
			cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Errorf("schemathesis: %v", err)
			}
			t.Logf("%s", out)
			if log := s.stderr.String(); strings.Contains(log, "level=ERROR") {
				t.Errorf("the server says:\n%.4000s", log)
			}
		})
	}
}

// knownTranscodes puts a job that is completed and an uploaded file where the configuration has their places.
func (s *server) knownTranscodes(t *testing.T) *strings.Replacer {
	t.Helper()
	file := s.upload(t, alice, media(t, "tone.wav", "-f", "lavfi", "-i", "sine=duration=0.2"), "audio/wav")
	done := s.transcode(t, object{"inputs": []object{{"url": file}}, "outputFormat": "wav"})
	if done.text("status") != "completed" {
		t.Fatalf("%s", done.body)
	}
	return strings.NewReplacer(`"JOB"`, `"`+done.text("id")+`"`, `"FILE"`, `"`+file+`"`)
}

// knownCommands puts a job that has succeeded and the tokens of its links there.
func (s *server) knownCommands(t *testing.T) *strings.Replacer {
	t.Helper()
	done := s.run(t, object{"output_files": []string{"list.m3u8", "list0.ts", "tone.wav"}, "ffmpeg_commands": []string{
		"-f lavfi -i sine=duration=0.5 {{tone.wav}} -c:a mp2 outputs/list.m3u8"}})
	files, _ := done.field("data", "output_files").(object)
	if len(files) != 3 {
		t.Fatalf("%s", done.body)
	}
	var tokens []string
	for _, link := range files {
		_, rest, _ := strings.Cut(link.(string), "/d/")
		token, _, _ := strings.Cut(rest, "/")
		tokens = append(tokens, strconv.Quote(token))
	}
	return strings.NewReplacer(`"JOB"`, strconv.Quote(done.text("data", "id")), `"TOKEN"`, strings.Join(tokens, ", "))
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
func fuzzFolder(t *testing.T, file string, names *strings.Replacer) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", "clients", "fuzz"))); err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(dir, file)
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(config, []byte(names.Replace(string(text))), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}
