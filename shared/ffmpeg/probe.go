package ffmpeg

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/fflambda/fflambda/shared/job"
)

const (
	probeLimit = 30 * time.Second
	probeBytes = 4 << 20 // of JSON: some thousand streams
)

// Probe says what is in a file, given by its absolute path. A file that holds no picture, sound or subtitles
// that ffmpeg can read is a *job.Failure (input_not_media). When ctx ends first, the error is ctx's cause.
func (t Tools) Probe(ctx context.Context, file string) (job.Media, error) {
	if !filepath.IsAbs(file) {
		return job.Media{}, fmt.Errorf("probe %s: not an absolute path", file)
	}
	limited, cancel := context.WithTimeout(ctx, probeLimit)
	defer cancel()
	out, errOut := &capped{left: probeBytes}, &tail{}
	cmd := exec.CommandContext(limited, t.FFprobe, //nolint:gosec // our own arguments; the file is an absolute path
		"-loglevel", "level+error", "-protocol_whitelist", "file", "-max_pixels", maxPixels,
		"-show_format", "-show_streams", "-of", "json", "-i", file)
	cmd.Dir, cmd.Env, cmd.SysProcAttr = filepath.Dir(file), environment(), &syscall.SysProcAttr{Setpgid: true}
	cmd.Stdout, cmd.Stderr = out, errOut
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = drainLimit
	err := cmd.Run()

	name := filepath.Base(file)
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return job.Media{}, context.Cause(ctx)
	case limited.Err() != nil:
		return job.Media{}, job.Failf(job.InputNotMedia, "%s could not be read within %s. It may be damaged.", name, probeLimit)
	case out.full:
		return job.Media{}, job.Failf(job.InputNotMedia, "%s describes more streams than can be used.", name)
	case errors.As(err, &exit):
		return job.Media{}, unreadable(name, errOut.Lines(), filepath.Dir(file))
	case err != nil:
		return job.Media{}, fmt.Errorf("run ffprobe: %w", err)
	}
	var p probed
	if err := json.Unmarshal(out.kept.Bytes(), &p); err != nil {
		return job.Media{}, fmt.Errorf("ffprobe's answer: %w", err)
	}
	return p.media(name)
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
	f.StderrTail = last20(lines, dir)
	return f
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
