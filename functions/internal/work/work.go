// Package work opens what the functions work with that no HTTP request calls: the queues, the files and, in the
// container image, ffmpeg.
package work

import (
	"context"
	"time"

	"github.com/fflambda/fflambda/functions/internal/home"
	"github.com/fflambda/fflambda/shared/ffmpeg"
	"github.com/fflambda/fflambda/shared/service"
)

// findTime is what looking for ffmpeg may take of the start, which Lambda limits to 10 s.
const findTime = 8 * time.Second

// Tools are the ffmpeg and ffprobe of the image, with as many processors as the function's memory buys.
func Tools(h *home.Home) (ffmpeg.Tools, error) {
	ctx, stop := context.WithTimeout(h.Stopping, findTime)
	defer stop()
	tools, err := ffmpeg.Find(ctx, h.Config.FFmpeg)
	tools.CPUs = home.CPUs()
	return tools, err
}

// Parts are those in AWS that the environment names.
func Parts(h *home.Home) service.Parts {
	parts := service.AWS(h.AWS, h.Config, h.Table, h.Links)
	parts.UserAgent, parts.Log = home.UserAgent(), h.Log
	return parts
}
