package api

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/fflambda/fflambda/shared/command"
	"github.com/fflambda/fflambda/shared/ffmpegapi"
	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/transcodes"
)

// keyMax is the longest Idempotency-Key, in bytes.
const keyMax = 255

func (s *Server) createTranscode(c *call) error {
	body, err := s.body(c)
	if err != nil {
		return err
	}
	req, err := transcodes.ParseCreate(body, transcodes.Rules{Check: command.Check})
	if err != nil {
		return err
	}
	j := req.Job(job.NewID(), c.owner, s.Now(), s.Timeout)
	stored, err := s.submit(c, j, body)
	if err != nil {
		return err
	}
	c.w.Header().Set("Location", "/v1/transcodes/"+stored.ID)
	return s.json(c, http.StatusCreated, transcodes.Created(stored, s.view(c)))
}

func (s *Server) createCommands(c *call) error {
	body, err := s.body(c)
	if err != nil {
		return err
	}
	req, err := ffmpegapi.ParseCreate(body)
	if err != nil {
		return err
	}
	if req.WebhookURL != "" {
		return ffmpegapi.BadRequest("webhook_url: this version of the server calls no webhooks; leave it out and poll GET /api/jobs/{id}")
	}
	if c.r.URL.Query().Get("wait") == "true" {
		return ffmpegapi.BadRequest("wait: this version of the server does not wait; leave it out and poll GET /api/jobs/{id}")
	}
	j := req.Job(job.NewID(), c.owner, s.Now(), s.Timeout)
	stored, err := s.submit(c, j, body)
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, ffmpegapi.One(s.showFFmpeg(stored)))
}

// submit writes the job, sends its message and marks it queued; what comes back is the job as created.
// Once the record is written the job is accepted: a message that cannot be sent now is sent by rescue.
func (s *Server) submit(c *call, j job.Job, body []byte) (job.Job, error) {
	for i, in := range j.Inputs {
		if err := s.mayRead(c, i, in); err != nil {
			return job.Job{}, err
		}
	}
	key := c.r.Header.Get("Idempotency-Key")
	if len(key) > keyMax {
		return job.Job{}, errKeyTooLong
	}
	if key != "" {
		j.ID = job.StableID(c.owner, j.API, key)
		j.BodyHash = job.Fingerprint(body)
	}
	stored, created, err := s.Jobs.Create(c.ctx(), j)
	if err != nil {
		return job.Job{}, fmt.Errorf("create: %w", err)
	}
	if !created {
		if stored.BodyHash != j.BodyHash {
			return job.Job{}, errKeyReused
		}
		c.w.Header().Set("Idempotent-Replayed", "true")
		return stored.AsCreated(), nil
	}
	if err := job.Dispatch(c.ctx(), s.Jobs, s.Queue, j.ID, s.Now()); err != nil {
		s.Log.Error("message not sent; rescue will", "job", j.ID, "err", err)
	}
	return stored, nil
}

// mayRead says whether the caller may use the input. Only names of our own bucket are decided here;
// what a public URL leads to is the fetcher's business.
func (s *Server) mayRead(c *call, i int, in job.Input) error {
	o, ok := job.ParseObject(in.URL)
	if !ok {
		return nil
	}
	if o.Bucket != s.Bucket.Name() {
		return foreignBucket(c, i, in, o)
	}
	if owner, ok := o.UploadOwner(); ok && owner == c.owner {
		return nil
	}
	if id, ok := o.JobID(); ok {
		j, err := s.Jobs.Find(c.ctx(), id)
		if err == nil && j.Owner == c.owner {
			return nil
		}
		if err != nil && !errors.Is(err, job.ErrNotFound) {
			return err
		}
	}
	return foreignObject(c, i, in)
}
