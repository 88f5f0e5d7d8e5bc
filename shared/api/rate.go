package api

import (
	"context"
	"math"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	burst    = 20     // requests that a key may make at once, where a rate is set
	sweepMin = 10_000 // keys that a limiter knows before it looks which of them it can forget

	rateWithin = 500 * time.Millisecond // for a request to be counted with those at other servers
)

// rates counts requests for more servers than this one.
type rates interface {
	// Take takes one request of name's, which may make burst of them, and perSecond more with each second. A refused one
	// may come again after wait.
	Take(ctx context.Context, name string, perSecond float64, burst int) (wait time.Duration, ok bool, err error)
}

// keepToRate refuses a request of a key that is over the rate of the API that it called. What this server refuses by
// itself is not asked of the others: together they would allow no more.
func (s *Server) keepToRate(c *call) error {
	limit, name := s.v1Rate, "v1#"+c.key
	if c.face == ffmpegFace {
		limit, name = s.apiRate, "api#"+c.key
	}
	if limit == nil {
		return nil
	}
	wait, ok := limit.take(name)
	if ok && s.Rates != nil {
		ctx, cancel := context.WithTimeout(c.ctx(), rateWithin)
		defer cancel()
		var err error
		if wait, ok, err = s.Rates.Take(ctx, name, limit.perSecond, burst); err != nil {
			// Limits protect the service from its clients. Where they cannot be looked at, clients come first.
			s.Log.Warn("rate not counted", "request", c.request, "err", err)
			return nil
		}
	}
	if ok {
		return nil
	}
	c.w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(max(wait, time.Millisecond).Seconds()))))
	return errRate
}

// limiter is a token bucket for each name. A nil limiter limits nothing.
type limiter struct {
	perSecond float64
	now       func() time.Time

	mu      sync.Mutex
	buckets map[string]*rate.Limiter
	sweepAt int // buckets
}

func newLimiter(perSecond float64, now func() time.Time) *limiter {
	if perSecond <= 0 {
		return nil
	}
	return &limiter{perSecond: perSecond, now: now, buckets: map[string]*rate.Limiter{}, sweepAt: sweepMin}
}

// take takes one request of name's, or says after which time there will be one.
func (l *limiter) take(name string) (wait time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	b := l.buckets[name]
	if b == nil {
		l.sweep(now)
		b = rate.NewLimiter(rate.Limit(l.perSecond), burst)
		l.buckets[name] = b
	}
	if b.AllowN(now, 1) {
		return 0, true
	}
	missing := 1 - b.TokensAt(now)
	return time.Duration(missing / l.perSecond * float64(time.Second)), false
}

// sweep forgets the buckets that are full, as a new one is. It looks when there are twice as many as it kept the last time.
func (l *limiter) sweep(now time.Time) {
	if len(l.buckets) < l.sweepAt {
		return
	}
	for name, b := range l.buckets {
		if b.TokensAt(now) >= burst {
			delete(l.buckets, name)
		}
	}
	l.sweepAt = max(sweepMin, 2*len(l.buckets))
}
