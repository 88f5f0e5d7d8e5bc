package sqlite

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/jobtest"
)

func TestLimits(t *testing.T) {
	t.Parallel()
	jobtest.RunLimits(t, func(t *testing.T, l job.Limits) jobtest.Table { return openTemp(t).Jobs().Limited(l) })
}

// TestLimitRace: no number of simultaneous creates and claims gets past a limit.
func TestLimitRace(t *testing.T) {
	t.Parallel()
	const callers = 50
	for name, limits := range map[string]job.Limits{
		"all": {Queued: 7}, "owner": {QueuedOwner: 7}, "both": {Queued: 9, QueuedOwner: 7, RunningOwner: 3},
	} {
		table := openTemp(t).Jobs().Limited(limits)
		stored := make(chan string, callers)
		race(callers, func(i int) {
			j := jobtest.New("alice", []job.API{job.Transcodes, job.FFmpeg}[i%2])
			switch _, _, err := table.Create(t.Context(), j); {
			case err == nil:
				stored <- j.ID
			case !isFull(err):
				t.Error(err)
			}
		})
		close(stored)
		var ids []string
		for id := range stored {
			ids = append(ids, id)
		}
		if len(ids) != 7 {
			t.Errorf("%s: %d jobs were stored, want 7", name, len(ids))
		}
		running := make(chan bool, callers)
		race(len(ids), func(i int) {
			_, err := table.Move(t.Context(), ids[i], job.Claim(time.Now(), time.Minute))
			if err == nil {
				running <- true
			} else if !isFull(err) {
				t.Error(err)
			}
		})
		want := len(ids)
		if limits.RunningOwner > 0 {
			want = limits.RunningOwner
		}
		if len(running) != want {
			t.Errorf("%s: %d jobs run, want %d", name, len(running), want)
		}
	}
}

// race runs do n times at once.
func race(n int, do func(i int)) {
	start := make(chan struct{})
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			<-start
			do(i)
		})
	}
	close(start)
	all.Wait()
}

func isFull(err error) bool {
	_, ok := errors.AsType[*job.Full](err)
	return ok
}

// TestMaxHeld: a group that holds as many as it may waits, and goes on when one of them is done with.
func TestMaxHeld(t *testing.T) {
	t.Parallel()
	q := openTemp(t).Queue("jobs", QueueConfig{Visibility: time.Minute, MaxHeld: 2})
	for i := range 4 {
		sendTo(t, q, "alice", fmt.Sprint("alice", i))
	}
	sendTo(t, q, "bob", "bob0")
	first := take(t, q)
	second := take(t, q)
	third := take(t, q)
	if d := cmp.Diff([]string{"alice0", "bob0", "alice1"}, []string{first.Body, second.Body, third.Body}); d != "" {
		t.Errorf("received (-want +got):\n%s", d)
	}
	if m, err := q.take(t.Context(), true); err != nil || m.Receipt != "" {
		t.Errorf("received %+v, %v; both groups have none that may be held", m, err)
	}
	got := make(chan job.Message, 1)
	go func() {
		m, err := q.Receive(t.Context())
		if err != nil {
			t.Error(err)
		}
		got <- m
	}()
	if err := q.Delete(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	if m := <-got; m.Body != "alice2" {
		t.Errorf("received %q, want alice2", m.Body)
	}
}

// TestLanes: whatever becomes of messages, what is known of their groups is what is there.
func TestLanes(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "fflambda.db")
	db := openAt(t, path)
	c := QueueConfig{Visibility: time.Hour, MaxReceive: 1}
	q := db.Queue("jobs", c)
	for i := range 5 {
		sendTo(t, q, "alice", fmt.Sprint(i))
	}
	if err := q.Send(t.Context(), "later", "alice", time.Hour); err != nil {
		t.Fatal(err)
	}
	wantLane(t, db, "5 ready, 0 held")
	deleted, held, back := take(t, q), take(t, q), take(t, q)
	wantLane(t, db, "2 ready, 3 held")
	must(t, q.Delete(t.Context(), deleted), q.Extend(t.Context(), held, time.Hour), q.Extend(t.Context(), back, 0))
	wantLane(t, db, "3 ready, 1 held")
	must(t, q.Extend(t.Context(), held, -time.Minute))
	wantLane(t, db, "4 ready, 0 held")
	take(t, q) // what came back first dies on the way: it was received before
	take(t, q)
	wantLane(t, db, "1 ready, 2 held")
	must(t, db.Close())

	db = openAt(t, path)
	q = db.Queue("jobs", c)
	if n, err := q.Recover(t.Context()); err != nil || n != 2 {
		t.Fatalf("recovered %d, %v", n, err)
	}
	wantLane(t, db, "3 ready, 0 held")
	if letters, err := q.Dead(t.Context(), 9); err != nil || len(letters) != 1 || letters[0].Body != held.Body {
		t.Errorf("dead letters are %v, %v; want %q", letters, err, held.Body)
	}
}

