package api

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/fflambda/fflambda/shared/job"
)

// checkTime is what all the checks of one health request get together.
const checkTime = 5 * time.Second

// health says whether the parts that every job needs work, and what is wrong with those that do not.
func (s *Server) health(c *call) error {
	ctx, cancel := context.WithTimeout(c.ctx(), checkTime)
	defer cancel()
	answer := struct {
		OK        bool    `json:"ok"`
		Timestamp string  `json:"timestamp"`
		Uptime    float64 `json:"uptime"` // seconds
		Version   string  `json:"version"`
		Error     string  `json:"error,omitempty"`
	}{OK: true, Timestamp: s.Now().UTC().Format("2006-01-02T15:04:05.000Z"), Uptime: s.Now().Sub(s.started).Seconds(), Version: s.Version}
	status := http.StatusOK
	if broken := s.check(ctx); len(broken) > 0 {
		status, answer.OK, answer.Error = http.StatusInternalServerError, false, strings.Join(broken, "; ")
	}
	return s.json(c, status, answer)
}

// check makes all the checks at the same time, and says of each part that does not work what is known of it.
func (s *Server) check(ctx context.Context) (broken []string) {
	var mu sync.Mutex
	var all sync.WaitGroup
	for name, check := range s.Checks {
		all.Go(func() {
			err := check(ctx)
			if err == nil {
				return
			}
			s.Log.Error("health", "check", name, "err", err)
			mu.Lock()
			defer mu.Unlock()
			broken = append(broken, unhealthy(name, err))
		})
	}
	all.Wait()
	slices.Sort(broken)
	return broken
}

// unhealthy names a part that failed its check, and says what whoever runs the server can do about it, where that is
// known. All else is in the log.
func unhealthy(name string, err error) string {
	if f, ok := errors.AsType[*job.Fault](err); ok {
		return "the " + name + " cannot be used: " + f.Why
	}
	return "the " + name + " cannot be reached"
}
