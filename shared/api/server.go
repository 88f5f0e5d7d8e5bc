// Package api is the HTTP face of the service: the routes of both APIs as one http.Handler, authentication, limits,
// and the one place that writes errors. What a request and an answer look like is said in shared/transcodes and
// shared/ffmpegapi; what happens to a job, in shared/worker.
package api

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"time"

	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/link"
)

type jobs interface {
	Create(ctx context.Context, j job.Job) (stored job.Job, created bool, err error)
	Find(ctx context.Context, id string) (job.Job, error)
	List(ctx context.Context, q job.Query) (job.Page, error)
	Move(ctx context.Context, id string, m job.Move) (job.Job, error)
}

type sender interface {
	Send(ctx context.Context, body, group string, delay time.Duration) error
}

type keys interface {
	Find(ctx context.Context, hash string) (job.Key, error)
}

type bucket interface {
	presigner
	Get(ctx context.Context, key string) (io.ReadCloser, job.ObjectInfo, error)
	Head(ctx context.Context, key string) (job.ObjectInfo, error)
}

type presigner interface {
	PresignGet(ctx context.Context, key string, ttl time.Duration, d job.Download) (string, error)
	PresignHead(ctx context.Context, key string, ttl time.Duration, d job.Download) (string, error)
	PresignPut(ctx context.Context, key string, ttl time.Duration, contentType string, size int64) (string, error)
}

// Config says what a Server works with.
type Config struct {
	Jobs    jobs
	Queue   sender
	Notices sender // of the ids of jobs that ended and have somebody to tell
	Keys    keys
	Bucket  bucket

	BucketName string
	// Links is asked when a link is made or followed. In AWS its key is fetched at the first time, which can fail.
	Links func(context.Context) (*link.Signer, error)

	// Lookup finds a key and a job in one call, or answers job.ErrNoKey; the zero Job where the id has none. Nil where
	// that saves nothing: Keys and Jobs are asked one after the other.
	Lookup func(ctx context.Context, hash, id string) (job.Key, job.Job, error)

	// Rates counts the requests of each key at all servers together, for Rate and RateV1. Nil: this Server counts alone.
	Rates rates

	// Verbs are the groups of routes that this Server answers; nil: all. What only the others use may then be nil.
	Verbs []Verb
	// Base is where the request's client reaches the server, without a trailing slash: links begin with it.
	Base func(*http.Request) string
	// RequestID is the id that the request has already. Nil, or an empty one: it gets a new one.
	RequestID func(*http.Request) string
	// Stopping is closed when the server is about to stop: clients that wait are answered then.
	Stopping <-chan struct{}
	// Ended says on a channel that the job with the id has ended, to a client that waits for it, until stop is called.
	// Only what this process ends needs to be told, and nothing that was over before; Poll finds the rest. Nil: Poll finds all.
	Ended func(id string) (ended <-chan job.Job, stop func())
	// Poll is how often a job that a client waits for is looked at; 0: every half second.
	Poll time.Duration
	// Beat is how often such a client gets a sign of life; 0: every 10 s, as well-known clients need it.
	Beat time.Duration

	// Describe looks into an uploaded object. One that is no media, as far as ffprobe can tell, stands all the same: nil.
	Describe func(ctx context.Context, object job.ObjectInfo) (*job.Media, error)
	// Open opens an object's file, where objects are files: download links then answer with the bytes.
	// Nil elsewhere: they redirect to a presigned URL.
	Open func(ctx context.Context, key string) (*os.File, job.ObjectInfo, error)
	// Checks are what /health-check asks, by name.
	Checks map[string]func(context.Context) error

	Version    string
	Timeout    time.Duration // of one attempt of a job, where the caller names none
	Retention  time.Duration // of kept files, after the job's end
	Rate       float64       // requests a second and key on /api; 0 = no limit
	RateV1     float64       // the same for /v1
	HideQueued bool          // /v1 shows queued jobs as pending to everybody
	Now        func() time.Time
	Log        *slog.Logger
}

// Server answers both APIs.
type Server struct {
	Config
	routes  []route
	started time.Time
	v1Rate  *limiter
	apiRate *limiter
}

// New is a Server, ready to be used as an http.Handler.
func New(c Config) *Server {
	if c.Poll == 0 {
		c.Poll = pollEvery
	}
	if c.Beat == 0 {
		c.Beat = beatEvery
	}
	s := &Server{Config: c, started: c.Now(), v1Rate: newLimiter(c.RateV1, c.Now), apiRate: newLimiter(c.Rate, c.Now)}
	for _, r := range s.all() {
		if c.Verbs == nil || slices.Contains(c.Verbs, r.Verb) {
			s.routes = append(s.routes, r)
		}
	}
	return s
}

// call is one request under way.
type call struct {
	w       http.ResponseWriter
	r       *http.Request
	face    face     // how this route words its errors
	route   string   // its pattern, for the log: a path can be a permission
	param   string   // what {…} of the route stands for
	job     *job.Job // what it names, where that was looked up together with the key; its ID is empty where there is none
	owner   string   // whose key came with it
	key     string   // that key's id
	request string   // the request's id, for the log and for internal errors
}

func (c *call) ctx() context.Context { return c.r.Context() }
