// Package worker runs jobs: claim, fetch, plan, run, keep, finish. Pool does that with as many goroutines as it is
// given; Rescue sees to the jobs whose worker or message got lost. Both only meet in the table.
package worker

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"os"
	"sync"
	"time"

	"github.com/fflambda/fflambda/shared/fetch"
	"github.com/fflambda/fflambda/shared/ffmpeg"
	"github.com/fflambda/fflambda/shared/job"
)

// Times of a running job. A heartbeat is one conditional write: progress, lease, and "is it still wanted?".
const (
	heartbeat  = 2 * time.Second
	lease      = 30 * time.Second // 15 heartbeats: a stall of the disk or the network loses no job
	visibility = 2 * time.Minute  // of the job's message; extended while the job runs
	pause      = time.Second      // after a queue or table that failed
	lastWords  = 20 * time.Second // before the worker's own end, for ffmpeg to stop and the job's end to be written

	// Bounds of the pause after a failed try, before chance has its say: jobs that failed together must not come back together.
	firstPause   = 5 * time.Second
	longestPause = time.Minute
)

// Pause is how long a job waits after its failed try of that number (from 1): 5 s, 20 s, then 60 s. chance, in [0, 1), makes
// that 50 % less to 50 % more.
func Pause(tries int, chance float64) time.Duration {
	d := firstPause
	for ; tries > 1 && d < longestPause; tries-- {
		d *= 4
	}
	return time.Duration((0.5 + chance) * float64(min(d, longestPause)))
}

// Visibility is the visibility timeout that the pool expects of its queue.
func Visibility() time.Duration { return visibility }

type jobs interface {
	Find(ctx context.Context, id string) (job.Job, error)
	Move(ctx context.Context, id string, m job.Move) (job.Job, error)
}

type queue interface {
	Send(ctx context.Context, body, group string, delay time.Duration) error
	Receive(ctx context.Context) (job.Message, error)
	Extend(ctx context.Context, m job.Message, visibility time.Duration) error
	Delete(ctx context.Context, m job.Message) error
}

type sender interface {
	Send(ctx context.Context, body, group string, delay time.Duration) error
}

type bucket interface {
	Put(ctx context.Context, key string, f *os.File, contentType string) error
	Delete(ctx context.Context, keys ...string) error
}

type fetcher interface {
	FetchAll(ctx context.Context, items []fetch.Item) ([]int64, error)
}

// Pool is a set of workers on one queue.
type Pool struct {
	c     Config
	since func(time.Time) time.Duration // time.Since
}

// Config says what a Pool works with.
type Config struct {
	Jobs    jobs
	Queue   queue
	Notices sender // of the ids of jobs that ended and have somebody to tell
	Bucket  bucket
	Fetch   fetcher
	Tools   ffmpeg.Tools

	// Pushed says that somebody receives messages for the worker, hides them for as long as it may run and deletes
	// those that it handled (Lambda's event source mapping). The worker then never extends or deletes one.
	// It is given one at a time, and clears Dir before each: an earlier job may have been cut off at any point.
	Pushed bool

	// Metered says that somebody counts the minutes of what jobs take in: the inputs of every one are probed then.
	// Else those of the ffmpeg API are only for the progress, and a job that is over soon needs none.
	Metered bool

	// Sandbox is what the tools are held by, as it is put on the record of a job.
	Sandbox string

	// Resolve turns an input's URL into the one to fetch: a link that this server made becomes the object behind it.
	Resolve func(ctx context.Context, j job.Job, url string) (string, error)

	// Ended says on a channel that the job with the id has ended, until stop is called: where a cancel is written by the
	// process that runs the job, the attempt stops at once and not at its next heartbeat. It may be nil.
	Ended func(id string) (ended <-chan job.Job, stop func())

	Dir       string        // working folders are made in it; absolute
	Workers   int           // jobs at a time
	Grace     time.Duration // what running jobs get when the pool stops
	MaxOutput int64         // bytes that one job may write; 0 = no limit
	MaxCPU    time.Duration // processor time of one command; 0 = the job's time on all processors

	// MaxAttempts is how many tries a job has whose failure can go away by itself; Chance, in [0, 1), varies the pause
	// between them, see Pause.
	MaxAttempts int
	Chance      func() float64

	Now   func() time.Time
	Clock func() time.Time // what leases go by: the same time for all workers and Rescue, whatever their machines' clocks say
	Log   *slog.Logger
}

