package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/fflambda/fflambda/shared/job"
)

// tick is how long a receiver waits at the longest before it looks again. Messages that this process sends wake it
// at once; the tick is for those of another process on the file.
const tick = 5 * time.Second

// Receive waits for a message and takes it: for the queue's Visibility nobody else gets it.
// It returns ctx's error when ctx ends first. A message that was taken is always returned, so none is lost to a ctx.
func (q *Queue) Receive(ctx context.Context) (job.Message, error) {
	for {
		sent := q.db.sent.next() // before looking
		wait, ripe, err := q.next(ctx)
		if err == nil && wait <= 0 {
			var m job.Message
			m, err = q.take(ctx, ripe)
			if err == nil && m.Receipt != "" {
				return m, nil
			}
			if err == nil {
				continue // another receiver was faster
			}
		}
		if err == nil {
			err = q.sleep(ctx, sent, wait)
		}
		if err != nil {
			return job.Message{}, fmt.Errorf("receive from queue %s: %w", q.name, err)
		}
	}
}

// next is how long it takes until a message can be received, at most a tick, and whether some are to be made ready for
// that. Looking costs no write.
func (q *Queue) next(ctx context.Context) (wait time.Duration, ripe bool, err error) {
	var ready bool
	var due sql.NullInt64
	err = q.db.read.QueryRowContext(ctx, `select
		exists (select 1 from lane where queue = ?1 and ready > 0 and held < ?2),
		(select min(due) from message where queue = ?1 and ready = 0 and dead = 0)`, q.name, q.maxHeld()).Scan(&ready, &due)
	if err != nil {
		return tick, false, err
	}
	wait = tick
	if due.Valid {
		wait = min(tick, time.Duration(due.Int64-q.db.in(0))*time.Millisecond)
	}
	ripe = wait <= 0
	if ready {
		wait = 0
	}
	return wait, ripe, nil
}

// maxHeld is how many messages of a group may be held.
func (q *Queue) maxHeld() int {
	if q.c.MaxHeld == 0 {
		return math.MaxInt
	}
	return q.c.MaxHeld
}

// take receives the message whose turn it is. No receipt: there is none, or all are of groups that hold as many as they may.
// A message that was received often enough becomes a dead letter here, when it would be delivered once more;
// that it is counted once more makes its last receipt void.
//
// A group that is new to the queue is taken for served before all times, so it comes before all others that hold as many.
func (q *Queue) take(ctx context.Context, ripe bool) (job.Message, error) {
	var m job.Message
	err := q.db.write(ctx, func(ctx context.Context, tx *tx) error {
		if ripe {
			if err := q.ripen(ctx, tx); err != nil {
				return err
			}
		}
		for {
			var r receipt
			var body string
			var dead bool
			err := tx.QueryRowContext(ctx, `update message
				set received = received + 1, due = ?1, taken = ?2, ready = 0, dead = (?3 > 0 and received >= ?3), held = not (?3 > 0 and received >= ?3)
				where id = (select id from message where queue = ?4 and ready = 1 and grp =
					(select grp from lane where queue = ?4 and ready > 0 and held < ?5 order by held, served limit 1)
					order by due, id limit 1)
				returning id, body, received, dead`,
				q.db.in(q.c.Visibility), q.db.micros(), q.c.MaxReceive, q.name, q.maxHeld()).Scan(&r.id, &body, &r.received, &dead)
			if errors.Is(err, sql.ErrNoRows) {
				return nil
			}
			if err != nil {
				return err
			}
			if !dead {
				m = job.Message{Body: body, Receipt: r.String(), Received: r.received}
				return nil
			}
		}
	})
	return m, err
}

// ripenMax bounds what one receive makes ready, and so how long others wait for it.
const ripenMax = 1000

// ripen makes ready what has become due: delayed messages, and those whose holder let their time end.
func (q *Queue) ripen(ctx context.Context, tx *tx) error {
	_, err := tx.ExecContext(ctx, `update message set ready = 1, held = 0
		where id in (select id from message where queue = ? and ready = 0 and dead = 0 and due <= ? order by due limit ?)`,
		q.name, q.db.in(0), ripenMax)
	return err
}

// sleep waits for news, for the time that the next message is due, or for the end.
func (q *Queue) sleep(ctx context.Context, sent <-chan struct{}, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-sent:
		return nil
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-q.db.writer.stop:
		return ErrClosed
	}
}

// receipt names one delivery of one message. The next delivery has another count, so it makes this one void.
type receipt struct {
	id       int64
	received int
}

func (r receipt) String() string { return fmt.Sprintf("%d.%d", r.id, r.received) }

// parseReceipt answers job.ErrGone to a text that is no receipt of ours.
func parseReceipt(s string) (receipt, error) {
	id, received, _ := strings.Cut(s, ".")
	i, err1 := strconv.ParseInt(id, 10, 64)
	n, err2 := strconv.Atoi(received)
	if err1 != nil || err2 != nil {
		return receipt{}, job.ErrGone
	}
	return receipt{i, n}, nil
}
