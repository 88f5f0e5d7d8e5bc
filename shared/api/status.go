package api

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"github.com/fflambda/fflambda/shared/ffmpegapi"
	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/transcodes"
)

// own is the caller's job of the given API. Anybody else's is not found, like one that does not exist.
func (s *Server) own(c *call, api job.API) (job.Job, error) {
	if !job.IsID(c.param) {
		return job.Job{}, errNoJob
	}
	j, err := s.named(c)
	if errors.Is(err, job.ErrNotFound) || err == nil && (j.Owner != c.owner || j.API != api) {
		return job.Job{}, errNoJob
	}
	return j, err
}

// named is the job that the route names.
func (s *Server) named(c *call) (job.Job, error) {
	switch {
	case c.job == nil:
		return s.Jobs.Find(c.ctx(), c.param)
	case c.job.ID == "":
		return job.Job{}, job.ErrNotFound
	}
	return *c.job, nil
}

func (s *Server) showTranscode(c *call) error {
	j, err := s.own(c, job.Transcodes)
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, transcodes.Show(j, s.view(c)))
}

func (s *Server) showCommands(c *call) error {
	j, err := s.own(c, job.FFmpeg)
	if err != nil {
		return err
	}
	return s.answerFFmpeg(c, j)
}

func (s *Server) listTranscodes(c *call) error {
	view := s.view(c)
	query, err := url.ParseQuery(c.r.URL.RawQuery)
	if err != nil {
		return transcodes.BadQuery() // a parameter that cannot be read must not pass for one that was not sent
	}
	list, err := transcodes.ParseList(query, view.HideQueued)
	if err != nil {
		return err
	}
	var page job.Page
	if !list.None {
		page, err = s.Jobs.List(c.ctx(), list.Query(c.owner))
		if err != nil {
			return err
		}
	}
	c.w.Header().Set("X-Total-Count", strconv.Itoa(page.Total))
	return s.json(c, http.StatusOK, transcodes.ShowPage(list, page, view))
}

func (s *Server) listCommands(c *call) error {
	query, err := url.ParseQuery(c.r.URL.RawQuery)
	if err != nil {
		return ffmpegapi.Invalid("query: cannot be read; percent-encode what is in it")
	}
	limit, offset, err := ffmpegapi.ParseList(query)
	if err != nil {
		return err
	}
	page, err := s.Jobs.List(c.ctx(), job.Query{Owner: c.owner, API: job.FFmpeg, Limit: limit, Offset: offset})
	if err != nil {
		return err
	}
	shown := make([]ffmpegapi.Job, len(page.Jobs))
	for i, j := range page.Jobs {
		if shown[i], err = s.showFFmpeg(c, j); err != nil {
			return err
		}
	}
	return s.json(c, http.StatusOK, ffmpegapi.Many(shown, limit, offset, page.Total))
}

func (s *Server) view(c *call) transcodes.View {
	return transcodes.View{
		Bucket:     s.BucketName,
		HideQueued: s.HideQueued || transcodes.HideQueued(c.r.UserAgent()),
	}
}

// showFFmpeg is the job as its client sees it.
func (s *Server) showFFmpeg(c *call, j job.Job) (ffmpegapi.Job, error) {
	if len(j.Outputs) == 0 {
		return ffmpegapi.Show(j, nil), nil // needs no links, and so no key
	}
	links, err := s.Links(c.ctx())
	if err != nil {
		return ffmpegapi.Job{}, err
	}
	return ffmpegapi.Show(j, func(o job.Output) string { return OutputLink(links, s.Base(c.r), j, o, s.Now()) }), nil
}

// answerFFmpeg answers with one job.
func (s *Server) answerFFmpeg(c *call, j job.Job) error {
	shown, err := s.showFFmpeg(c, j)
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, ffmpegapi.One(shown))
}
