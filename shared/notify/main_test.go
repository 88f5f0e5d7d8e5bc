package notify_test

import (
	"context"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/jobtest"
	"github.com/fflambda/fflambda/shared/notify"
	"github.com/fflambda/fflambda/shared/sqlite"
)

// clock is a clock that stands still until it is set.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// sent is a queue that keeps what is sent to it.
type sent struct {
	mu       sync.Mutex
	messages []string
	err      error
}

func (s *sent) Send(_ context.Context, body, _ string, delay time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.messages = append(s.messages, body+" in "+delay.String())
	return s.err
}

// taken is what was sent since it was asked last.
func (s *sent) taken() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	got := s.messages
	s.messages = nil
	return got
}

type fillFunc func(ctx context.Context, j job.Job) error

func (f fillFunc) Fill(ctx context.Context, j job.Job) error { return f(ctx, j) }

// desk is a notifier on a real table.
type desk struct {
	*notify.Notifier
	db    *sqlite.DB
	clock *clock
	queue *sent
	calls []string // of the outbox and of the webhook
	fill  error
	post  error
}

func newDesk(t *testing.T, change ...func(*notify.Config)) *desk {
	t.Helper()
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "test.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	d := &desk{db: db, clock: &clock{at: time.Now()}, queue: &sent{}}
	c := notify.Config{
		Jobs: db.Jobs(), Queue: d.queue,
		Outbox: fillFunc(func(context.Context, job.Job) error {
			d.calls = append(d.calls, "outbox")
			return d.fill
		}),
		Post: func(context.Context, job.Job, []byte) (int, error) {
			d.calls = append(d.calls, "webhook")
			if d.post == nil {
				return 204, nil
			}
			return 503, d.post
		},
		Link: func(_ job.Job, o job.Output) string { return "https://files.example/" + o.Name },
		Now:  d.clock.now, Log: slog.New(slog.DiscardHandler),
	}
	for _, f := range change {
		f(&c)
	}
	d.Notifier = notify.New(c)
	return d
}

// ended stores a job that has succeeded.
func (d *desk) ended(t *testing.T, webhook, inbox string) job.Job {
	t.Helper()
	j := jobtest.New("alice", job.FFmpeg)
	j.WebhookURL, j.Inbox, j.KeyID = webhook, inbox, "0a1b2c3d"
	if _, _, err := d.db.Jobs().Create(t.Context(), j); err != nil {
		t.Fatal(err)
	}
	if _, err := d.db.Jobs().Move(t.Context(), j.ID, job.Claim(d.clock.now(), time.Minute)); err != nil {
		t.Fatal(err)
	}
	outputs := []job.Output{{Name: "out.mp4", Key: job.OutputKey(j.ID, 1, "out.mp4"), ContentType: "video/mp4", Bytes: 7}}
	j, err := d.db.Jobs().Move(t.Context(), j.ID, job.Succeed(d.clock.now(), 1, outputs))
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func (d *desk) notice(t *testing.T, id string) job.Notice {
	t.Helper()
	j, err := d.db.Jobs().Find(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return j.Notice
}

func (d *desk) handle(t *testing.T, id string) {
	t.Helper()
	if err := d.Handle(t.Context(), id); err != nil {
		t.Fatal(err)
	}
}
