package sqlite

import (
	"context"
	"fmt"
	"time"

	"github.com/fflambda/fflambda/shared/job"
)

// QueueConfig is how a queue delivers.
type QueueConfig struct {
	Visibility time.Duration // how long a received message is hidden from other receivers; Extend prolongs it
	MaxReceive int           // a message that was received so often without a Delete becomes a dead letter; 0: never
	MaxHeld    int           // messages of one group that are held at the same time; 0: any number
}

// Queue delivers messages at least once. Groups take turns: the next message is of the group that holds the fewest,
// of several the one that was served longest ago, and in a group the one that is due the longest. So a group with many
// waiting does not keep another one waiting. What a turn costs depends neither on the messages nor on the groups.
//
// Its times are the wall clock's as it was when the file was opened, plus the time that has passed since: a clock that
// is set while the process runs changes nothing. One that went back between two processes is seen to by Recover.
type Queue struct {
	db   *DB
	name string
	c    QueueConfig
}

// Queue returns the queue of that name. It needs no making, and every Queue of one name is the same one.
func (db *DB) Queue(name string, c QueueConfig) *Queue { return &Queue{db, name, c} }

// Send puts body in the queue, to be received after delay. Messages of one group are one owner's. It wakes a blocked Receive.
func (q *Queue) Send(ctx context.Context, body, group string, delay time.Duration) error {
	err := q.db.write(ctx, func(ctx context.Context, tx *tx) error {
		_, err := tx.ExecContext(ctx, `insert into message (queue, grp, body, sent, due, ready) values (?, ?, ?, ?, ?, ?)`,
			q.name, group, body, q.db.in(0), q.db.in(delay), delay <= 0)
		return err
	})
	if err != nil {
		return fmt.Errorf("send to queue %s: %w", q.name, err)
	}
	q.db.sent.fire()
	return nil
}

// Extend hides m for that long from now. Zero gives it back at once. job.ErrGone: m is not the caller's any more.
func (q *Queue) Extend(ctx context.Context, m job.Message, visibility time.Duration) error {
	r, err := parseReceipt(m.Receipt)
	if err != nil {
		return err
	}
	err = q.db.write(ctx, func(ctx context.Context, tx *tx) error {
		res, err := tx.ExecContext(ctx, `update message set due = ?1, ready = ?2 <= 0, held = ?2 > 0
			where id = ?3 and received = ?4 and queue = ?5 and dead = 0`,
			q.db.in(visibility), visibility, r.id, r.received, q.name)
		return expectRow(res, err, job.ErrGone)
	})
	if err != nil {
		return fmt.Errorf("extend message in queue %s: %w", q.name, err)
	}
	q.db.sent.fire() // it may be due earlier than before
	return nil
}

// Delete ends m, or a dead letter. job.ErrGone: m is not the caller's any more.
func (q *Queue) Delete(ctx context.Context, m job.Message) error {
	r, err := parseReceipt(m.Receipt)
	if err != nil {
		return err
	}
	err = q.db.write(ctx, func(ctx context.Context, tx *tx) error {
		res, err := tx.ExecContext(ctx, `delete from message where id = ? and received = ? and queue = ?`,
			r.id, r.received, q.name)
		return expectRow(res, err, job.ErrGone)
	})
	if err != nil {
		return fmt.Errorf("delete message from queue %s: %w", q.name, err)
	}
	if q.c.MaxHeld > 0 {
		q.db.sent.fire() // its group may have room again
	}
	return nil
}

// Recover makes every message that somebody holds receivable at once, and says how many those are.
// It is for the start of the only server on the file, when whoever held one is dead.
// Messages of the future, sent before the clock went back, get their delay from now on.
func (q *Queue) Recover(ctx context.Context) (int, error) {
	var n int64
	err := q.db.write(ctx, func(ctx context.Context, tx *tx) error {
		now := q.db.in(0)
		if _, err := tx.ExecContext(ctx, `update message set due = ?1 + due - sent, sent = ?1
			where queue = ?2 and dead = 0 and sent > ?1`, now, q.name); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `update lane set served = ?1 where queue = ?2 and served > ?1`, q.db.micros(), q.name); err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, `update message set due = ?1, ready = 1, held = 0
			where queue = ?2 and ready = 0 and dead = 0 and held = 1`, now, q.name)
		if err != nil {
			return err
		}
		n, err = res.RowsAffected()
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("recover queue %s: %w", q.name, err)
	}
	q.db.sent.fire()
	return int(n), nil
}

// Counts is how many messages a queue holds.
type Counts struct {
	Waiting  int // never received, or to be received again; delayed ones too
	InFlight int // held by a receiver
	Dead     int
}

// Count counts the messages. It reads each of those that are not dead.
func (q *Queue) Count(ctx context.Context) (Counts, error) {
	var c Counts
	err := q.db.read.QueryRowContext(ctx, `select
			count(*) filter (where received = 0 or due <= ?1),
			count(*) filter (where received > 0 and due > ?1),
			(select count(*) from message where queue = ?2 and dead = 1)
		from message where queue = ?2 and dead = 0`, q.db.in(0), q.name).Scan(&c.Waiting, &c.InFlight, &c.Dead)
	if err != nil {
		return Counts{}, fmt.Errorf("count queue %s: %w", q.name, err)
	}
	return c, nil
}

// Dead lists dead letters, the oldest first. They stay until somebody deletes them.
func (q *Queue) Dead(ctx context.Context, limit int) (letters []job.Message, err error) {
	rows, err := q.db.read.QueryContext(ctx,
		`select id, body, received from message where queue = ? and dead = 1 order by id limit ?`, q.name, max(limit, 0))
	if err != nil {
		return nil, fmt.Errorf("list dead letters of queue %s: %w", q.name, err)
	}
	defer rows.Close() //nolint:errcheck // Err below tells
	for rows.Next() {
		var m job.Message
		var r receipt
		if err := rows.Scan(&r.id, &m.Body, &r.received); err != nil {
			return nil, fmt.Errorf("list dead letters of queue %s: %w", q.name, err)
		}
		m.Receipt = r.String()
		m.Received = r.received - 1 // the last count is that of its death, see take
		letters = append(letters, m)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list dead letters of queue %s: %w", q.name, err)
	}
	return letters, nil
}

// in is the queues' time after d, in milliseconds.
func (db *DB) in(d time.Duration) int64 {
	return db.opened.Add(time.Since(db.opened) + d).UnixMilli() // Since goes by the monotonic clock
}

// micros is the queues' time in microseconds: no two turns are at the same time.
func (db *DB) micros() int64 { return db.opened.Add(time.Since(db.opened)).UnixMicro() }
