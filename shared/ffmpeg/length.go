package ffmpeg

import (
	"github.com/fflambda/fflambda/shared/command"
	"github.com/fflambda/fflambda/shared/job"
)

// clipSeconds is how long an input lasts after its own options (-ss, -t, -stream_loop …); 0 where it cannot be known.
func clipSeconds(in job.Input) float64 {
	var d float64
	if in.Media != nil {
		d = in.Media.Duration
	}
	return command.Trim(d, in.Options)
}
