package api

import (
	"context"
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
	if answered, err := s.overQuota(c, stored); answered {
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
	j := req.Job(job.NewID(), c.owner, s.Now(), s.Timeout)
	stored, err := s.submit(c, j, body)
	if err != nil {
		return err
	}
	if answered, err := s.overQuota(c, stored); answered {
		return err
	}
	if c.r.URL.Query().Get("wait") == "true" {
		return s.wait(c, stored.ID)
	}
	return s.answerFFmpeg(c, stored)
}

// validate answers as createCommands would, and stores nothing.
func (s *Server) validate(c *call) error {
	body, err := s.body(c)
	if err != nil {
		return err
	}
	req, err := ffmpegapi.ParseCreate(body)
	if err != nil {
		return err
	}
	if err := s.mayReadAll(c, req.Inputs); err != nil {
		return err
	}
	return s.json(c, http.StatusOK, ffmpegapi.Valid(req))
}

// submit writes the job, sends its message and marks it queued; what comes back is the job as created, or as refused by
// its owner's quota. Once the record is written the job is accepted: a message that cannot be sent now is sent by rescue.
func (s *Server) submit(c *call, j job.Job, body []byte) (job.Job, error) {
	if err := s.mayReadAll(c, j.Inputs); err != nil {
		return job.Job{}, err
	}
	j.KeyID = c.key
	if j.Tells() {
		j.BaseURL = s.Base(c.r)
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
	if errors.Is(err, job.ErrTooLarge) {
		return job.Job{}, errJobTooLarge
	}
	if full, ok := errors.AsType[*job.Full](err); ok {
		return job.Job{}, s.full(c, full)
	}
	if err != nil {
		return job.Job{}, fmt.Errorf("create: %w", err)
	}
	if !created {
		if stored.BodyHash != j.BodyHash {
			return job.Job{}, errKeyReused
		}
		c.w.Header().Set("Idempotent-Replayed", "true")
	}
	if _, over := stored.Excess(); over {
		return stored, nil
	}
	if !created {
		return stored.AsCreated(), nil
	}
	// The job is accepted, whether or not its client stays to hear it.
	if err := job.Dispatch(context.WithoutCancel(c.ctx()), s.Jobs, s.Queue, j, s.Now()); err != nil {
		s.Log.Error("message not sent; rescue will", "job", j.ID, "err", err)
	}
	return stored.AsCreated(), nil // a table may put UpdatedAt off: what comes again must get the same bytes
}

func (s *Server) mayReadAll(c *call, inputs []job.Input) error {
	for i, in := range inputs {
		if err := s.mayRead(c, i, in); err != nil {
			return err
		}
	}
	return nil
}

// mayRead says whether the caller may use the input. Only names of our own bucket are decided here;
// what a public URL leads to is the fetcher's business.
func (s *Server) mayRead(c *call, i int, in job.Input) error {
	o, ok := job.ParseObject(in.URL)
	if !ok {
		return nil
	}
	if o.Bucket != s.BucketName {
		return foreignBucket(c, i, in, o)
	}
	err := s.readable(c, o)
	if errors.Is(err, errForeign) {
		return foreignObject(c, i, in)
	}
	return err
}

// errForeign is what readable answers for an object that the caller may not read.
var errForeign = errors.New("another owner's object")

// readable says whether an object of our bucket is the caller's: an upload of theirs, or an output of a job of theirs.
func (s *Server) readable(c *call, o job.Object) error {
	if owner, ok := o.UploadOwner(); ok && owner == c.owner {
		return nil
	}
	id, ok := o.JobID()
	if !ok {
		return errForeign
	}
	j, err := s.Jobs.Find(c.ctx(), id)
	if errors.Is(err, job.ErrNotFound) || err == nil && j.Owner != c.owner {
		return errForeign
	}
	return err
}
