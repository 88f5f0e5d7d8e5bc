// Package ingest makes jobs of the objects that are put into the bucket's inbox, and brings the results to its outbox.
//
// An object under inbox/<owner>/ becomes a job of that owner. How it is to be transcoded says recipe.json in the same
// folder: the body of a create request of either API, without its inputs. A folder without one gets the server's
// default. What became of it lies under outbox/, in a folder of the same name:
//
//	inbox/al/in/recipe.json       {"outputFormat": "mp4", "preset": {"quality": "high"}}
//	inbox/al/in/My clip.mov       is put, and later there is
//	outbox/al/in/My clip.mp4      the result, and, written last,
//	outbox/al/in/My clip.mov.job.json     how it went; see Report
//
// A recipe with ffmpeg_command or ffmpeg_commands is the ffmpeg API's. In its commands {{input}} stands for the object;
// so does the object's own name with other characters than letters, digits, ".", "_" and "-" made "_".
//
// Inbox makes the jobs: Event takes what S3 sends, Handle one key. Outbox is filled by whoever tells a job's end.
package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/fflambda/fflambda/shared/job"
)

// DefaultRecipe is used where neither the folder nor the Config has one.
const DefaultRecipe = `{"outputFormat":"mp4","preset":{"quality":"medium","resolution":"720p"}}`

// maxRecipe is the longest recipe, in bytes: as long as the body of a create request may be.
const maxRecipe = 1 << 20

type jobs interface {
	Create(ctx context.Context, j job.Job) (stored job.Job, created bool, err error)
	Move(ctx context.Context, id string, m job.Move) (job.Job, error)
}

type sender interface {
	Send(ctx context.Context, body, group string, delay time.Duration) error
}

type inboxBucket interface {
	Name() string
	Head(ctx context.Context, key string) (job.ObjectInfo, error)
	Get(ctx context.Context, key string) (io.ReadCloser, job.ObjectInfo, error)
	PutBytes(ctx context.Context, key string, body []byte, contentType string) error
}

// Config says what an Inbox works with.
type Config struct {
	Jobs   jobs
	Queue  sender
	Bucket inboxBucket

	Recipe  string        // where a folder has none; empty: DefaultRecipe
	Timeout time.Duration // of one attempt of a job whose recipe names none
	BaseURL string        // links in the jobs' webhooks begin with it
	Now     func() time.Time
	Log     *slog.Logger
}

// Inbox makes jobs of objects. It is safe for concurrent use.
type Inbox struct{ c Config }

// New is an Inbox.
func New(c Config) *Inbox {
	if c.Recipe == "" {
		c.Recipe = DefaultRecipe
	}
	return &Inbox{c}
}

// Handle makes a job of the object under key, if it is one that jobs are made of; if not, it says so in the log. Recipes,
// reports, names that begin with a dot, folder markers and empty objects are none.
//
// Each put makes one job, however often it is told: the job's id is made of the key, and of the object's ETag and
// Last-Modified as they are now. The same bytes put again, a second later or more, are another job. Of two puts in quick
// succession only the second may be seen; what the first one put is not there any more.
//
// A recipe that no job can be made of is told in the outbox. An error means that nothing could be decided: try again.
func (in *Inbox) Handle(ctx context.Context, key string) error {
	log := in.c.Log.With("object", key)
	p, err := placeOf(key)
	if err != nil {
		log.Info("no job made", "why", err)
		return nil
	}
	info, err := in.c.Bucket.Head(ctx, key)
	switch {
	case errors.Is(err, job.ErrNoObject):
		log.Info("no job made", "why", "the object was deleted before anybody looked at it")
		return nil
	case err != nil:
		return fmt.Errorf("look at the inbox: %w", err)
	case info.Bytes == 0:
		log.Info("no job made", "why", "the object is empty")
		return nil
	}
	j, err := in.job(ctx, p, info)
	if refused, ok := errors.AsType[*refusal](err); ok {
		return in.refuse(ctx, p, refused)
	}
	if err != nil {
		return err
	}
	return in.submit(ctx, p, j)
}

// job is the job for the object, as the recipe of its folder has it. An error that is a *refusal is the recipe's.
func (in *Inbox) job(ctx context.Context, p place, info job.ObjectInfo) (job.Job, error) {
	r, err := in.recipe(ctx, p)
	if err != nil {
		return job.Job{}, err
	}
	// A namespace beside those of the two APIs' Idempotency-Keys. Not the recipe's API: the recipe may be changed
	// between two deliveries of one event.
	id := job.StableID(p.owner, "inbox", fmt.Sprint(p.key(), "\x00", info.ETag, "\x00", info.Modified.Unix()))
	j, err := r.job(id, p, in.c)
	if err != nil {
		return job.Job{}, err
	}
	j.Inbox, j.BaseURL = p.key(), in.c.BaseURL
	return j, nil
}

// submit stores the job and sends its message. A message that cannot be sent now is sent by rescue. A job that a quota
// stopped is stored as failed, and its notice is due: rescue has it told in the outbox.
func (in *Inbox) submit(ctx context.Context, p place, j job.Job) error {
	stored, created, err := in.c.Jobs.Create(ctx, j)
	switch {
	case errors.Is(err, job.ErrTooLarge):
		return in.refuse(ctx, p, refusef("%s is too large to be stored with the job", recipeFile))
	case err != nil:
		return fmt.Errorf("create job for an object in the inbox: %w", err)
	case !created:
		in.c.Log.Info("object told again", "object", p.key(), "job", j.ID)
		return nil
	}
	if e, over := stored.Excess(); over {
		in.c.Log.Info("quota spent", "object", p.key(), "job", j.ID, "excess", e)
		return nil
	}
	in.c.Log.Info("job made", "object", p.key(), "job", j.ID)
	if err := job.Dispatch(ctx, in.c.Jobs, in.c.Queue, j, in.c.Now()); err != nil {
		in.c.Log.Error("message not sent; rescue will", "job", j.ID, "err", err)
	}
	return nil
}

// refuse tells in the outbox that no job was made.
func (in *Inbox) refuse(ctx context.Context, p place, r *refusal) error {
	in.c.Log.Warn("no job made", "object", p.key(), "why", r)
	return write(ctx, in.c.Bucket, p, Report{
		Input: p.key(), Status: statusRefused, At: job.Milli(in.c.Now()),
		Error: &Problem{Code: codeRecipe, Message: r.text}, Outputs: []File{},
	})
}
