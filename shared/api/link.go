package api

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/link"
)

// playlistMax is how many bytes of a playlist are answered where other files are redirected: a Lambda's answer has 6 MB
// at most, with every quote and line break of it as two bytes (AWS Lambda quotas). A longer one is redirected too.
const playlistMax = 4 << 20

// OutputLink is a link to an output that lives for 7 days. base is where clients reach the server.
// That of a playlist ends in its name, and its token opens all files of the job: players ask for the names in it there.
func OutputLink(links *link.Signer, base string, j job.Job, o job.Output, now time.Time) string {
	until := now.Add(linkLife)
	if isPlaylist(o.Name) {
		return base + "/d/" + links.Sign(j.ID, "", until) + "/" + url.PathEscape(o.Name)
	}
	return base + "/d/" + links.Sign(j.ID, o.Name, until)
}

// isPlaylist is about what names other files relative to itself: HLS (RFC 8216) and DASH (ISO/IEC 23009-1).
func isPlaylist(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".m3u8", ".mpd":
		return true
	}
	return false
}

// preflight lets pages of other sites read links in any way: the token is the permission, and there are no cookies.
func (s *Server) preflight(c *call) error {
	h := c.w.Header()
	forPages(h)
	h.Set("Access-Control-Allow-Methods", "GET, HEAD")
	h.Set("Access-Control-Allow-Headers", "*, Authorization") // * leaves that one out
	h.Set("Access-Control-Max-Age", "86400")
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

// forPages lets scripts of any site read the answer, as players in a page do. On a redirect it lets them follow.
func forPages(h http.Header) {
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Expose-Headers", "Accept-Ranges, Content-Disposition, Content-Length, Content-Range, ETag")
}

// follow answers an output's link: with the file itself where objects are files, else with a redirect to a URL
// presigned at this moment. The token is the permission; a key that comes along is not looked at.
func (s *Server) follow(c *call) error { return s.followFile(c, c.param, "") }

// followNamed is follow for a link that ends in the name of a file.
func (s *Server) followNamed(c *call) error {
	segments, _ := split(c.r.URL) // as the route has them
	return s.followFile(c, segments[1], c.param)
}

func (s *Server) followFile(c *call, token, asked string) error {
	forPages(c.w.Header())
	links, err := s.Links(c.ctx())
	if err != nil {
		return err
	}
	id, signed, err := links.Verify(token, s.Now())
	switch {
	case errors.Is(err, link.ErrExpired):
		return errLinkExpired
	case err != nil:
		return errLinkBad
	}
	name, ok := link.File(signed, asked)
	switch {
	case !ok:
		return errLinkBad
	case name == job.TempName && signed != "":
		return s.followTemp(c, id)
	}
	o, err := s.output(c, id, name)
	switch {
	case errors.Is(err, errNoFile) && signed != "": // it was there when the link was made
		return errFileGone
	case err != nil:
		return err
	case s.Open != nil:
		return s.serveFile(c, o)
	case isPlaylist(name) && o.Bytes <= playlistMax:
		return s.servePlaylist(c, o)
	}
	return s.redirect(c, o)
}

// output is a kept file of a job, by its name: errNoFile where the job has none, errFileGone where it is no longer kept.
func (s *Server) output(c *call, id, name string) (job.Output, error) {
	j, err := s.Jobs.Find(c.ctx(), id)
	if errors.Is(err, job.ErrNotFound) {
		return job.Output{}, errFileGone
	}
	if err != nil {
		return job.Output{}, err
	}
	if s.expired(j) {
		return job.Output{}, errFileGone
	}
	i := slices.IndexFunc(j.Outputs, func(o job.Output) bool { return o.Name == name })
	if i < 0 {
		return job.Output{}, errNoFile
	}
	return j.Outputs[i], nil
}

func (s *Server) redirect(c *call, o job.Output) error {
	presign := s.Bucket.PresignGet
	if c.r.Method == http.MethodHead { // a URL is signed for one method
		presign = s.Bucket.PresignHead
	}
	var as job.Download
	if wantsFile(c) {
		as.FileName = o.Name
	}
	to, err := presign(c.ctx(), o.Key, downloadLife, as)
	if err != nil {
		return err
	}
	c.w.Header().Set("Cache-Control", "no-store")
	c.w.Header().Set("Location", to)
	c.w.WriteHeader(http.StatusFound)
	return nil
}

// servePlaylist answers with a playlist's bytes where other files are redirected: after a redirect the names in it would
// be looked for in the bucket. What is no text after all is redirected: an answer of API Gateway's has to be text.
func (s *Server) servePlaylist(c *call, o job.Output) error {
	r, info, err := s.Bucket.Get(c.ctx(), o.Key)
	if errors.Is(err, job.ErrNoObject) {
		return errFileGone
	}
	if err != nil {
		return err
	}
	defer r.Close() //nolint:errcheck // only read
	text, err := io.ReadAll(io.LimitReader(r, playlistMax+1))
	if err != nil {
		return fmt.Errorf("read a playlist: %w", err)
	}
	if len(text) > playlistMax || !utf8.Valid(text) {
		return s.redirect(c, o)
	}
	s.serve(c, o, info, bytes.NewReader(text))
	return nil
}
