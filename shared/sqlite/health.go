package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/fflambda/fflambda/shared/job"
)

// Check writes and reads a row, for the health check. It fails where writing does: on a disk that is full
// or has become read-only, and where the writer is held up for longer than ctx allows. What is known of the reason is
// a *job.Fault.
func (db *DB) Check(ctx context.Context) error {
	answer := make(chan error, 1)
	go func() { answer <- db.touch(ctx) }() // a write that has begun is not given up with ctx
	var err error
	select {
	case err = <-answer:
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err == nil {
		return nil
	}
	if ctx.Err() != nil && db.writer.beginning.Load() {
		return fmt.Errorf("check database: %w", &job.Fault{Why: whyLocked, Err: err})
	}
	return fmt.Errorf("check database: %w", db.disk(err))
}

func (db *DB) touch(ctx context.Context) error {
	at := db.in(0)
	err := db.write(ctx, func(ctx context.Context, tx *tx) error {
		_, err := tx.ExecContext(ctx, `insert into health (id, at) values (1, ?1) on conflict do update set at = ?1`, at)
		return err
	})
	if err != nil {
		return fmt.Errorf("write: %w", err)
	}
	var got int64
	if err := db.read.QueryRowContext(ctx, `select at from health`).Scan(&got); err != nil {
		return fmt.Errorf("read: %w", fault(err))
	}
	return nil
}

// disk asks the folder of the file what SQLite does not tell: why it could not write. Where the folder can be written,
// or does not know either, it is err.
func (db *DB) disk(err error) error {
	if f, ok := errors.AsType[*job.Fault](err); ok && f.Why != job.WhyFails {
		return err
	}
	probe, diskErr := os.CreateTemp(filepath.Dir(db.writer.file.path), ".health-*")
	if diskErr == nil {
		_, diskErr = probe.Write(make([]byte, 64<<10))
		_, _ = probe.Close(), os.Remove(probe.Name())
	}
	if why, ok := errors.AsType[*job.Fault](job.DiskFault(diskErr)); ok {
		return why
	}
	return err
}
