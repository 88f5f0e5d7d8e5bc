package ffmpeg

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestCPUs: ffmpeg sees as many processors as it may use, and the limit of one run is not that of the next.
func TestCPUs(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "nproc").Output()
	if err != nil {
		t.Skip("no nproc: ", err)
	}
	all := strings.TrimSpace(string(out))
	tool := filepath.Join(t.TempDir(), "ffmpeg")
	if err := os.WriteFile(tool, []byte("#!/bin/sh\nnproc > cpus\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	dir := folder(t)
	for _, run := range []struct {
		cpus int
		want string
	}{{1, "1"}, {0, all}, {10_000, all}} {
		if err := (Tools{FFmpeg: tool, CPUs: run.cpus}).Run(t.Context(), Task{Dir: dir}); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(dir, "cpus"))
		if err != nil || strings.TrimSpace(string(got)) != run.want {
			t.Errorf("limited to %d: ffmpeg counts %s, %v; want %s", run.cpus, got, err, run.want)
		}
	}
}
