// Package service puts together what works in the background: the pool of workers, rescue, the notifier, the inbox.
// It is the same for a server on one machine and for functions in AWS, which give it their own Parts.
//
// It links ffmpeg's code and SQS; what only answers HTTP requests uses package api alone.
package service

import (
	"cmp"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/fflambda/fflambda/shared/api"
	"github.com/fflambda/fflambda/shared/config"
	"github.com/fflambda/fflambda/shared/fetch"
	"github.com/fflambda/fflambda/shared/ffmpeg"
	"github.com/fflambda/fflambda/shared/hooks"
	"github.com/fflambda/fflambda/shared/ingest"
	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/link"
	"github.com/fflambda/fflambda/shared/notify"
	"github.com/fflambda/fflambda/shared/worker"
)

// MaxReceive is how often a job's message is delivered before it is a dead letter, and rescue fails its job. In AWS it is the
// redrive policy of the template.
const MaxReceive = 3

// Parts is where jobs and files are, and how they are to be handled. What is not used may be nil.
type Parts struct {
	Config  config.Serve
	Jobs    Jobs
	Queue   Queue // of jobs
	Notices Queue // of ended jobs
	Files   Files
	Links   func(context.Context) (*link.Signer, error)
	Secret  func(context.Context) ([]byte, error) // behind the webhooks' signatures

	// Rotation says how often a key's part of that secret was replaced.
	Rotation func(ctx context.Context, id string) (job.Rotation, error)
	// Turns is for a process that tells many notices at the same time. It may be nil.
	Turns *notify.Turns

	// Checks are what tells that the parts can be reached, by name.
	Checks map[string]func(context.Context) error

	// Ended says on a channel that this process has ended the job with the id, until stop is called. It may be nil.
	Ended func(id string) (ended <-chan job.Job, stop func())

	// Own is the way to presigned URLs that are answered by this very process; nil for any other. It may be nil itself.
	Own func(*url.URL) http.RoundTripper

	// Clock is what leases go by, and Slack how wrong it may be; see worker.Rescue. Now is the time of all else; nil: this
	// machine's.
	Clock, Now func() time.Time
	Slack      time.Duration
	// Lost finds queued jobs whose message is gone; see worker.Rescue.
	Lost func(ctx context.Context, jobs Jobs, now time.Time, limit int) ([]job.Job, error)
	// Untold finds ended jobs whose notice's message is gone; see worker.Rescue. It may be nil.
	Untold func(ctx context.Context, before time.Time, limit int) ([]job.Job, error)

	UserAgent string // to webhooks and to the hosts of inputs
	Log       *slog.Logger
}

// Jobs is a table of jobs.
type Jobs interface {
	Create(ctx context.Context, j job.Job) (stored job.Job, created bool, err error)
	Find(ctx context.Context, id string) (job.Job, error)
	List(ctx context.Context, q job.Query) (job.Page, error)
	Move(ctx context.Context, id string, m job.Move) (job.Job, error)
	Overdue(ctx context.Context, o job.Overdue) ([]job.Job, error)
}

// Queue is a queue of ids of jobs.
type Queue interface {
	Send(ctx context.Context, body, group string, delay time.Duration) error
	Receive(ctx context.Context) (job.Message, error)
	Extend(ctx context.Context, m job.Message, visibility time.Duration) error
	Delete(ctx context.Context, m job.Message) error
	Dead(ctx context.Context, limit int) ([]job.Message, error)
}

// Files is the bucket.
type Files interface {
	Name() string
	Put(ctx context.Context, key string, f *os.File, contentType string) error
	PutBytes(ctx context.Context, key string, body []byte, contentType string) error
	Get(ctx context.Context, key string) (io.ReadCloser, job.ObjectInfo, error)
	GetRange(ctx context.Context, object job.ObjectInfo, from, n int64) (io.ReadCloser, error)
	Head(ctx context.Context, key string) (job.ObjectInfo, error)
	Copy(ctx context.Context, from, to string, size int64) error
	Delete(ctx context.Context, keys ...string) error
	PresignGet(ctx context.Context, key string, ttl time.Duration, d job.Download) (string, error)
	PresignHead(ctx context.Context, key string, ttl time.Duration, d job.Download) (string, error)
	PresignPut(ctx context.Context, key string, ttl time.Duration, contentType string, size int64) (string, error)
}

