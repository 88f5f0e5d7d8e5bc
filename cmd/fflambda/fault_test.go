package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// fakeFFmpeg writes a shell script that plays ffmpeg, beside a link to the real ffprobe, and returns its path.
// It knows -version; for the rest, body decides.
func fakeFFmpeg(t *testing.T, body string) string {
	t.Helper()
	requireFFmpeg(t)
	dir := t.TempDir()
	ffprobe, err := exec.LookPath("ffprobe")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(ffprobe, filepath.Join(dir, "ffprobe")); err != nil {
		t.Fatal(err)
	}
	script := "#!/bin/sh\n[ \"$1\" = -version ] && { echo 'ffmpeg version 7.1.5 Copyright'; exit 0; }\n" + body + "\n"
	path := filepath.Join(dir, "ffmpeg")
	if err := os.WriteFile(path, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

var anyJob = object{"input_files": object{}, "output_files": []string{"o.wav"}, "ffmpeg_commands": []string{"-f lavfi -i sine=duration=0.1 {{o.wav}}"}}

// TestFFmpegFaults: ffmpeg does what it should not. Each ends the job, and the next one runs.
func TestFFmpegFaults(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ script, code, text string }{
		"fails":          {"echo 'o.wav: Unknown encoder' >&2; exit 1", "ffmpeg_failed", "Unknown encoder"},
		"exits 255":      {"exit 255", "ffmpeg_failed", "255"},
		"writes nothing": {"exit 0", "output_missing", "o.wav"},
		"writes empty":   {": > outputs/o.wav", "output_missing", "empty"},
		"hangs":          {"exec sleep 1000", "timed_out", "limit"},
		"ignores SIGINT": {"trap '' INT TERM; sleep 1000; sleep 1000", "timed_out", "limit"},
		"floods":         {"yes 'a line that tells nothing' | head -c 50000000 >&2; echo 'Error: the last word' >&2; exit 1", "ffmpeg_failed", "the last word"},
		"one long line":  {"head -c 50000000 /dev/zero | tr '\\0' x >&2; exit 1", "ffmpeg_failed", "code 1"},
		"is killed":      {"kill -9 $$", "out_of_memory", "memory"},
		"disk is full":   {"echo 'av_interleaved_write_frame(): No space left on device' >&2; exit 1", "internal", "disk"},
		"ends cut off":   {"echo x > outputs/o.wav; echo '[error] Error writing trailer of o.wav: No space left on device' >&2", "internal", "disk"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, options{args: []string{"--workers", "1", "--timeout", "2s", "--sandbox", "off", "--ffmpeg", fakeFFmpeg(t, c.script)}})
			done := s.run(t, anyJob)
			if got := done.text("data", "error_code"); got != c.code || !strings.Contains(done.text("data", "error_message"), c.text) {
				t.Errorf("got %q, want %q with %q: %.2000s", got, c.code, c.text, done.body)
			}
			if strings.Contains(string(done.body), s.data) {
				t.Errorf("a local path is in the answer: %s", done.body)
			}
			nothingLeft(t, s)
		})
	}
}

// nothingLeft checks that no working folder stays, once the job is over.
func nothingLeft(t *testing.T, s *server) {
	t.Helper()
	left, err := os.ReadDir(filepath.Join(s.data, "work"))
	if err != nil || len(left) != 0 {
		t.Errorf("working folders stay: %v %v", left, err)
	}
}
