// Package ffmpeg turns a job into an ffmpeg command line, runs it and says how it went.
//
// Find looks for the two programs. Plan writes the arguments for a job of the transcodes API; it is a pure function
// of the job. Tools.Run runs any command in a folder and supervises it until it ends; Tools.Probe says what is in a file.
// What a caller may see of a failure is a *job.Failure; every other error is ours.
package ffmpeg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/sandbox"
)

// Tools are the two programs, by absolute path, so that a change of the working directory does not matter.
type Tools struct {
	FFmpeg  string
	FFprobe string
	Version string // as ffmpeg prints it: "5.1.9-0+deb12u1", "N-117000-gabcdef"

	// CPUs is how many processors ffmpeg may use, and so how many threads it makes; 0: all. A Lambda shows more
	// processors than its memory buys. Linux only.
	CPUs int

	// Sandbox runs both programs so that they reach nothing but the job's folder, or the file that is probed; see package
	// sandbox, whose Main the program must call.
	Sandbox bool

	// MemoryBytes is the private memory that one run may take, see MemoryShare; 0: any. Held by the sandbox, without it
	// not at all.
	MemoryBytes int64
}

const (
	install = "install FFmpeg 5.0 or newer with `apt-get install ffmpeg` (Debian, Ubuntu) or `brew install ffmpeg` (macOS)"

	oldestRelease = 5
	oldestAvutil  = 57 // libavutil's major version in FFmpeg 5.0: what is compared where a build has no release number

	versionLimit = 20 * time.Second // generous: the first start after boot reads some 100 libraries
)

var (
	versionLine = regexp.MustCompile(`(?m)^ffmpeg version (\S+)`)
	release     = regexp.MustCompile(`^n?(\d{1,2})\.\d`) // "5.1.9-0+deb12u1", "n7.1"; not "2024-05-13-git-37db0454e4"
	avutilLine  = regexp.MustCompile(`(?m)^libavutil\s+(\d+)\.`)
)

// Find looks for ffmpeg at path, or in PATH where path is empty, and for the ffprobe that belongs to it:
// beside it, or else in PATH. An error says what was found and how to get what is needed.
func Find(ctx context.Context, path string) (Tools, error) {
	t, err := Locate(path)
	if err != nil {
		return Tools{}, err
	}
	if t.Version, err = t.AskVersion(ctx); err != nil {
		return Tools{}, err
	}
	return t, nil
}

// Locate is the part of Find that starts nothing: the tools have no Version yet.
func Locate(path string) (Tools, error) {
	ffmpeg, err := locate(path, "ffmpeg")
	if err != nil {
		return Tools{}, err
	}
	ffprobe := filepath.Join(filepath.Dir(ffmpeg), "ffprobe")
	if _, err := exec.LookPath(ffprobe); err != nil {
		if ffprobe, err = locate("", "ffprobe"); err != nil {
			return Tools{}, fmt.Errorf("%s has no ffprobe beside it: %w", ffmpeg, err)
		}
	}
	return Tools{FFmpeg: ffmpeg, FFprobe: ffprobe}, nil
}

// locate returns the absolute path of a program. Links are kept: some builds are one binary that goes by its name.
func locate(path, name string) (string, error) {
	if path == "" {
		path = name
	}
	found, err := exec.LookPath(path)
	if err != nil {
		return "", fmt.Errorf("%s was not found (%w); %s", name, err, install)
	}
	return filepath.Abs(found)
}

// AskVersion is Version as ffmpeg says it now. One that is too old is an error.
func (t Tools) AskVersion(ctx context.Context) (string, error) {
	said, err := t.banner(ctx)
	if err != nil {
		return "", fmt.Errorf("%s -version: %w; %s", t.FFmpeg, err, install)
	}
	return t.versionIn(said)
}

// banner is what ffmpeg says of itself. An error holds what it said instead.
func (t Tools) banner(ctx context.Context) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, versionLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, t.FFmpeg, "-version") //nolint:gosec // the operator names the program
	cmd.Dir = filepath.Dir(t.FFmpeg)
	if err := t.confine(cmd, sandbox.Config{}); err != nil {
		return nil, err
	}
	said, err := cmd.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && len(exit.Stderr) > 0 {
		return nil, fmt.Errorf("%w: %s", err, job.Clip(strings.TrimSpace(string(exit.Stderr)), 300))
	}
	return said, err
}

// versionIn finds the version in ffmpeg's banner, and refuses one that is too old.
func (t Tools) versionIn(banner []byte) (string, error) {
	name := versionLine.FindSubmatch(banner)
	if name == nil {
		return "", fmt.Errorf("%s is not ffmpeg: `-version` names none; %s", t.FFmpeg, install)
	}
	version := string(name[1])
	if !newEnough(version, banner) {
		return "", fmt.Errorf("%s is version %s, which is too old; %s", t.FFmpeg, version, install)
	}
	return version, nil
}

// newEnough goes by the release number, and for builds from git, which have none, by libavutil's version.
func newEnough(version string, output []byte) bool {
	if m := release.FindStringSubmatch(version); m != nil {
		n, err := strconv.Atoi(m[1])
		return err == nil && n >= oldestRelease
	}
	if m := avutilLine.FindSubmatch(output); m != nil {
		n, err := strconv.Atoi(string(m[1]))
		return err == nil && n >= oldestAvutil
	}
	return false
}

// confine says what cmd, which is otherwise ready to start, may reach: its environment, and in the sandbox everything else.
func (t Tools) confine(cmd *exec.Cmd, c sandbox.Config) error {
	if !t.Sandbox {
		cmd.Env = environment()
		return nil
	}
	c.Env = append(c.Env, settings()...)
	if fonts := os.Getenv(fontsFile); fonts != "" {
		c.Read = append(c.Read, filepath.Dir(fonts))
	}
	return c.Wrap(cmd)
}

// environment is all that ffmpeg and ffprobe get to know of ours: credentials may stand in the worker's own.
// HOME does not exist, so that no preset file or font of the user's is ever found.
func environment() []string {
	return append([]string{"PATH=" + os.Getenv("PATH"), "HOME=/nonexistent", "LANG=C.UTF-8"}, settings()...)
}

// fontsFile names the settings of a host that keeps its fonts elsewhere, a Lambda layer say.
const fontsFile = "FONTCONFIG_FILE"

func settings() []string {
	all := []string{"AV_LOG_FORCE_NOCOLOR=1"}
	if fonts := os.Getenv(fontsFile); fonts != "" {
		all = append(all, fontsFile+"="+fonts)
	}
	return all
}
