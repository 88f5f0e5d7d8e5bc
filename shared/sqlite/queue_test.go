package sqlite

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fflambda/fflambda/shared/job"
)

// TestQueueOrder: messages come in the order in which they were sent, and queues of one file do not mix.
func TestQueueOrder(t *testing.T) {
	t.Parallel()
	db := openTemp(t)
	c := QueueConfig{Visibility: time.Minute, MaxReceive: 3}
	for i := range 50 {
		for _, name := range []string{"jobs", "webhooks"} {
			if err := db.Queue(name, c).Send(t.Context(), fmt.Sprint(name, i), "", 0); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i := range 50 {
		m, err := db.Queue("jobs", c).Receive(t.Context())
		if want := fmt.Sprint("jobs", i); err != nil || m.Body != want {
			t.Fatalf("received %q, %v; want %q", m.Body, err, want)
		}
		if err := db.Queue("webhooks", c).Delete(t.Context(), m); !errors.Is(err, job.ErrGone) {
			t.Fatalf("Delete from another queue: %v, want job.ErrGone", err)
		}
	}
}

// TestReceiptReuse: the receipt of a deleted message does not fit the next message, though the table was empty between.
func TestReceiptReuse(t *testing.T) {
	t.Parallel()
	q := openTemp(t).Queue("jobs", QueueConfig{Visibility: time.Minute})
	take := func() job.Message {
		t.Helper()
		if err := q.Send(t.Context(), "x", "", 0); err != nil {
			t.Fatal(err)
		}
		m, err := q.Receive(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	first := take()
	if err := q.Delete(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	take()
	if err := q.Delete(t.Context(), first); !errors.Is(err, job.ErrGone) {
		t.Errorf("Delete with an old receipt: %v, want job.ErrGone", err)
	}
}

// TestRecover: after a restart, what a dead process held comes at once; delayed messages keep their time.
func TestRecover(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "fflambda.db")
	c := QueueConfig{Visibility: time.Hour, MaxReceive: 3}
	db := openAt(t, path)
	q := db.Queue("jobs", c)
	for body, delay := range map[string]time.Duration{"held": 0, "delayed": time.Hour} {
		if err := q.Send(t.Context(), body, "", delay); err != nil {
			t.Fatal(err)
		}
	}
	held, err := q.Receive(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	wantCounts(t, q, Counts{Waiting: 1, InFlight: 1})
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}

	q = openAt(t, path).Queue("jobs", c)
	for _, want := range []int{1, 0} {
		if n, err := q.Recover(t.Context()); err != nil || n != want {
			t.Errorf("recovered %d, %v; want %d", n, err, want)
		}
	}
	wantCounts(t, q, Counts{Waiting: 2})
	m, err := q.Receive(t.Context())
	if err != nil || m.Body != "held" || m.Received != 2 {
		t.Errorf("received %+v, %v; want the held message for the second time", m, err)
	}
	if err := q.Delete(t.Context(), held); !errors.Is(err, job.ErrGone) {
		t.Errorf("Delete with the dead process's receipt: %v, want job.ErrGone", err)
	}
}

// TestClockWentBack: a message that an earlier process sent with a clock an hour ahead is not kept waiting for that hour.
func TestClockWentBack(t *testing.T) {
	t.Parallel()
	db := openTemp(t)
	q := db.Queue("jobs", QueueConfig{Visibility: time.Hour})
	for body, delay := range map[string]time.Duration{"at once": 0, "delayed": time.Hour} {
		if err := q.Send(t.Context(), body, "", delay); err != nil {
			t.Fatal(err)
		}
	}
	shift(t, db, time.Hour)
	if _, err := q.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	var due int64
	if err := db.read.QueryRowContext(t.Context(), `select due from message where body = 'delayed'`).Scan(&due); err != nil || due > db.in(time.Hour) {
		t.Errorf("the delayed message is due in %d ms, %v; want an hour at most", due-db.in(0), err)
	}
	m, err := q.Receive(t.Context())
	if err != nil || m.Body != "at once" {
		t.Errorf("received %+v, %v", m, err)
	}
	if wait, _, err := q.next(t.Context()); err != nil || wait != tick {
		t.Errorf("the delayed message is due in %s, %v", wait, err)
	}
}

// TestDeadLetters: they are counted, listed oldest first, and go when they are deleted.
func TestDeadLetters(t *testing.T) {
	t.Parallel()
	q := openTemp(t).Queue("jobs", QueueConfig{Visibility: time.Hour, MaxReceive: 1})
	for _, body := range []string{"a", "b", "c"} {
		if err := q.Send(t.Context(), body, "", 0); err != nil {
			t.Fatal(err)
		}
		m, err := q.Receive(t.Context())
		if err == nil {
			err = q.Extend(t.Context(), m, 0)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	// a and b died when the one after them was received, c does so now.
	if err := q.Send(t.Context(), "alive", "", 0); err != nil {
		t.Fatal(err)
	}
	if m, err := q.Receive(t.Context()); err != nil || m.Body != "alive" {
		t.Fatalf("received %q, %v", m.Body, err)
	}
	wantCounts(t, q, Counts{InFlight: 1, Dead: 3})
	letters, err := q.Dead(t.Context(), 2)
	if err != nil {
		t.Fatal(err)
	}
	bodies := []string{}
	for _, m := range letters {
		bodies = append(bodies, m.Body)
		if err := q.Extend(t.Context(), m, 0); !errors.Is(err, job.ErrGone) {
			t.Errorf("Extend of a dead letter: %v, want job.ErrGone", err)
		}
		if err := q.Delete(t.Context(), m); err != nil {
			t.Error(err)
		}
	}
	if d := cmp.Diff([]string{"a", "b"}, bodies); d != "" {
		t.Errorf("dead letters (-want +got):\n%s", d)
	}
	wantCounts(t, q, Counts{InFlight: 1, Dead: 1})
}

func wantCounts(t *testing.T, q *Queue, want Counts) {
	t.Helper()
	got, err := q.Count(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("counts (-want +got):\n%s", d)
	}
}
