package ffmpeg

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"

	"github.com/fflambda/fflambda/shared/sandbox"
)

// Main must be called first thing in the main function of every program that calls Contain: this same program is started
// again to become ffmpeg's sandbox, and then Main does not return.
func Main() { sandbox.Main() }

const openUp = "FFLAMBDA_SANDBOX=off runs it all the same, for callers whom you know"

// Contain returns the tools so that they run in the sandbox where that is on, and says in the log what holds them. The
// calling process closes its own memory, environment and descriptors to others. It asks ffmpeg in there for its version,
// so that what this machine does not allow is an error at the start and not one of every job; so is a kernel without seccomp.
func (t Tools) Contain(ctx context.Context, on bool, log *slog.Logger) (Tools, error) {
	t.Sandbox = on
	if !on {
		log.Warn("the sandbox is off: a command can read what this user can")
		return t, nil
	}
	if err := sandbox.Undumpable(); err != nil {
		return t, fmt.Errorf("%w. %s", err, openUp)
	}
	said, err := t.banner(ctx)
	if err != nil {
		return t, fmt.Errorf("%s cannot be contained: %w. %s", t.FFmpeg, err, openUp)
	}
	if t.Version, err = t.versionIn(said); err != nil {
		return t, err
	}
	report := sandbox.Detect()
	if !report.Seccomp { // Linux without it has failed above
		log.Warn(uncontained(runtime.GOOS))
		return t, nil
	}
	log.Info("ffmpeg is contained", "by", report.String())
	return t, nil
}

// Contained says for records what holds the tools: "landlock abi 7, seccomp on", "off".
func (t Tools) Contained() string {
	if !t.Sandbox {
		return "off"
	}
	return sandbox.Detect().String()
}

// uncontained is what is said at the start on a system whose kernel has no layers that package sandbox knows.
func uncontained(system string) string {
	name := system
	if system == "darwin" {
		name = "macOS"
	}
	return "ffmpeg is not contained on " + name + ", where this program has no kernel layers to hold it: a damaged file that takes ffmpeg over " +
		"can do what this user can. Commands are still checked, and ffmpeg gets an environment of its own. For callers whom you do not know, run it on Linux"
}
