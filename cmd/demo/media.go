package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
)

// makeClip writes 30 s of 1080p30 test picture with a tone; ultrafast, because nobody looks at it twice.
func makeClip(ctx context.Context, path string) error {
	cmd := exec.CommandContext(ctx, "ffmpeg", "-nostdin", "-y", "-loglevel", "error",
		"-f", "lavfi", "-i", "testsrc2=size=1920x1080:rate=30:duration=30",
		"-f", "lavfi", "-i", "sine=frequency=440:duration=30",
		"-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", "-movflags", "+faststart", path)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("ffmpeg: %w: %s", err, bytes.TrimSpace(out))
	}
	return nil
}

// media is what the demo shows of a file.
type media struct {
	Width, Height int
	Codecs        []string // video first where there is one
	Duration      float64  // seconds; 0 for a still image
	Bytes         int64
}

func (m media) String() string {
	parts := []string{size(m.Bytes), strings.Join(m.Codecs, " + ")}
	if m.Width > 0 {
		parts = append(parts, fmt.Sprintf("%dx%d", m.Width, m.Height))
	}
	if m.Duration > 0.1 {
		parts = append(parts, fmt.Sprintf("%.1f s", m.Duration))
	}
	return strings.Join(parts, ", ")
}

// probe asks ffprobe about a file.
func probe(ctx context.Context, path string) (media, error) {
	out, err := exec.CommandContext(ctx, "ffprobe", "-v", "error", "-of", "json", "-show_format", "-show_streams", path).Output()
	if err != nil {
		return media{}, fmt.Errorf("ffprobe %s: %w", path, err)
	}
	var seen struct {
		Streams []struct {
			Codec  string `json:"codec_name"`
			Width  int    `json:"width"`
			Height int    `json:"height"`
		} `json:"streams"`
		Format struct {
			Duration string `json:"duration"`
			Size     string `json:"size"`
		} `json:"format"`
	}
	if err := json.Unmarshal(out, &seen); err != nil {
		return media{}, fmt.Errorf("ffprobe %s: %w", path, err)
	}
	var m media
	for _, s := range seen.Streams {
		if s.Codec != "" {
			m.Codecs = append(m.Codecs, s.Codec)
		}
		if m.Width == 0 {
			m.Width, m.Height = s.Width, s.Height
		}
	}
	m.Duration, _ = strconv.ParseFloat(seen.Format.Duration, 64) // a still image has none
	if m.Bytes, err = strconv.ParseInt(seen.Format.Size, 10, 64); err != nil {
		return media{}, fmt.Errorf("ffprobe %s gave no size: %w", path, err)
	}
	return m, nil
}

// size is a number of bytes for people.
func size(n int64) string {
	if n < 1_000_000 {
		return fmt.Sprintf("%.0f kB", float64(n)/1e3)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}
