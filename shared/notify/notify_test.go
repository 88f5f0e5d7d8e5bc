package notify_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/jobtest"
	"github.com/fflambda/fflambda/shared/notify"
)

// answer is how package hooks words a failed try.
type answer struct{ final bool }

func (a *answer) Error() string { return "https://h.example answered badly" }
func (a *answer) Final() bool   { return a.final }

func TestDeliveredOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	j := d.ended(t, "https://h.example/", "inbox/alice/a.mov")
	d.handle(t, j.ID)
	d.handle(t, j.ID) // the message comes twice
	if diff := cmp.Diff([]string{"outbox", "webhook"}, d.calls); diff != "" {
		t.Error(diff)
	}
	want := job.Notice{Tries: 1, Calls: job.Calls{Count: 1, Status: 204, DeliveredAt: job.Milli(d.clock.now())}}
	if diff := cmp.Diff(want, d.notice(t, j.ID)); diff != "" {
		t.Error(diff)
	}
	if got := d.queue.taken(); len(got) > 0 {
		t.Errorf("sent %q", got)
	}
}

func TestOnlyWhatWasAskedForIsTold(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		webhook, inbox string
		want           []string
	}{
		"webhook": {"https://h.example/", "", []string{"webhook"}},
		"inbox":   {"", "inbox/alice/a.mov", []string{"outbox"}},
		"nothing": {"", "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.handle(t, d.ended(t, c.webhook, c.inbox).ID)
			if diff := cmp.Diff(c.want, d.calls); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestScheduleOfTries(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.post = &answer{}
	j := d.ended(t, "https://h.example/", "")
	const text = "https://h.example answered badly"
	for i, pause := range []time.Duration{5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 15 * time.Minute} {
		d.handle(t, j.ID)
		want := job.Notice{DueAt: job.Milli(d.clock.now().Add(pause)), Tries: i + 1, Error: text, Calls: job.Calls{Count: i + 1, Status: 503}}
		if diff := cmp.Diff(want, d.notice(t, j.ID)); diff != "" {
			t.Errorf("after try %d:\n%s", i+1, diff)
		}
		if diff := cmp.Diff([]string{j.ID + " in " + pause.String()}, d.queue.taken()); diff != "" {
			t.Errorf("after try %d:\n%s", i+1, diff)
		}
		d.clock.add(pause)
	}
	d.handle(t, j.ID)
	d.handle(t, j.ID)
	calls := job.Calls{Count: 6, Status: 503}
	if diff := cmp.Diff(job.Notice{Tries: 6, Error: text, Calls: calls}, d.notice(t, j.ID)); diff != "" {
		t.Errorf("given up:\n%s", diff)
	}
	if got := d.queue.taken(); len(got) > 0 || len(d.calls) != 6 {
		t.Errorf("sent %q, called %d times", got, len(d.calls))
	}

	// Told anew, it has all its tries again, and the calls are counted on.
	if _, err := d.db.Jobs().Move(t.Context(), j.ID, job.Retell(d.clock.now(), d.notice(t, j.ID))); err != nil {
		t.Fatal(err)
	}
	d.handle(t, j.ID)
	calls.Count = 7
	again := job.Notice{DueAt: job.Milli(d.clock.now().Add(5 * time.Second)), Tries: 1, Error: text, Calls: calls}
	if diff := cmp.Diff(again, d.notice(t, j.ID)); diff != "" {
		t.Errorf("told anew:\n%s", diff)
	}
	d.clock.add(5 * time.Second)
	d.post = nil
	d.handle(t, j.ID)
	delivered := job.Notice{Tries: 2, Calls: job.Calls{Count: 8, Status: 204, DeliveredAt: job.Milli(d.clock.now())}}
	if diff := cmp.Diff(delivered, d.notice(t, j.ID)); diff != "" {
		t.Errorf("delivered at last:\n%s", diff)
	}
}

func TestFinalAnswerStops(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.post = &answer{final: true}
	j := d.ended(t, "https://h.example/", "")
	d.handle(t, j.ID)
	want := job.Notice{Tries: 1, Error: "https://h.example answered badly", Calls: job.Calls{Count: 1, Status: 503}}
	if diff := cmp.Diff(want, d.notice(t, j.ID)); diff != "" {
		t.Error(diff)
	}
	if got := d.queue.taken(); len(got) > 0 {
		t.Errorf("sent %q", got)
	}
}

func TestEarlyMessageIsSentAgain(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.post = &answer{}
	j := d.ended(t, "https://h.example/", "")
	d.handle(t, j.ID)
	d.queue.taken()
	d.clock.at = d.notice(t, j.ID).DueAt.Add(-3 * time.Second)
	d.handle(t, j.ID)
	if diff := cmp.Diff([]string{j.ID + " in 3s"}, d.queue.taken()); diff != "" || len(d.calls) != 1 {
		t.Errorf("called %d times; %s", len(d.calls), diff)
	}
	d.clock.add(time.Second) // two seconds early are near enough
	d.handle(t, j.ID)
	if len(d.calls) != 2 {
		t.Errorf("called %d times", len(d.calls))
	}
}

// The webhook announces what is there. Where that cannot be brought about, it comes with the last try.
func TestWebhookWaitsForTheOutbox(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.fill = errors.New("AccessDenied: arn:aws:s3:::secret")
	j := d.ended(t, "https://h.example/", "inbox/alice/a.mov")
	want := []string{"outbox"}
	for i := range 5 {
		d.handle(t, j.ID)
		n := d.notice(t, j.ID)
		if n.Error != "the outbox could not be filled" || n.Tries != i+1 {
			t.Errorf("got %+v", n)
		}
		want = append(want, "outbox")
		d.clock.add(15 * time.Minute)
	}
	d.post = &answer{}
	d.handle(t, j.ID)
	if diff := cmp.Diff(append(want, "webhook"), d.calls); diff != "" {
		t.Error(diff)
	}
	last := job.Notice{Tries: 6, Calls: job.Calls{Count: 1, Status: 503}, Error: "the outbox could not be filled; https://h.example answered badly"}
	if diff := cmp.Diff(last, d.notice(t, j.ID)); diff != "" {
		t.Error(diff)
	}
}

func TestOurOwnTroubleIsToldWithoutItsReason(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.post = errors.New("secret")
	j := d.ended(t, "https://h.example/", "")
	d.handle(t, j.ID)
	if got := d.notice(t, j.ID); got.Error != "the webhook could not be called" || got.DueAt.IsZero() || got.Tries != 1 || got.Calls.Count != 0 {
		t.Errorf("got %+v", got)
	}
}

func TestMessagesThatNeedNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	running := jobtest.New("alice", job.FFmpeg)
	running.WebhookURL = "https://h.example/"
	if _, _, err := d.db.Jobs().Create(t.Context(), running); err != nil {
		t.Fatal(err)
	}
	for _, body := range []string{"", "nonsense", job.NewID(), running.ID} {
		d.handle(t, body)
	}
	if len(d.calls) > 0 || len(d.queue.taken()) > 0 {
		t.Errorf("did %q", d.calls)
	}
}

// Another notifier with the same message was faster: it has noted its try and sent the next message.
func TestLostRace(t *testing.T) {
	t.Parallel()
	var d *desk
	d = newDesk(t, func(c *notify.Config) {
		c.Post = func(ctx context.Context, j job.Job, _ []byte) (int, error) {
			_, err := d.db.Jobs().Move(ctx, j.ID, job.Tell(0, job.Notice{Tries: 1}))
			return 503, errors.Join(err, &answer{})
		}
	})
	j := d.ended(t, "https://h.example/", "")
	d.handle(t, j.ID)
	if diff := cmp.Diff(job.Notice{Tries: 1}, d.notice(t, j.ID)); diff != "" {
		t.Error(diff)
	}
	if got := d.queue.taken(); len(got) > 0 {
		t.Errorf("sent %q", got)
	}
}

func TestTryThatWeCutOffIsNone(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	d := newDesk(t, func(c *notify.Config) {
		c.Post = func(ctx context.Context, _ job.Job, _ []byte) (int, error) {
			cancel()
			return 0, ctx.Err()
		}
	})
	j := d.ended(t, "https://h.example/", "")
	if err := d.Handle(ctx, j.ID); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if diff := cmp.Diff(j.Notice, d.notice(t, j.ID)); diff != "" {
		t.Error(diff)
	}
}

// table fails as a store does that is out of reach.
type table struct{ find, move error }

func (f table) Find(_ context.Context, id string) (job.Job, error) {
	return job.Job{ID: id, State: job.Failed, WebhookURL: "https://h.example/", Notice: job.Notice{DueAt: time.Unix(1, 0)}}, f.find
}

func (f table) Move(context.Context, string, job.Move) (job.Job, error) { return job.Job{}, f.move }

func TestBusyStoreBringsTheMessageBack(t *testing.T) {
	t.Parallel()
	busy := fmt.Errorf("throttled: %w", job.ErrBusy)
	for _, f := range []table{{find: busy}, {move: busy}} {
		d := newDesk(t, func(c *notify.Config) { c.Jobs = f })
		if err := d.Handle(t.Context(), job.NewID()); !errors.Is(err, job.ErrBusy) {
			t.Errorf("%+v: got %v", f, err)
		}
	}
	// A queue that is out of reach is another matter: the next try is noted, and rescue sends its message.
	d := newDesk(t)
	d.queue.err, d.post = busy, &answer{}
	d.handle(t, d.ended(t, "https://h.example/", "").ID)
}
