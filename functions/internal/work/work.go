// Package work opens what the functions work with that no HTTP request calls: the queues, the files and, in the
// container image, ffmpeg.
package work

import (
	"context"
	"fmt"
	"time"

	"github.com/fflambda/fflambda/functions/internal/home"
	"github.com/fflambda/fflambda/shared/ffmpeg"
	"github.com/fflambda/fflambda/shared/service"
)

// findTime is what looking for ffmpeg may take of the start, which Lambda limits to 10 s.
const findTime = 8 * time.Second

// Tools are the ffmpeg and ffprobe of the image, with as many processors as the function's memory buys, in the sandbox
// unless FFLAMBDA_SANDBOX is off. A version with published holes is an error, but for `sam local`, where a substitute will do.
func Tools(h *home.Home) (ffmpeg.Tools, error) {
	ctx, stop := context.WithTimeout(h.Stopping, findTime)
	defer stop()
	tools, err := ffmpeg.Find(ctx, h.Config.FFmpeg)
	if err != nil {
		return tools, err
	}
	tools.CPUs = home.CPUs()
	if err := tools.Shippable(); err != nil {
		if !h.Local {
			return tools, fmt.Errorf("the image's %w, and build the image again", err)
		}
		h.Log.Warn("good for tests only: AWS would refuse to start this", "why", err)
	}
	return tools.Contain(ctx, h.Config.Sandbox, h.Log)
}

// Parts are those in AWS that the environment names.
func Parts(h *home.Home) service.Parts {
	parts := service.AWS(h.AWS, h.Config, h.Table, h.Links)
	parts.UserAgent, parts.Log = home.UserAgent(), h.Log
	return parts
}
