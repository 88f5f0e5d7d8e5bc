// Package sqlite is the one-machine store: the table of jobs, the keys and the queue, all in one SQLite file.
//
// Start with Open; Jobs, Keys and Queue are its parts. What a call has answered is on disk (WAL, synchronous=FULL).
// All writes go through one goroutine that commits whatever waits in line together (see writer),
// reads have connections of their own and never wait for a write.
// Another process may open the same file for a short while, as `fflambda keys` does;
// there must be only one that receives from its queues.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	_ "modernc.org/sqlite" // the driver
)

// ErrClosed is the answer to writes and receivers when the DB was closed. Reads answer database/sql's own error.
var ErrClosed = errors.New("database is closed")

// readers is the size of the read pool: on two cores, more did not give more.
const readers = 4

// DB is one open file.
type DB struct {
	read   *reader
	writer *writer
	handle *sql.DB      // of the writer's one connection
	opened time.Time    // with the monotonic clock's reading
	sent   signal       // fired when a message may have become due
	shut   func() error // close, once
}

// Open opens the database file at path, makes it where there is none, and brings an older schema up to date.
// A file that is no database, or not ours, or of a newer schema than this program knows is refused and left as it is.
// The folder must exist. ctx bounds the opening only.
func Open(ctx context.Context, path string) (*DB, error) {
	abs, err := filepath.Abs(path) // connections are opened later too, when the working directory may be another
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	if err := inspect(ctx, abs); err != nil {
		return nil, fmt.Errorf("open database %s: %w", abs, err)
	}
	db, err := open(ctx, abs)
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", abs, err)
	}
	return db, nil
}

// open makes and migrates the file, and starts the writer.
func open(ctx context.Context, abs string) (*DB, error) {
	// SQLite would make the file readable for everybody; its -wal and -shm files take the mode from it.
	f, err := os.OpenFile(abs, os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // the operator's own path
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	write, err := sql.Open("sqlite", dsn(abs, "_txlock=immediate",
		"_pragma=journal_mode(WAL)", "_pragma=synchronous(FULL)", "_pragma=busy_timeout(5000)"))
	if err != nil {
		return nil, err
	}
	write.SetMaxOpenConns(1)
	if err := migrate(ctx, write); err != nil {
		return nil, errors.Join(err, write.Close())
	}
	tx, err := newTx(ctx, write)
	if err != nil {
		return nil, errors.Join(err, write.Close())
	}
	// rw: a reader that comes later must not make an empty file where ours was removed.
	read, err := sql.Open("sqlite", dsn(abs, "mode=rw", "_pragma=query_only(1)", "_pragma=busy_timeout(5000)"))
	if err != nil {
		return nil, errors.Join(err, tx.close(), write.Close())
	}
	read.SetMaxOpenConns(readers)
	read.SetMaxIdleConns(readers)
	db := &DB{read: newReader(read), handle: write, writer: newWriter(tx, file{abs, info}), opened: time.Now()}
	db.shut = sync.OnceValue(db.close)
	go db.writer.run(context.WithoutCancel(ctx))
	return db, nil
}

// Close lets the writes under way finish and closes the file. Calls that still wait in line, blocked receivers
// and every later call get an error. A second Close only repeats the first one's answer.
func (db *DB) Close() error { return db.shut() }

func (db *DB) close() error {
	db.writer.close()
	// The write handle goes last: the last connection to close merges the WAL into the file, and must be able to write.
	return errors.Join(db.read.db.Close(), db.writer.tx.close(), db.handle.Close())
}

// dsn is the URI of the file with parameters for the driver. The path is escaped: it may hold ?, # or %.
func dsn(abs string, params ...string) string {
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(abs)}
	sep := "?"
	s := u.String()
	for _, p := range params {
		s += sep + p
		sep = "&"
	}
	return s
}
