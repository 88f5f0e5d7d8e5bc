package api

import (
	"errors"
	"net/http"

	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/transcodes"
)

// probeRoute words the details of its errors as no other does.
const probeRoute = "/v1/ffprobe"

// probe looks into an object of the caller's own. No job is made.
func (s *Server) probe(c *call) error {
	body, err := s.body(c)
	if err != nil {
		return err
	}
	want, err := transcodes.ParseProbe(body)
	if err != nil {
		return err
	}
	o, ok := job.ParseObject(want.URL)
	if !ok {
		return transcodes.NotOurs()
	}
	if o.Bucket != s.BucketName {
		return transcodes.NoObject()
	}
	if err := s.readable(c, o); errors.Is(err, errForeign) {
		return transcodes.NoObject()
	} else if err != nil {
		return err
	}
	info, err := s.Bucket.Head(c.ctx(), o.Key)
	if errors.Is(err, job.ErrNoObject) {
		return transcodes.NoObject()
	}
	if err != nil {
		return err
	}
	media, err := s.Describe(c.ctx(), info)
	switch {
	case err != nil:
		return err
	case media == nil:
		return transcodes.NoMedia()
	}
	return s.json(c, http.StatusOK, transcodes.Probed{URL: want.URL, Metadata: transcodes.ShowMedia(media, info.Bytes)})
}
