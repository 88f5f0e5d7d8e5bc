// Package notify tells the world that a job has ended: it fills the outbox of a job that an object in the inbox was
// made into, and calls the job's webhook, again and again until that is done or hopeless.
//
// What is left to tell is the job's own Notice, which its last move makes due. A message only says when to look: one that
// is lost is sent again by rescue, and one too many finds nothing to do. Handle is for one message; a Loop
// hands it those of a whole queue, where nothing else does.
package notify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/fflambda/fflambda/shared/ffmpegapi"
	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/transcodes"
)

// Visibility is the visibility timeout that the queue of notices is to have: a try of the webhook takes 10 seconds,
// and ten thousand outputs are copied in some minutes. Past it somebody else tells the same once more, which is allowed.
const Visibility = 5 * time.Minute

// AtOnce is how many notices a Loop is to handle at the same time. A try mostly waits for its receiver, and a slow
// one must not hold the others: see Turns.
const AtOnce = 256

const (
	slack    = 2 * time.Second  // a message that comes so much too early is not sent again
	maxDelay = 15 * time.Minute // SQS: at most 900 seconds, DelaySeconds in SendMessage's reference
)

// pauses are the times from a failed try to the next one. After the last of them there is none.
func pauses() []time.Duration {
	return []time.Duration{5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 15 * time.Minute}
}

type jobs interface {
	Find(ctx context.Context, id string) (job.Job, error)
	Move(ctx context.Context, id string, m job.Move) (job.Job, error)
}

type sender interface {
	Send(ctx context.Context, body, group string, delay time.Duration) error
}

type outbox interface {
	Fill(ctx context.Context, j job.Job) error
}

// Config says what a Notifier works with.
type Config struct {
	Jobs   jobs
	Queue  sender // of notices
	Outbox outbox

	// Post calls j's webhook once with that body. status is the answer's, 0 where none came. An error with a method
	// Final() bool tells in its text what the receiver did, and whether there is no point in calling again; any other is
	// our own trouble.
	Post func(ctx context.Context, j job.Job, body []byte) (status int, err error)
	// Link makes the link of an output, as it stands in the webhook's body.
	Link func(j job.Job, o job.Output) string

	Turns *Turns // nil: no place is crowded

	Now func() time.Time
	Log *slog.Logger
}

// Notifier tells the ends of jobs. It is safe for concurrent use.
type Notifier struct{ c Config }

// New is a Notifier.
func New(c Config) *Notifier { return &Notifier{c} }

// Handle does what is due of the job's notice, and notes how it came out. Where it came out badly it sends the message
// of the next try. An error means that nothing could be decided and the message must come again: the webhook may
// have been called all the same, and is called once more then.
func (n *Notifier) Handle(ctx context.Context, id string) error {
	if !job.IsID(id) {
		n.c.Log.Error("message is no job's id", "bytes", len(id))
		return nil
	}
	j, err := n.c.Jobs.Find(ctx, id)
	switch {
	case errors.Is(err, job.ErrNotFound):
		n.c.Log.Info("notice without a job", "job", id)
		return nil
	case err != nil:
		return fmt.Errorf("notice of job %s: %w", id, err)
	case j.Notice.DueAt.IsZero():
		return nil // told, or given up
	}
	if early := j.Notice.DueAt.Sub(n.c.Now()); early > slack {
		if err := n.c.Queue.Send(ctx, id, j.Owner, min(early, maxDelay)); err != nil {
			return fmt.Errorf("notice of job %s: %w", id, err)
		}
		return nil
	}
	leave, ok := n.c.Turns.take(places(j)...)
	if !ok {
		next := j.Notice // not a try
		next.DueAt = job.Milli(n.c.Now().Add(crowded))
		return n.note(ctx, j, next)
	}
	defer leave()
	calls, told := n.tell(ctx, j)
	if ctx.Err() != nil && told != nil {
		return fmt.Errorf("notice of job %s: %w", id, context.Cause(ctx)) // cut off by us: not a try
	}
	return n.note(context.WithoutCancel(ctx), j, outcome(j.Notice, calls, told, n.c.Now()))
}