// Pool is the workers. Their folders are made in dir. With pushed set, messages are handed to it; see worker.Config.
func (p Parts) Pool(tools ffmpeg.Tools, dir string, pushed bool) (*worker.Pool, error) {
	tools.MemoryBytes = cmp.Or(p.Config.MaxMemoryBytes, ffmpeg.MemoryShare(p.Config.Workers))
	return worker.New(worker.Config{
		Pushed:  pushed,
		Jobs:    p.Jobs,
		Queue:   p.Queue,
		Notices: p.Notices,
		Bucket:  p.Files,
		Fetch: fetch.New(fetch.Config{
			Objects:      p.Files,
			Bucket:       p.Files.Name(),
			Own:          p.Own,
			AllowPrivate: p.Config.AllowPrivate,
			MaxBytes:     p.Config.MaxInputBytes,
			FirstByte:    p.Config.InputStall,
			Stall:        p.Config.InputStall,
			UserAgent:    p.UserAgent,
		}),
		Tools:     tools,
		Sandbox:   tools.Contained(),
		Metered:   p.Config.Quotas.Limit(job.MetricMinutes),
		Resolve:   worker.Own{Links: p.Links, Jobs: p.Jobs, Bucket: p.Files.Name()}.Resolve,
		Ended:     p.Ended,
		Dir:       dir,
		Workers:   p.Config.Workers,
		Grace:     p.Config.Grace,
		MaxOutput: p.Config.MaxOutputBytes,
		MaxCPU:    p.Config.MaxCPU,

		MaxAttempts: p.Config.MaxAttempts,
		Now:         p.Time(),
		Clock:       p.Clock,
		Log:         p.Log,
	})
}

// Time is Now, or this machine's.
func (p Parts) Time() func() time.Time {
	if p.Now == nil {
		return time.Now
	}
	return p.Now
}

// Rescue sees to the jobs that nobody else sees to any more.
func (p Parts) Rescue() *worker.Rescue {
	return &worker.Rescue{
		Jobs:        p.Jobs,
		Queue:       p.Queue,
		Notices:     p.Notices,
		MaxAttempts: p.Config.MaxAttempts,
		Lost: func(ctx context.Context, now time.Time, limit int) ([]job.Job, error) {
			return p.Lost(ctx, p.Jobs, now, limit)
		},
		Untold: p.Untold,
		Now:    p.Time(),
		Clock:  p.Clock,
		Slack:  p.Slack,
		Log:    p.Log,
	}
}

// Inbox makes jobs of the objects under inbox/.
func (p Parts) Inbox() *ingest.Inbox {
	return ingest.New(ingest.Config{
		Jobs:    p.Jobs,
		Queue:   p.Queue,
		Bucket:  p.Files,
		Recipe:  p.Config.InboxRecipe,
		Timeout: p.Config.Timeout,
		BaseURL: p.Config.PublicURL,
		Now:     time.Now,
		Log:     p.Log,
	})
}

// Tell does what is due of an ended job's notice. An error means that nothing could be decided: its message must come again.
func (p Parts) Tell(ctx context.Context, id string) error {
	n, err := p.notifier(ctx)
	if err != nil {
		return err
	}
	return n.Handle(ctx, id)
}

// notifier is made anew for each notice, for its secrets may be in a store that is out of reach for the moment. Whoever
// holds them asks that store only once.
func (p Parts) notifier(ctx context.Context) (*notify.Notifier, error) {
	links, err := p.Links(ctx)
	if err != nil {
		return nil, err
	}
	master, err := p.Secret(ctx)
	if err != nil {
		return nil, err
	}
	secrets, err := hooks.NewSecrets(master)
	if err != nil {
		return nil, err
	}
	return notify.New(notify.Config{
		Jobs:   p.Jobs,
		Queue:  p.Notices,
		Outbox: ingest.NewOutbox(p.Files),
		Turns:  p.Turns,
		Post: hooks.New(hooks.Config{
			Secrets: secrets, Rotation: p.Rotation, AllowPrivate: p.Config.AllowPrivate, UserAgent: p.UserAgent, Now: time.Now,
		}).Post,
		Link: func(j job.Job, o job.Output) string {
			base := j.BaseURL
			if base == "" {
				base = p.Config.PublicURL
			}
			return api.OutputLink(links, base, j, o, time.Now())
		},
		Now: time.Now,
		Log: p.Log,
	}), nil
}
