package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/fflambda/fflambda/shared/ffmpegapi"
	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/transcodes"
)

func (s *Server) cancelTranscode(c *call) error {
	j, err := s.cancel(c, job.Transcodes)
	var late *job.Conflict
	switch {
	case errors.As(err, &late):
		return transcodes.CannotCancel(late.Job.State)
	case err != nil:
		return err
	}
	return s.json(c, http.StatusOK, transcodes.Cancelled(j, s.view(c)))
}

func (s *Server) cancelCommands(c *call) error {
	j, err := s.cancel(c, job.FFmpeg)
	var late *job.Conflict
	switch {
	case errors.As(err, &late):
		return ffmpegapi.CannotCancel(late.Job)
	case err != nil:
		return err
	}
	return s.answerFFmpeg(c, j)
}

// cancel ends the job, or says by a *job.Conflict how it had ended before. The worker that runs it sees it at its next heartbeat.
func (s *Server) cancel(c *call, api job.API) (job.Job, error) {
	j, err := s.own(c, api)
	if err != nil {
		return job.Job{}, err
	}
	return s.end(c.ctx(), j.ID)
}

// end cancels a job and announces it. Once that is written it is cancelled, announced or not: rescue announces it again.
func (s *Server) end(ctx context.Context, id string) (job.Job, error) {
	j, err := s.Jobs.Move(ctx, id, job.Cancel(s.Now()))
	if err != nil {
		return job.Job{}, err
	}
	if err := job.Announce(ctx, s.Notices, j); err != nil {
		s.Log.Error("a cancel is not announced; rescue will", "job", id, "err", err)
	}
	return j, nil
}
