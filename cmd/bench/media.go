package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

// sample is 60 s of 1080p30 with sound, made once.
func (b *bench) sample(ctx context.Context) (string, error) {
	path := filepath.Join(b.folder, "sample.mp4")
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	return path, bareFFmpeg(ctx, b.folder,
		"-f", "lavfi", "-i", "testsrc2=size=1920x1080:rate=30:duration=60",
		"-f", "lavfi", "-i", "sine=frequency=440:duration=60",
		"-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", path)
}

// looped is the sample again and again, until the file is about that large; its ending says the format.
func (b *bench) looped(ctx context.Context, name string, bytes int64) (string, error) {
	from, err := b.sample(ctx)
	if err != nil {
		return "", err
	}
	path := filepath.Join(b.folder, name)
	return path, bareFFmpeg(ctx, b.folder, "-stream_loop", "-1", "-i", from, "-c", "copy", "-fs", strconv.FormatInt(bytes, 10), path)
}

// bareFFmpeg runs the bare program in a folder, as the worker does: no input from us, files overwritten.
func bareFFmpeg(ctx context.Context, folder string, args ...string) error {
	cmd := exec.CommandContext(ctx, "ffmpeg", append([]string{"-nostdin", "-y", "-hide_banner", "-loglevel", "error"}, args...)...)
	cmd.Dir = folder
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("ffmpeg: %w: %s", err, bytes.TrimSpace(out))
	}
	return nil
}
