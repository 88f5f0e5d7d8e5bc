package api

import (
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
	return s.json(c, http.StatusOK, ffmpegapi.One(s.showFFmpeg(j)))
}

// cancel ends the job, or says by a *job.Conflict how it had ended before. The worker that runs it sees it at its next heartbeat.
func (s *Server) cancel(c *call, api job.API) (job.Job, error) {
	j, err := s.own(c, api)
	if err != nil {
		return job.Job{}, err
	}
	return s.Jobs.Move(c.ctx(), j.ID, job.Cancel(s.Now()))
}
