package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
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
		wait, err := q.untilDue(ctx)
		if err == nil && wait <= 0 {
			var m job.Message
			m, err = q.take(ctx)
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

// untilDue is how long it takes until the next message is due, at most a tick. Looking costs no write.
func (q *Queue) untilDue(ctx context.Context) (time.Duration, error) {
	var next sql.NullInt64
	err := q.db.read.QueryRowContext(ctx, `select min(due) from message where queue = ? and dead = 0`, q.name).Scan(&next)
	if err != nil || !next.Valid {
		return tick, err
	}
	return min(tick, time.Duration(next.Int64-q.db.in(0))*time.Millisecond), nil
}

// take receives the message that is due the longest. No receipt: there is none.
// A message that was received often enough becomes a dead letter here, when it would be delivered once more;
// that it is counted once more makes its last receipt void.
func (q *Queue) take(ctx context.Context) (job.Message, error) {
	var m job.Message
	err := q.db.write(ctx, func(ctx context.Context, tx *tx) error {
		for {
			var r receipt
			var body string
			var dead bool
			err := tx.QueryRowContext(ctx, `update message
				set received = received + 1, due = ?1, dead = (?2 > 0 and received >= ?2)
				where id = (select id from message where queue = ?3 and dead = 0 and due <= ?4 order by due, id limit 1)
				returning id, body, received, dead`,
				q.db.in(q.c.Visibility), q.c.MaxReceive, q.name, q.db.in(0)).Scan(&r.id, &body, &r.received, &dead)
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
