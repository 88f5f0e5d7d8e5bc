package api

import (
	"strconv"

	"github.com/fflambda/fflambda/shared/ffmpegapi"
	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/transcodes"
)

// Seconds that a caller is asked to wait where the table has no room for a job. How long it takes depends on the jobs that
// run, and nobody knows that: these are short beside a job, and long beside a request.
const (
	fullFor  = 30 // the queue
	ownerFor = 10 // an owner's share of it
)

var errFull = &refusal{transcodes.QueueFull, ffmpegapi.QueueFull}

// full answers the create that a limit has no room for. A full queue is the server's state, and 503. An owner's own limit is
// 429: others are served, and it is the caller who can do something, by waiting for its jobs or by cancelling some.
func (s *Server) full(c *call, f *job.Full) error {
	s.Log.Info("no room for a job", "owner", c.owner, "limit", f.Limit, "of", f.Owner)
	if f.Owner == "" {
		c.w.Header().Set("Retry-After", strconv.Itoa(fullFor))
		return errFull
	}
	c.w.Header().Set("Retry-After", strconv.Itoa(ownerFor))
	return &refusal{
		func() *transcodes.Error { return transcodes.OwnerFull(f.Limit) },
		func() *ffmpegapi.Error { return ffmpegapi.OwnerFull(f.Limit) },
	}
}
