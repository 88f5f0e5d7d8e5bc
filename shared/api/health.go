package api

import (
	"context"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"
)

// checkTime is what all the checks of one health request get together.
const checkTime = 5 * time.Second

// health says whether the parts that every job needs can be reached.
func (s *Server) health(c *call) error {
	ctx, cancel := context.WithTimeout(c.ctx(), checkTime)
	defer cancel()
	g, ctx := errgroup.WithContext(ctx)
	for name, check := range s.Checks {
		g.Go(func() error {
			if err := check(ctx); err != nil {
				s.Log.Error("health", "check", name, "err", err)
				return unhealthy(name)
			}
			return nil
		})
	}
	answer := struct {
		OK        bool    `json:"ok"`
		Timestamp string  `json:"timestamp"`
		Uptime    float64 `json:"uptime"` // seconds
		Version   string  `json:"version"`
		Error     string  `json:"error,omitempty"`
	}{OK: true, Timestamp: s.Now().UTC().Format("2006-01-02T15:04:05.000Z"), Uptime: s.Now().Sub(s.started).Seconds(), Version: s.Version}
	status := http.StatusOK
	if err := g.Wait(); err != nil {
		status, answer.OK, answer.Error = http.StatusInternalServerError, false, err.Error()
	}
	return s.json(c, status, answer)
}

// unhealthy names a part that failed its check. What exactly is wrong with it is in the log.
type unhealthy string

func (u unhealthy) Error() string { return "the " + string(u) + " cannot be reached" }
