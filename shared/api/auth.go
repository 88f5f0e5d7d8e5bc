package api

import (
	"errors"
	"strings"

	"github.com/fflambda/fflambda/shared/job"
)

// admit finds the key's owner and keeps to the rate of the API that was called.
func (s *Server) admit(c *call) error {
	scheme, secret, _ := strings.Cut(c.r.Header.Get("Authorization"), " ")
	secret = strings.TrimSpace(secret)
	if !strings.EqualFold(scheme, "Bearer") || secret == "" {
		return errKey
	}
	// Looked up by hash: the comparison is one of hashes, whose timing tells nothing of the secret.
	k, err := s.key(c, job.HashKey(secret))
	if errors.Is(err, job.ErrNoKey) {
		return errKey
	}
	if err != nil {
		return err
	}
	c.owner, c.key = k.Owner, k.ID
	return s.keepToRate(c)
}

// key is the key with the hash. A job that the route names comes with it where that saves a call.
func (s *Server) key(c *call, hash string) (job.Key, error) {
	if s.Lookup == nil || !job.IsID(c.param) {
		return s.Keys.Find(c.ctx(), hash)
	}
	k, j, err := s.Lookup(c.ctx(), hash, c.param)
	c.job = &j
	return k, err
}
