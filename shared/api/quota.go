package api

import (
	"net/http"

	"github.com/fflambda/fflambda/shared/ffmpegapi"
	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/transcodes"
)

// The table refuses what an owner's quota does not allow (see job.Meter), and keeps a failed job of each attempt. Here
// is only how that is told: /v1 has 402 for it. The ffmpeg API has no such answer, and its 429 means another thing, that
// clients cure by waiting for seconds: there it is "forbidden", known but not allowed.

// overQuota answers the create that made j, if a quota stopped it.
func (s *Server) overQuota(c *call, j job.Job) (answered bool, err error) {
	e, over := j.Excess()
	if !over {
		return false, nil
	}
	s.Log.Info("quota spent", "owner", c.owner, "excess", e, "job", j.ID)
	if c.face == ffmpegFace {
		return true, ffmpegapi.Forbidden("%s This attempt is job %s", j.Failure.Message, j.ID)
	}
	return true, s.json(c, http.StatusPaymentRequired, transcodes.OverQuota(j, e, s.Base(c.r)))
}
