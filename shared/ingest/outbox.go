package ingest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/fflambda/fflambda/shared/ffmpegapi"
	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/transcodes"
)

// copies is how many outputs of a job are copied at the same time.
const copies = 8

// What a Report says besides the three ends of a job.
const (
	statusRefused = "refused"
	codeRecipe    = "recipe_refused"
)

// Report is what <name>.job.json holds: how it went with one object of the inbox.
type Report struct {
	Input   string          `json:"input"`        // the object's key
	ID      string          `json:"id,omitempty"` // the job's; left out where none could be made
	Status  string          `json:"status"`       // succeeded, failed, cancelled; refused: no job could be made
	At      time.Time       `json:"at"`           // when that was decided
	Error   *Problem        `json:"error"`        // null unless failed or refused
	Outputs []File          `json:"outputs"`      // what lies in the outbox; of these the report is written last
	Job     json.RawMessage `json:"job"`          // as its API shows it; null where none could be made
}

// Problem says why there is no result.
type Problem struct {
	Code    string `json:"code"` // a job.Code, or recipe_refused
	Message string `json:"message"`
}

// File is one result.
type File struct {
	Name        string `json:"name"` // as the job calls it
	Key         string `json:"key"`  // in the outbox
	ContentType string `json:"content_type"`
	Bytes       int64  `json:"bytes"`
}

type putter interface {
	PutBytes(ctx context.Context, key string, body []byte, contentType string) error
}

type outboxBucket interface {
	putter
	Name() string
	Copy(ctx context.Context, from, to string, size int64) error
}

// Outbox brings the results of jobs that were made of an object in the inbox to where its owner looks for them.
type Outbox struct{ bucket outboxBucket }

// NewOutbox is the outbox of that bucket.
func NewOutbox(bucket outboxBucket) *Outbox { return &Outbox{bucket} }

// Fill copies the outputs of j, which has ended, to the outbox, and then writes its report. Doing it again does no harm.
// What an earlier job for an object of that name has left there is overwritten or stays; the report names what is j's.
func (o *Outbox) Fill(ctx context.Context, j job.Job) error {
	p, err := placeOf(j.Inbox)
	if err != nil {
		return fmt.Errorf("fill outbox for %q: %w", j.Inbox, err)
	}
	keys := p.outputKeys(j)
	g, copying := errgroup.WithContext(ctx)
	g.SetLimit(copies)
	for i, output := range j.Outputs {
		g.Go(func() error { return o.bucket.Copy(copying, output.Key, keys[i], output.Bytes) })
	}
	if err := g.Wait(); err != nil {
		return fmt.Errorf("fill outbox: %w", err)
	}
	r, err := o.report(j, keys)
	if err != nil {
		return fmt.Errorf("report job %s: %w", j.ID, err)
	}
	return write(ctx, o.bucket, p, r)
}

func (o *Outbox) report(j job.Job, keys []string) (Report, error) {
	r := Report{Input: j.Inbox, ID: j.ID, Status: string(j.State), At: j.FinishedAt, Outputs: make([]File, len(keys))}
	links := map[string]string{}
	for i, output := range j.Outputs {
		r.Outputs[i] = File{Name: output.Name, Key: keys[i], ContentType: output.ContentType, Bytes: output.Bytes}
		links[output.Name] = job.Object{Bucket: o.bucket.Name(), Key: keys[i]}.URL()
	}
	if j.Failure != nil {
		r.Error = &Problem{Code: string(j.Failure.Code), Message: j.Failure.Message}
	}
	var shown any = transcodes.Show(j, transcodes.View{Bucket: o.bucket.Name()})
	if j.API == job.FFmpeg {
		shown = ffmpegapi.Show(j, func(output job.Output) string { return links[output.Name] })
	}
	text, err := transcodes.Encode(shown)
	r.Job = text
	return r, err
}

// write puts a report into the outbox, indented: people read it.
func write(ctx context.Context, bucket putter, p place, r Report) error {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(r); err != nil {
		return fmt.Errorf("write report on %s: %w", r.Input, err)
	}
	if err := bucket.PutBytes(ctx, p.reportKey(), text.Bytes(), "application/json"); err != nil {
		return fmt.Errorf("write report on %s: %w", r.Input, err)
	}
	return nil
}
