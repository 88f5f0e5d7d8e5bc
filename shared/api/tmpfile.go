package api

import (
	"errors"
	"net/http"
	"time"

	"github.com/fflambda/fflambda/shared/ffmpegapi"
	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/transcodes"
)

// tempLinkLife is how long both URLs of a temporary file are good. A job that was created in that time may use the file later.
const tempLinkLife = time.Hour

var errNoUpload = &transcodes.Error{Status: http.StatusNotFound, Message: "Nothing has been uploaded for this link: PUT the file to its upload_url first"}

// makeTempFile answers with a place for one file. Nothing is stored before the upload, and whoever has one of the two
// URLs may use it: they belong to no key. It needs no field, and so does not look at the body.
func (s *Server) makeTempFile(c *call) error {
	links, err := s.Links(c.ctx())
	if err != nil {
		return err
	}
	id := job.NewID()
	upload, err := s.Bucket.PresignPut(c.ctx(), job.TempKey(id), tempLinkLife, "", -1)
	if err != nil {
		return err
	}
	download := s.Base(c.r) + "/d/" + links.Sign(id, job.TempName, s.Now().Add(tempLinkLife))
	return s.json(c, http.StatusOK, ffmpegapi.ShowTempFile(upload, download))
}

// followTemp answers the link of a temporary file, as follow does an output's. It has the type that it was uploaded with.
func (s *Server) followTemp(c *call, id string) error {
	file := job.Output{Key: job.TempKey(id)}
	if s.Open == nil {
		return s.redirect(c, file)
	}
	info, err := s.Bucket.Head(c.ctx(), file.Key)
	if errors.Is(err, job.ErrNoObject) {
		return errNoUpload
	}
	if err != nil {
		return err
	}
	file.ContentType = info.ContentType
	return s.serveFile(c, file)
}
