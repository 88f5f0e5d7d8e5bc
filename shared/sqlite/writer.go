package sqlite

import (
	"context"
	"fmt"
	"sync/atomic"
)

// batchMax bounds a batch, and with it how long the first in line waits for the others.
const batchMax = 256

// writer runs all writes, one after another, in one goroutine. Those that wait in line when it comes round share
// a transaction and so an fsync, each within a savepoint of its own: one that fails takes back its own changes and
// nobody else's. No caller is answered before the commit; when the commit fails, all of the batch get its error.
//
// The line is the unbuffered channel: Go serves its senders in order, and a caller whose context ends just leaves it.
type writer struct {
	tx   *tx // for the goroutine alone
	file file
	line chan *call

	beginning atomic.Bool // while it waits for the right to write, which another process may have

	stop chan struct{} // closed by close
	done chan struct{} // closed when run has returned
}

// call is one caller in line.
type call struct {
	ctx    context.Context
	do     func(context.Context, *tx) error
	answer chan error // holds one, so that the writer never waits for a caller
}

func newWriter(tx *tx, f file) *writer {
	return &writer{tx: tx, file: f, line: make(chan *call), stop: make(chan struct{}), done: make(chan struct{})}
}

// write runs do in the writer's transaction and returns once that is on disk, or with the error that undid it.
// When ctx ends in the line, do is not run. After that the outcome is always waited for, so it is always known.
//
// do must use the context that it is given, and neither keep the tx nor do slow work: others wait.
func (db *DB) write(ctx context.Context, do func(context.Context, *tx) error) error {
	c := &call{ctx: ctx, do: do, answer: make(chan error, 1)}
	select {
	case db.writer.line <- c:
		return fault(<-c.answer)
	case <-ctx.Done():
		return ctx.Err()
	case <-db.writer.stop:
		return ErrClosed
	}
}

// run serves the line until close. ctx must not end: SQLite undoes the whole transaction of an interrupted
// statement, so no caller's context reaches it.
func (w *writer) run(ctx context.Context) {
	defer close(w.done)
	for {
		select {
		case c := <-w.line:
			w.commit(ctx, w.gather(c))
		case <-w.stop:
			return
		}
	}
}

// close stops run after the batch under way and waits for it. It is called once.
func (w *writer) close() {
	close(w.stop)
	<-w.done
}

// gather takes whoever else waits.
func (w *writer) gather(first *call) []*call {
	batch := []*call{first}
	for len(batch) < batchMax {
		select {
		case c := <-w.line:
			batch = append(batch, c)
		default:
			return batch
		}
	}
	return batch
}

// commit runs the batch and answers everybody in it.
func (w *writer) commit(ctx context.Context, batch []*call) {
	answers := make([]error, len(batch))
	if err := w.transact(ctx, batch, answers); err != nil {
		for i := range answers {
			answers[i] = err
		}
	}
	for i, c := range batch {
		c.answer <- answers[i]
	}
}

// transact fills answers with each caller's own outcome. An error means that nothing of the batch was written.
func (w *writer) transact(ctx context.Context, batch []*call, answers []error) (err error) {
	tx := w.tx
	if err := w.begin(ctx); err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() {
		if err != nil {
			tx.run(ctx, "rollback") //nolint:errcheck // fails where SQLite has rolled back already
		}
	}()
	for i, c := range batch {
		if answers[i] = c.ctx.Err(); answers[i] != nil {
			continue // nobody wants it any more
		}
		if answers[i], err = c.run(ctx, tx); err != nil {
			return err
		}
	}
	if err := tx.run(ctx, "commit"); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// begin waits for the right to write, and makes sure that what is written will be found again.
func (w *writer) begin(ctx context.Context) error {
	if err := w.file.there(); err != nil {
		return err
	}
	w.beginning.Store(true)
	defer w.beginning.Store(false)
	return w.tx.run(ctx, "begin immediate")
}

// run runs one caller in a savepoint. refused is the caller's own error, whose changes are undone; broken is one after
// which the whole transaction must go. A full disk, for one, can make SQLite roll back all of it,
// and the savepoint is gone with it.
func (c *call) run(ctx context.Context, tx *tx) (refused, broken error) {
	if err := tx.run(ctx, "savepoint caller"); err != nil {
		return nil, fmt.Errorf("savepoint: %w", err)
	}
	if refused = c.do(ctx, tx); refused != nil {
		if err := tx.run(ctx, "rollback to caller"); err != nil {
			return nil, refused
		}
	}
	if err := tx.run(ctx, "release caller"); err != nil {
		return nil, fmt.Errorf("release: %w", err)
	}
	return refused, nil
}
