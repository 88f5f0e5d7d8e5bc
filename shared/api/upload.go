package api

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"net/http"
	"time"

	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/transcodes"
)

const (
	uploadLife   = 15 * time.Minute // of an upload URL
	confirmLife  = time.Hour        // of the download URL in the answer to a confirm
	downloadLife = 10 * time.Minute // of a finished transcode's download URL
	linkLife     = 7 * 24 * time.Hour
)

func (s *Server) presignUpload(c *call) error {
	body, err := s.body(c)
	if err != nil {
		return err
	}
	want, err := transcodes.ParsePresign(body)
	if err != nil {
		return err
	}
	var random [4]byte
	rand.Read(random[:]) //nolint:errcheck // documented never to fail
	now := s.Now()
	name := transcodes.ServerName(want.Filename, now, hex.EncodeToString(random[:]))
	url, err := s.Bucket.PresignPut(c.ctx(), job.UploadKey(c.owner, name), uploadLife, want.ContentType, want.Size)
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, transcodes.Presigned(url, name, now.Add(uploadLife)))
}

func (s *Server) confirmUpload(c *call) error {
	body, err := s.body(c)
	if err != nil {
		return err
	}
	want, err := transcodes.ParseConfirm(body)
	if err != nil {
		return err
	}
	o := job.Object{Bucket: s.BucketName, Key: job.UploadKey(c.owner, want.Filename)}
	info, err := s.Bucket.Head(c.ctx(), o.Key)
	switch {
	case errors.Is(err, job.ErrNoObject):
		return transcodes.FileNotFound()
	case err != nil:
		return err
	case info.Bytes != want.Size:
		return transcodes.SizeMismatch()
	}
	media, err := s.Describe(c.ctx(), info)
	if err != nil {
		return err
	}
	url, err := s.Bucket.PresignGet(c.ctx(), o.Key, confirmLife, job.Download{})
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, transcodes.Confirmed(o, want, url, info.Modified, media))
}
