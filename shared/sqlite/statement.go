package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"sync"
)

// SQLite takes about as long to prepare a statement as to run a short one, so each is prepared once a connection.
// The texts are few: they are made of constants, never of values.

// querier is a *reader, a *tx, or one of database/sql's.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// reader is the pool of connections that only read.
type reader struct {
	db       *sql.DB
	mu       sync.Mutex
	prepared map[string]*sql.Stmt // database/sql prepares them on each connection that needs them
}

func newReader(db *sql.DB) *reader { return &reader{db: db, prepared: map[string]*sql.Stmt{}} }

func (r *reader) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	r.mu.Lock()
	s, ok := r.prepared[query]
	r.mu.Unlock()
	if ok {
		return s, nil
	}
	s, err := r.db.PrepareContext(ctx, query) // not under the lock: it can wait for a connection
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if first, ok := r.prepared[query]; ok {
		return first, s.Close()
	}
	r.prepared[query] = s
	return s, nil
}

// QueryContext is sql.DB's, prepared.
func (r *reader) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	s, err := r.prepare(ctx, query)
	if err != nil {
		return nil, fault(err)
	}
	rows, err := s.QueryContext(ctx, args...)
	return rows, fault(err)
}

// QueryRowContext is sql.DB's, prepared.
func (r *reader) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	s, err := r.prepare(ctx, query)
	if err != nil {
		return r.db.QueryRowContext(ctx, query, args...) // for its error
	}
	return s.QueryRowContext(ctx, args...)
}

// tx is the one connection that writes, and in a call of DB.write the transaction on it. Only the writer goroutine uses it.
type tx struct {
	conn     *sql.Conn
	prepared map[string]*sql.Stmt
	newest   map[listed]int64 // see stamp
}

// newTx takes db's one connection.
func newTx(ctx context.Context, db *sql.DB) (*tx, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return &tx{conn: conn, prepared: map[string]*sql.Stmt{}, newest: map[listed]int64{}}, nil
}

// close gives the connection back. database/sql leaves it to us to end the statements of a single connection;
// while one is open, so is the file.
func (t *tx) close() error {
	var errs []error
	for _, s := range t.prepared {
		errs = append(errs, s.Close())
	}
	return errors.Join(append(errs, t.conn.Close())...)
}

func (t *tx) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	if s, ok := t.prepared[query]; ok {
		return s, nil
	}
	s, err := t.conn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	t.prepared[query] = s
	return s, nil
}

// ExecContext is sql.Tx's, prepared.
func (t *tx) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	s, err := t.prepare(ctx, query)
	if err != nil {
		return nil, err
	}
	return s.ExecContext(ctx, args...)
}

// QueryRowContext is sql.Tx's, prepared.
func (t *tx) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	s, err := t.prepare(ctx, query)
	if err != nil {
		return t.conn.QueryRowContext(ctx, query, args...) // for its error
	}
	return s.QueryRowContext(ctx, args...)
}

// run is ExecContext for a statement without a result.
func (t *tx) run(ctx context.Context, statement string) error {
	_, err := t.ExecContext(ctx, statement)
	return err
}
