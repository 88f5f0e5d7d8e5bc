package sqlite

import (
	"context"
	"fmt"
)

// Check writes and reads a row, for the health check. It fails where writing does: on a disk that is full
// or has become read-only, and where the writer is held up for longer than ctx allows.
func (db *DB) Check(ctx context.Context) error {
	at := db.in(0)
	err := db.write(ctx, func(ctx context.Context, tx *tx) error {
		_, err := tx.ExecContext(ctx, `insert into health (id, at) values (1, ?1) on conflict do update set at = ?1`, at)
		return err
	})
	if err != nil {
		return fmt.Errorf("check database: write: %w", err)
	}
	var got int64
	if err := db.read.QueryRowContext(ctx, `select at from health`).Scan(&got); err != nil {
		return fmt.Errorf("check database: read: %w", err)
	}
	return nil
}
