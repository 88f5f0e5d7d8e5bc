package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/fflambda/fflambda/shared/ffmpegapi"
	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/transcodes"
)

const (
	waitMost  = 15 * time.Minute // for a job to end; then it is cancelled
	beatEvery = 10 * time.Second // well-known clients give up after 30 s of silence
	pollEvery = 500 * time.Millisecond
	waitSpare = 10 * time.Second // before the process's own end, to say how the job stands
)

// wait answers when the job has ended, or after waitMost with the job cancelled. A job that takes longer than one Beat
// is answered as a stream: the header, then a line feed with every Beat, which JSON parsers skip, and the job at last.
// A client that leaves changes nothing for the job; a server that is about to stop answers the job as it stands.
func (s *Server) wait(c *call, id string) error {
	most, stop := context.WithTimeout(c.ctx(), waitMost)
	if deadline, ok := c.ctx().Deadline(); ok { // a Lambda has 15 minutes too, and they began earlier
		stop()
		most, stop = context.WithDeadline(c.ctx(), deadline.Add(-waitSpare))
	}
	defer stop()
	poll, beat := time.NewTicker(s.Poll), time.NewTicker(s.Beat)
	defer poll.Stop()
	defer beat.Stop()
	streaming := false
	for {
		select {
		case <-s.Stopping:
			j, err := s.Jobs.Find(c.ctx(), id)
			return s.answerWait(c, j, err, streaming)
		case <-most.Done():
			if c.ctx().Err() != nil {
				return nil // the client has left
			}
			j, err := s.giveUp(c.ctx(), id)
			return s.answerWait(c, j, err, streaming)
		case <-beat.C:
			if err := s.lineFeed(c, streaming); err != nil {
				return nil //nolint:nilerr // the client has left
			}
			streaming = true
		case <-poll.C:
			j, err := s.Jobs.Find(c.ctx(), id)
			if errors.Is(err, job.ErrBusy) || err == nil && !j.State.Terminal() {
				continue
			}
			return s.answerWait(c, j, err, streaming)
		}
	}
}

// giveUp cancels the job, unless it has ended just now.
func (s *Server) giveUp(ctx context.Context, id string) (job.Job, error) {
	j, err := s.end(ctx, id)
	var late *job.Conflict
	if errors.As(err, &late) {
		return late.Job, nil
	}
	return j, err
}

// lineFeed begins the stream, or keeps it alive.
func (s *Server) lineFeed(c *call, begun bool) error {
	if !begun {
		h := c.w.Header()
		h.Set("Content-Type", "application/json; charset=utf-8")
		h.Set("Cache-Control", "no-store")
		h.Set("X-Accel-Buffering", "no") // nginx: pass it on as it comes
		c.w.WriteHeader(http.StatusOK)
	}
	if _, err := io.WriteString(c.w, "\n"); err != nil {
		return err
	}
	return http.NewResponseController(c.w).Flush()
}

// answerWait ends a wait. Once the header is out, an error can only be told by the body.
func (s *Server) answerWait(c *call, j job.Job, err error, streaming bool) error {
	switch {
	case !streaming && err != nil:
		return err
	case !streaming:
		return s.answerFFmpeg(c, j)
	}
	var body any
	if err == nil {
		var shown ffmpegapi.Job
		shown, err = s.showFFmpeg(c, j)
		body = ffmpegapi.One(shown)
	}
	if err != nil {
		_, body = s.word(c, err)
	}
	b, err := transcodes.Encode(body)
	if err != nil {
		return err
	}
	_, _ = c.w.Write(b) // where it fails the client has left
	return nil
}
