package api

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/time/rate"

	"github.com/fflambda/fflambda/shared/job"
)

const (
	burst    = 20     // requests that a key may make at once, where a rate is set
	limitMax = 10_000 // keys that a limiter remembers; then it forgets all, which only ever allows more
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
	limit := s.v1Rate
	if c.face == ffmpegFace {
		limit = s.apiRate
	}
	if wait, ok := limit.take(k.ID); !ok {
		c.w.Header().Set("Retry-After", strconv.Itoa(wait))
		return errRate
	}
	return nil
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

// limiter is a token bucket a key. A nil limiter limits nothing.
type limiter struct {
	perSecond float64
	mu        sync.Mutex
	buckets   map[string]*rate.Limiter
}

func newLimiter(perSecond float64) *limiter {
	if perSecond <= 0 {
		return nil
	}
	return &limiter{perSecond: perSecond, buckets: map[string]*rate.Limiter{}}
}

// take takes one request of the key's, or says in how many seconds there will be one.
func (l *limiter) take(key string) (seconds int, ok bool) {
	if l == nil {
		return 0, true
	}
	l.mu.Lock()
	b := l.buckets[key]
	if b == nil {
		if len(l.buckets) >= limitMax {
			clear(l.buckets)
		}
		b = rate.NewLimiter(rate.Limit(l.perSecond), burst)
		l.buckets[key] = b
	}
	l.mu.Unlock()
	if b.Allow() {
		return 0, true
	}
	return int(math.Ceil(1 / l.perSecond)), false
}
