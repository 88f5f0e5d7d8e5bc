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
	most, stop := waitTime(c.ctx())
	defer stop()
	ended, leave := s.listen(id) // before the first look, so that no end is missed
	defer leave()
	poll, beat := time.NewTicker(s.Poll), time.NewTicker(s.Beat)
	defer poll.Stop()
	defer beat.Stop()
	streaming := false
	j, over, err := s.look(c.ctx(), id)
	for !over && err == nil {
		select {
		case j = <-ended:
			over = true
		case <-poll.C:
			j, over, err = s.look(c.ctx(), id)
		case <-beat.C:
			if s.lineFeed(c, streaming) != nil {
				return nil // the client has left
			}
			streaming = true
		case <-s.Stopping:
			j, err = s.Jobs.Find(c.ctx(), id)
			over = true
		case <-most.Done():
			if c.ctx().Err() != nil {
				return nil // the client has left
			}
			j, err = s.giveUp(c.ctx(), id)
			over = true
		}
	}
	return s.answerWait(c, j, err, streaming)
}

// waitTime ends when a client has waited long enough. A Lambda has 15 minutes too, and they began earlier.
func waitTime(ctx context.Context) (context.Context, context.CancelFunc) {
	end := time.Now().Add(waitMost)
	if own, ok := ctx.Deadline(); ok && own.Add(-waitSpare).Before(end) {
		end = own.Add(-waitSpare)
	}
	return context.WithDeadline(ctx, end)
}

// listen is Ended, or a channel that stays silent.
func (s *Server) listen(id string) (ended <-chan job.Job, stop func()) {
	if s.Ended == nil {
		return nil, func() {}
	}
	return s.Ended(id)
}

// look reads the job, and says whether it is over. A table that is busy is asked again at the next Poll.
func (s *Server) look(ctx context.Context, id string) (j job.Job, over bool, err error) {
	j, err = s.Jobs.Find(ctx, id)
	if errors.Is(err, job.ErrBusy) {
		return job.Job{}, false, nil
	}
	return j, err == nil && j.State.Terminal(), err
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
		h.Set("Cache-Control", "no-store, no-transform") // a proxy that compresses would hold it back
		h.Set("X-Accel-Buffering", "no")                 // nginx: pass it on as it comes
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