// places is where j's notice takes time: one for all outboxes, and the webhook's host.
func places(j job.Job) []string {
	var all []string
	if j.Inbox != "" {
		all = append(all, "outbox")
	}
	if u, err := url.Parse(j.WebhookURL); err == nil && u.Host != "" {
		all = append(all, strings.ToLower(u.Host))
	}
	return all
}

// tell makes one try. The webhook comes after the outbox, so that what it announces is there, and only with the last
// try it comes anyway: a receiver is not to hear six times of a job whose outbox cannot be filled.
func (n *Notifier) tell(ctx context.Context, j job.Job) (job.Calls, error) {
	var failed error
	if j.Inbox != "" {
		if err := n.c.Outbox.Fill(ctx, j); err != nil {
			n.c.Log.Error("outbox not filled", "job", j.ID, "try", j.Notice.Tries+1, "err", err)
			failed = errOutbox
		}
	}
	if j.WebhookURL == "" || failed != nil && j.Notice.Tries < len(pauses()) {
		return j.Notice.Calls, failed
	}
	calls, called := n.call(ctx, j)
	if failed != nil && called != nil {
		return calls, fmt.Errorf("%w; %w", failed, called)
	}
	return calls, cmp.Or(failed, called)
}

// call calls the webhook with the bare job: the same that a client that asks for it gets, not wrapped in data. The links
// in it, and so the signature, are new ones in every try.
func (n *Notifier) call(ctx context.Context, j job.Job) (job.Calls, error) {
	calls := j.Notice.Calls
	body, err := transcodes.Encode(ffmpegapi.Show(j, func(o job.Output) string { return n.c.Link(j, o) }))
	if err != nil {
		n.c.Log.Error("webhook without a body", "job", j.ID, "err", err)
		return calls, errWebhook
	}
	status, err := n.c.Post(ctx, j, body)
	var answer answered
	switch {
	case err == nil:
		return job.Calls{Count: calls.Count + 1, Status: status, DeliveredAt: job.Milli(n.c.Now())}, nil
	case errors.As(err, &answer):
		n.c.Log.Info("webhook not delivered", "job", j.ID, "try", j.Notice.Tries+1, "why", answer)
		return job.Calls{Count: calls.Count + 1, Status: status, DeliveredAt: calls.DeliveredAt}, answer
	}
	n.c.Log.Error("webhook not called", "job", j.ID, "try", j.Notice.Tries+1, "err", err)
	return calls, errWebhook
}

// note writes down what is left to tell, and sends the message for it. A message that cannot be sent is sent by rescue.
func (n *Notifier) note(ctx context.Context, j job.Job, next job.Notice) error {
	_, err := n.c.Jobs.Move(ctx, j.ID, job.Tell(j.Notice.Tries, next))
	switch {
	case errors.Is(err, job.ErrConflict), errors.Is(err, job.ErrNotFound):
		return nil // somebody else told it too, and noted that
	case err != nil:
		return fmt.Errorf("note notice of job %s: %w", j.ID, err)
	case next.DueAt.IsZero() && next.Error != "":
		n.c.Log.Warn("notice given up", "job", j.ID, "tries", next.Tries, "why", next.Error)
		return nil
	case next.DueAt.IsZero():
		return nil
	}
	if err := n.c.Queue.Send(ctx, j.ID, j.Owner, next.DueAt.Sub(job.Milli(n.c.Now()))); err != nil {
		n.c.Log.Error("notice not sent again; rescue will", "job", j.ID, "err", err)
	}
	return nil
}

// outcome is the notice after a try that came to calls and told.
func outcome(was job.Notice, calls job.Calls, told error, now time.Time) job.Notice {
	next := job.Notice{Tries: was.Tries + 1, Calls: calls}
	if told == nil {
		return next
	}
	next.Error = job.Clip(told.Error(), 500)
	left := pauses()
	var final answered
	if was.Tries >= len(left) || errors.As(told, &final) && final.Final() {
		return next
	}
	next.DueAt = job.Milli(now.Add(left[was.Tries]))
	return next
}