// New is a Pool; Run starts it. The folder is made if it is not there. Chance and Clock may be nil: drawn, and Now.
func New(c Config) (*Pool, error) {
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, err
	}
	if c.Clock == nil {
		c.Clock = c.Now
	}
	if c.Chance == nil {
		c.Chance = rand.Float64
	}
	return &Pool{c: c, since: time.Since}, nil
}

// Run claims and runs jobs until ctx ends. Then it claims no more, gives the running ones Grace,
// hands the rest back to the queue without costing them a try, and returns.
func (p *Pool) Run(ctx context.Context) {
	running, stop := context.WithCancelCause(context.WithoutCancel(ctx))
	defer stop(nil)
	over := context.AfterFunc(ctx, func() { time.AfterFunc(p.c.Grace, func() { stop(ErrStopping) }) })
	defer over()

	var workers sync.WaitGroup
	for range p.c.Workers {
		workers.Go(func() {
			for ctx.Err() == nil {
				p.next(ctx, running)
			}
		})
	}
	workers.Wait()
}

// next takes one message and sees it through. It waits a little after a queue that failed.
func (p *Pool) next(ctx, running context.Context) {
	m, err := p.c.Queue.Receive(ctx)
	switch {
	case ctx.Err() != nil && err != nil:
		return
	case err != nil:
		p.c.Log.Error("receive", "err", err)
		wait(ctx, pause)
		return
	}
	if err := p.Handle(running, m); err != nil {
		// The message stays and comes again after its visibility timeout.
		p.c.Log.Error("job put off", "job", m.Body, "received", m.Received, "err", err)
		wait(ctx, pause)
	}
}

// Handle claims the message's job and runs it to its end, or until ctx ends with ErrStopping as its cause: then the job is handed back.
// A deadline of ctx is the worker's own end; a job that is not done shortly before it fails as timed_out.
// An error means that nothing could be decided and the message must come again.
func (p *Pool) Handle(ctx context.Context, m job.Message) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	// Once it is sent, a claim's answer is waited for: it may be written all the same, and the job would be nobody's.
	j, err := p.claim(context.WithoutCancel(ctx), m.Body)
	switch early, wait := p.early(m.Body, err); {
	case wait > 0:
		return p.putOff(ctx, m, early, wait)
	case errors.Is(err, job.ErrNotFound), errors.Is(err, job.ErrConflict):
		// Gone, finished, cancelled, or run by somebody else: this message has no work in it.
		// Should that somebody be lost, the lease tells rescue, and not this message.
		p.c.Log.Info("message without work", "job", m.Body, "why", err)
		return p.drop(ctx, m)
	case err != nil:
		return err
	}
	if p.c.Pushed {
		if err := p.Clear(); err != nil {
			p.c.Log.Error("working folder not cleared", "err", err)
		}
	}
	a := newAttempt(p, j, m)
	if a.run(ctx) == handedBack {
		return nil
	}
	return p.drop(ctx, m)
}

func (p *Pool) claim(ctx context.Context, id string) (job.Job, error) {
	m := job.Claim(p.c.Now(), lease).Held(p.c.Sandbox)
	m.LeaseUntil = p.c.Clock().Add(lease)
	return p.c.Jobs.Move(ctx, id, m)
}

// early is the job of a claim that was refused because it came too early, or found no room, and how long it is to wait.
func (p *Pool) early(id string, err error) (job.Job, time.Duration) {
	if f, ok := errors.AsType[*job.Full](err); ok {
		return p.full(id, f)
	}
	var c *job.Conflict
	if !errors.As(err, &c) || c.Job.State != job.Pending && c.Job.State != job.Queued {
		return job.Job{}, 0
	}
	return c.Job, c.Job.Waits(p.c.Now())
}

// putOff replaces a message that came before its job may run: SQS cuts long delays, and rescue may have sent one too many.
// To hide it instead would count as a delivery without a decision.
func (p *Pool) putOff(ctx context.Context, m job.Message, j job.Job, wait time.Duration) error {
	if err := p.c.Queue.Send(ctx, j.ID, j.Owner, wait); err != nil {
		return err
	}
	return p.drop(ctx, m)
}

// drop deletes a message; one that somebody else holds by now is theirs.
func (p *Pool) drop(ctx context.Context, m job.Message) error {
	if p.c.Pushed {
		return nil
	}
	if err := p.c.Queue.Delete(ctx, m); err != nil && !errors.Is(err, job.ErrGone) {
		return err
	}
	return nil
}

// Clear removes what earlier jobs have left in the folder of working folders. No job may be running.
func (p *Pool) Clear() error {
	return errors.Join(os.RemoveAll(p.c.Dir), os.MkdirAll(p.c.Dir, 0o700))
}

func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
