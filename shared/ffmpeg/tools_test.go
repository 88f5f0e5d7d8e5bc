package ffmpeg

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// script writes a program that prints text.
func script(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte("#!/bin/sh\ncat <<'END'\n"+text+"\nEND\n"), 0o700); err != nil { //nolint:gosec // a program
		t.Fatal(err)
	}
	return path
}

func TestFind(t *testing.T) {
	for first, want := range map[string]string{
		"ffmpeg version 5.1.9-0+deb12u1 Copyright (c) 2000-2026 the FFmpeg developers": "",
		"ffmpeg version 7.1 Copyright":              "",
		"ffmpeg version n8.0.1-3-gabcdef Copyright": "",
		"ffmpeg version 10.2 Copyright":             "",
		"ffmpeg version N-117000-gabcdef-20240901 Copyright\nlibavutil      59. 36.100 / 59. 36.100": "",
		"ffmpeg version git-2024-05-13-37db045 Copyright\nlibavutil      59. 18.100":                 "",
		"ffmpeg version 2024-05-13-git-37db0454e4-full_build Copyright\nlibavutil      57. 18.100":   "",
		"ffmpeg version 4.4.2-0ubuntu0.22.04.1 Copyright":                                            "is version 4.4.2-0ubuntu0.22.04.1, which is too old",
		"ffmpeg version N-90000-gabcdef Copyright\nlibavutil      56. 14.100":                        "which is too old",
		"GNU bash, version 5.2": "is not ffmpeg",
	} {
		dir := t.TempDir()
		ffmpeg, ffprobe := script(t, dir, "ffmpeg", first), script(t, dir, "ffprobe", "")
		got, err := Find(t.Context(), ffmpeg)
		if want == "" {
			version := strings.Fields(first)[2]
			if err != nil || got != (Tools{FFmpeg: ffmpeg, FFprobe: ffprobe, Version: version}) {
				t.Errorf("%s: %+v, %v", first, got, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "apt-get install ffmpeg") {
			t.Errorf("%s: %v, want an error with %q and the command that helps", first, err, want)
		}
	}
}

func TestFindInPath(t *testing.T) {
	dir, empty := t.TempDir(), t.TempDir()
	t.Setenv("PATH", empty)
	if _, err := Find(t.Context(), ""); err == nil || !strings.Contains(err.Error(), "ffmpeg was not found") || !strings.Contains(err.Error(), "brew install ffmpeg") {
		t.Errorf("nothing there: %v", err)
	}
	t.Setenv("PATH", dir+":/bin:/usr/sbin")
	script(t, dir, "ffmpeg", "ffmpeg version 6.0")
	if _, err := Find(t.Context(), filepath.Join(dir, "ffmpeg-6")); err == nil {
		t.Error("a path that is wrong must not be replaced by what is in PATH")
	}
	script(t, dir, "ffprobe", "")
	got, err := Find(t.Context(), "")
	if err != nil || got.FFmpeg != filepath.Join(dir, "ffmpeg") || got.FFprobe != filepath.Join(dir, "ffprobe") {
		t.Errorf("%+v, %v", got, err)
	}
}
