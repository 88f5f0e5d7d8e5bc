package main

import (
	"os/exec"
	"strings"
	"testing"
)

// TestClientFFmpeg drives every call of the vendor's own Python client, with only host and key changed.
func TestClientFFmpeg(t *testing.T) {
	t.Parallel()
	driveFFmpeg(t, python(t), "ffmpeg.py")
}

// TestClientFFmpegAsync drives every asynchronous one.
func TestClientFFmpegAsync(t *testing.T) {
	t.Parallel()
	driveFFmpeg(t, python(t), "ffmpeg_async.py")
}

// TestClientSDK sends what the vendor's TypeScript client and its automation node send.
func TestClientSDK(t *testing.T) {
	t.Parallel()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed")
	}
	driveFFmpeg(t, node, "sdk.mjs")
}

// driveFFmpeg runs a script as an owner without jobs, with a clip as a file and under a URL.
func driveFFmpeg(t *testing.T, program, script string) {
	t.Helper()
	s := common(t)
	file := clip(t)
	owner, _, _ := strings.Cut(script, ".")
	s.drive(t, program, "testdata/clients/"+script, "URL="+s.url, "KEY="+s.newcomer(t, owner), "CLIP="+file, "INPUT="+serveFile(t, file))
}
