package api

import (
	"errors"
	"net/http"
	"slices"

	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/link"
	"github.com/fflambda/fflambda/shared/transcodes"
)

func (s *Server) downloadTranscode(c *call) error {
	j, err := s.own(c, job.Transcodes)
	if err != nil {
		return err
	}
	if s.expired(j) {
		j.Outputs = nil
	}
	out, err := transcodes.Downloadable(j)
	if err != nil {
		return err
	}
	url, err := s.Bucket.PresignGet(c.ctx(), out.Key, downloadLife, job.Download{FileName: out.Name})
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, transcodes.Download{URL: url})
}

// expired reports whether the job's files are past their retention, whether or not they are deleted yet.
func (s *Server) expired(j job.Job) bool {
	return s.Now().After(j.FinishedAt.Add(s.Retention))
}

// follow answers an output's link: with the file itself where objects are files, else with a redirect to a URL
// presigned at this moment. The token is the permission; a key that comes along is not looked at.
func (s *Server) follow(c *call) error {
	links, err := s.Links(c.ctx())
	if err != nil {
		return err
	}
	id, name, err := links.Verify(c.param, s.Now())
	switch {
	case errors.Is(err, link.ErrExpired):
		return errLinkExpired
	case err != nil:
		return errLinkBad
	}
	j, err := s.Jobs.Find(c.ctx(), id)
	if errors.Is(err, job.ErrNotFound) {
		return errFileGone
	}
	if err != nil {
		return err
	}
	i := slices.IndexFunc(j.Outputs, func(o job.Output) bool { return o.Name == name })
	if i < 0 || s.expired(j) {
		return errFileGone
	}
	if s.Open == nil {
		return s.redirect(c, j.Outputs[i])
	}
	return s.serveFile(c, j.Outputs[i])
}

func (s *Server) redirect(c *call, o job.Output) error {
	presign := s.Bucket.PresignGet
	if c.r.Method == http.MethodHead { // a URL is signed for one method
		presign = s.Bucket.PresignHead
	}
	url, err := presign(c.ctx(), o.Key, downloadLife, job.Download{})
	if err != nil {
		return err
	}
	c.w.Header().Set("Cache-Control", "no-store")
	c.w.Header().Set("Location", url)
	c.w.WriteHeader(http.StatusFound)
	return nil
}

// serveFile answers with Range, If-Range and the rest as the standard library does them. A file that a stranger's
// command wrote is shown as what its name says and as nothing else, and runs no script in our origin.
func (s *Server) serveFile(c *call, o job.Output) error {
	f, info, err := s.Open(c.ctx(), o.Key)
	if errors.Is(err, job.ErrNoObject) {
		return errFileGone
	}
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // only read
	h := c.w.Header()
	h.Set("Content-Type", o.ContentType)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'; media-src 'self'; img-src 'self'; style-src 'unsafe-inline'")
	h.Set("Cache-Control", "private")
	h.Set("Access-Control-Allow-Origin", "*")
	if info.ETag != "" {
		h.Set("ETag", info.ETag)
	}
	http.ServeContent(c.w, c.r, "", info.Modified, f)
	return nil
}
