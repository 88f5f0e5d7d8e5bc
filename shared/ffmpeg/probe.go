package ffmpeg

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/sandbox"
)

const (
	probeLimit = 30 * time.Second
	probeBytes = 4 << 20 // of JSON: some thousand streams
)

// Probe says what is in a file, given by its absolute path. A file that holds no picture, sound or subtitles
// that ffmpeg can read is a *job.Failure (input_not_media). When ctx ends first, the error is ctx's cause.
func (t Tools) Probe(ctx context.Context, file string) (job.Media, error) {
	p, err := t.ask(ctx, file, "-show_format", "-show_streams")
	if err != nil {
		return job.Media{}, err
	}
	if p.still() && p.best("video").Codec == "mjpeg" { // a camera's JPEG says in its Exif data how it was held
		frames, err := t.ask(ctx, file, "-show_frames", "-read_intervals", "%+#1", "-show_entries", "frame_side_data")
		var no *job.Failure // a picture that is cut off may show no frame; it is not turned then
		if err != nil && !errors.As(err, &no) {
			return job.Media{}, err
		}
		p = p.turned(frames)
	}
	return p.media(filepath.Base(file))
}

// ask runs ffprobe with what it is to show.
func (t Tools) ask(ctx context.Context, file string, show ...string) (probed, error) {
	if !filepath.IsAbs(file) {
		return probed{}, fmt.Errorf("probe %s: not an absolute path", file)
	}
	limited, cancel := context.WithTimeout(ctx, probeLimit)
	defer cancel()
	out, errOut := &capped{left: probeBytes}, &tail{}
	cmd := exec.CommandContext(limited, t.FFprobe, slices.Concat([]string{ //nolint:gosec // our own arguments; the file is an absolute path
		"-loglevel", "level+error", "-protocol_whitelist", "file", "-max_pixels", maxPixels, "-of", "json"}, show, []string{"-i", file})...)
	cmd.Dir, cmd.SysProcAttr = filepath.Dir(file), &syscall.SysProcAttr{Setpgid: true}
	cmd.Stdout, cmd.Stderr = out, errOut
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = drainLimit
	if err := t.confine(cmd, sandbox.Config{Read: []string{file}, Limits: t.probeLimits()}); err != nil {
		return probed{}, err
	}
	err := cmd.Run()

	name := filepath.Base(file)
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return probed{}, context.Cause(ctx)
	case limited.Err() != nil:
		return probed{}, job.Failf(job.InputNotMedia, "%s could not be read within %s. It may be damaged.", name, probeLimit)
	case out.full, err != nil && says(errOut.Lines(), "exceeds max_streams"):
		return probed{}, job.Failf(job.InputNotMedia, "%s describes more streams than can be used.", name)
	case errors.As(err, &exit) && isHEIC(file):
		return probed{}, unreadableHEIC(name)
	case errors.As(err, &exit):
		if err := t.notConfined(err, errOut.Lines()); err != nil {
			return probed{}, err
		}
		return probed{}, unreadable(name, errOut.Lines(), filepath.Dir(file))
	case err != nil:
		return probed{}, fmt.Errorf("run ffprobe: %w", err)
	}
	var p probed
	if err := json.Unmarshal(out.kept.Bytes(), &p); err != nil {
		return probed{}, fmt.Errorf("ffprobe's answer: %w", err)
	}
	return p, nil
}

// Describe is Probe where a file may just as well be none that ffmpeg can read: nil then, and no error.
func (t Tools) Describe(ctx context.Context, file string) (*job.Media, error) {
	m, err := t.Probe(ctx, file)
	var unreadable *job.Failure
	switch {
	case errors.As(err, &unreadable):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return &m, nil
}

// unreadable is the failure for a file that ffprobe gave up on.
func unreadable(name string, lines []string, dir string) *job.Failure {
	f := job.Failf(job.InputNotMedia, "%s is not a video, audio, image or subtitle file that ffmpeg can read. Check that it is complete and really the file that was meant.", name)
	if says(lines, "Error when loading first segment") || says(lines, "Impossible to open '") {
		f = job.Failf(job.InputNotMedia, "%s is a playlist, and what it names could not be read. Give the media itself, or use it in a command: it has to name its parts by their file names alone, and each has to be in input_files.", name)
	}
	f.StderrTail = last20(lines, dir)
	return f
}

// unreadableHEIC is the failure for a phone's picture: ffmpeg 5 and 6 read no HEIC, 7 reads one but not in tiles.
func unreadableHEIC(name string) *job.Failure {
	return job.Failf(job.InputNotMedia, "%s is an HEIC picture that this server's ffmpeg cannot read. Give it as JPEG or PNG.", name)
}

// isHEIC looks at the brand that an ISO file begins with.
func isHEIC(file string) bool {
	f, err := os.Open(file) //nolint:gosec // the file that was probed
	if err != nil {
		return false
	}
	defer f.Close() //nolint:errcheck // only read
	head := make([]byte, 12)
	if _, err := io.ReadFull(f, head); err != nil {
		return false
	}
	return string(head[4:8]) == "ftyp" && slices.Contains(heicBrands, string(head[8:]))
}

// capped keeps what is written to it up to a limit, and then fails the writer.
type capped struct {
	kept bytes.Buffer // not embedded: its ReadFrom would go past the limit
	left int
	full bool
}

func (c *capped) Write(p []byte) (int, error) {
	if len(p) > c.left {
		c.full = true
		return 0, io.ErrShortBuffer
	}
	c.left -= len(p)
	return c.kept.Write(p)
}
