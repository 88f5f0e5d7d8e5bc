package main

import (
	"os"
	"runtime"
	"strings"
	"testing"
)

// TestStartSaysWhatHolds: what holds ffmpeg is logged at the start and with each job.
func TestStartSaysWhatHolds(t *testing.T) {
	t.Parallel()
	requireFFmpeg(t)
	s := start(t, options{})
	s.run(t, object{"input_files": object{}, "output_files": []string{"o.wav"}, "ffmpeg_commands": []string{"-f lavfi -i sine=duration=1 {{o.wav}}"}})
	held, started := "ffmpeg is contained", `, seccomp on"`
	if runtime.GOOS != "linux" {
		held, started = "ffmpeg is not contained on ", `sandbox="no kernel sandbox`
	}
	for _, want := range []string{held, started} {
		if !strings.Contains(s.stderr.String(), want) {
			t.Errorf("the log lacks %q:\n%s", want, s.stderr)
		}
	}
}

// TestStartWarns of a sandbox that is off, and of an ffmpeg that has published holes. Neither is a reason not to start.
func TestStartWarns(t *testing.T) {
	t.Parallel()
	old := fakeFFmpeg(t, "")
	if err := os.WriteFile(old, []byte("#!/bin/sh\necho ffmpeg version 7.0.2-static\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	s := start(t, options{args: []string{"--sandbox", "off", "--ffmpeg", old}})
	for _, want := range []string{"the sandbox is off", "ffmpeg 7.0.2-static may have CVE-2026-8461"} {
		if !strings.Contains(s.stderr.String(), want) {
			t.Errorf("the log lacks %q:\n%s", want, s.stderr)
		}
	}
}
