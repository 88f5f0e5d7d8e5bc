package api

import (
	"errors"
	"io"
	"mime"
	"net/http"

	"github.com/fflambda/fflambda/shared/job"
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

func (s *Server) serveFile(c *call, o job.Output) error {
	f, info, err := s.Open(c.ctx(), o.Key)
	if errors.Is(err, job.ErrNoObject) {
		return errFileGone
	}
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // only read
	s.serve(c, o, info, f)
	return nil
}

// serve answers with Range, If-Range and the rest as the standard library does them. A file that a stranger's
// command wrote is shown as what its name says and as nothing else, and runs no script in our origin.
func (s *Server) serve(c *call, o job.Output, info job.ObjectInfo, content io.ReadSeeker) {
	h := c.w.Header()
	h.Set("Content-Type", o.ContentType)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'; media-src 'self'; img-src 'self'; style-src 'unsafe-inline'")
	h.Set("Cache-Control", "private")
	h.Set("Content-Disposition", disposition(c, o.Name))
	if info.ETag != "" {
		h.Set("ETag", info.ETag)
	}
	http.ServeContent(c.w, c.r, "", info.Modified, content)
}

// disposition is shown or, where the client asks for that, saved; either way under the file's own name, not the token.
func disposition(c *call, name string) string {
	kind := "inline"
	if wantsFile(c) {
		kind = "attachment"
	}
	if name == "" {
		return kind
	}
	return mime.FormatMediaType(kind, map[string]string{"filename": name})
}

// wantsFile reports whether a browser is to save the file instead of showing it: ?download=1.
func wantsFile(c *call) bool { return c.r.URL.Query().Get("download") == "1" }