// TestLapse: a message whose holder lets its time end does not count as held any more.
func TestLapse(t *testing.T) {
	t.Parallel()
	db := openTemp(t)
	q := db.Queue("jobs", QueueConfig{Visibility: time.Minute, MaxHeld: 1})
	sendTo(t, q, "alice", "first")
	sendTo(t, q, "alice", "second")
	take(t, q)
	shift(t, db, -time.Hour)
	if m := take(t, q); m.Body != "second" { // it is due longer than the one that was given up
		t.Errorf("received %q", m.Body)
	}
	wantLane(t, db, "1 ready, 1 held")
}

// shift has the messages' times be others, as if the clock had been.
func shift(t *testing.T, db *DB, by time.Duration) {
	t.Helper()
	must(t, db.write(t.Context(), func(ctx context.Context, tx *tx) error {
		_, err := tx.ExecContext(ctx, `update message set sent = sent + ?1, due = due + ?1`, by.Milliseconds())
		return err
	}))
}

func wantLane(t *testing.T, db *DB, want string) {
	t.Helper()
	var ready, held, isReady, isHeld int
	err := db.read.QueryRowContext(t.Context(), `select ready, held,
		(select count(*) from message where grp = lane.grp and ready = 1), (select count(*) from message where grp = lane.grp and held = 1)
		from lane where queue = 'jobs' and grp = 'alice'`).Scan(&ready, &held, &isReady, &isHeld)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprintf("%d ready, %d held", ready, held); got != want || ready != isReady || held != isHeld {
		t.Errorf("%s; in fact %d and %d; want %s", got, isReady, isHeld, want)
	}
}

// TestMigrateQueue: the messages of an older version keep their turn, and get their job's owner as their group.
func TestMigrateQueue(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "fflambda.db")
	j := jobtest.New("alice", job.Transcodes)
	oldFile(t, path, j)
	db := openAt(t, path)
	q := db.Queue("jobs", QueueConfig{Visibility: time.Hour, MaxReceive: 3})
	if n, err := q.Recover(t.Context()); err != nil || n != 1 {
		t.Errorf("recovered %d, %v; want the message that was held", n, err)
	}
	if m := take(t, q); m.Body != j.ID || m.Received != 2 {
		t.Errorf("received %+v", m)
	}
	wantLane(t, db, "0 ready, 1 held")
	full := &job.Full{Limit: 1}
	_, _, err := db.Jobs().Limited(job.Limits{Queued: 1}).Create(t.Context(), jobtest.New("bob", job.FFmpeg))
	if got, ok := errors.AsType[*job.Full](err); !ok || cmp.Diff(full, got) != "" {
		t.Errorf("the job that waits is not counted: %v", err)
	}
}

// oldFile is a database of schema version 4 with a queued job, and its message, which somebody holds.
func oldFile(t *testing.T, path string, j job.Job) {
	t.Helper()
	db := openAt(t, path)
	must(t, db.write(t.Context(), func(ctx context.Context, tx *tx) error {
		for _, drop := range []string{
			"drop table lane", "drop trigger message_sent", "drop trigger message_changed", "drop trigger message_gone",
			"drop index message_ready", "drop index message_later", "create index message_due on message(queue, due) where dead = 0",
			"alter table message drop column taken", "alter table message drop column grp", "alter table message drop column ready", "alter table message drop column held",
			"drop trigger job_waits", "drop trigger job_waited", "drop trigger job_waits_no_more", "drop table waiting",
			fmt.Sprintf("pragma user_version = %d", version-1),
		} {
			if err := tx.run(ctx, drop); err != nil {
				return fmt.Errorf("%s: %w", drop, err)
			}
		}
		if _, err := tx.ExecContext(ctx, `insert into message (queue, body, sent, due, received) values ('jobs', ?, ?, ?, 1)`,
			j.ID, db.in(0), db.in(time.Hour)); err != nil {
			return err
		}
		return insert(ctx, tx, j, j.UpdatedAt)
	}), db.Close())
}

func sendTo(t testing.TB, q *Queue, group, body string) {
	t.Helper()
	must(t, q.Send(t.Context(), body, group, 0))
}

func take(t testing.TB, q *Queue) job.Message {
	t.Helper()
	m, err := q.Receive(t.Context())
	must(t, err)
	return m
}

func must(t testing.TB, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// BenchmarkFair is a message's whole life beside others that wait: each figure must be about the same.
func BenchmarkFair(b *testing.B) {
	for _, of := range []struct{ messages, groups int }{{0, 1}, {1000, 1}, {100_000, 1}, {1000, 1000}, {100_000, 1000}} {
		b.Run(fmt.Sprintf("%d of %d", of.messages, of.groups), func(b *testing.B) {
			db := openTemp(b)
			q := db.Queue("jobs", QueueConfig{Visibility: time.Hour, MaxReceive: 3, MaxHeld: 1000})
			must(b, db.write(b.Context(), func(ctx context.Context, tx *tx) error {
				for i := range of.messages {
					_, err := tx.ExecContext(ctx, `insert into message (queue, grp, body, sent, due, ready) values ('jobs', ?, ?, ?, ?, 1)`,
						fmt.Sprint("owner", i%of.groups), job.NewID(), db.in(0), db.in(0))
					if err != nil {
						return err
					}
				}
				return nil
			}))
			for b.Loop() {
				sendTo(b, q, "owner0", "x")
				must(b, q.Delete(b.Context(), take(b, q)))
			}
		})
	}
}
