package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"

	modernc "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Migration n brings a schema of version n-1 to version n. One that was released is never edited.
//
//go:embed migrations/*.sql
var migrations embed.FS

const (
	version     = 6          // of the schema, kept as PRAGMA user_version
	application = 0x66666c61 // "ffla": marks a file as ours, kept as PRAGMA application_id
)

var (
	errNotOurs = errors.New("it is an SQLite database, but not one of fflambda: choose another file")
	errNoDB    = errors.New("it is not an SQLite database: choose another file")
)

// inspect refuses a file that must not be opened for writing, and changes nothing of it.
// No file, and an empty one, are fine.
func inspect(ctx context.Context, abs string) (err error) {
	info, err := os.Stat(abs)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return errNoDB
	}
	if info.Size() == 0 {
		return nil
	}
	db, err := sql.Open("sqlite", readOnly(abs))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	_, err = schemaVersion(ctx, db)
	return err
}

// readOnly is the way to look into a file that may not be ours. Without a log beside it, immutable keeps SQLite from
// making -wal and -shm files; with one, the log must be read, for the newest version may stand only there.
func readOnly(abs string) string {
	if wal, err := os.Stat(abs + "-wal"); err == nil && wal.Size() > 0 {
		return dsn(abs, "mode=ro", "_pragma=busy_timeout(5000)")
	}
	return dsn(abs, "mode=ro", "immutable=1")
}

// migrate runs the migrations that the file lacks, all or none.
func migrate(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return plain(err)
	}
	defer tx.Rollback() //nolint:errcheck // a no-op after the commit
	// Asked again under the lock: another process may have been faster.
	have, err := schemaVersion(ctx, tx)
	if err != nil {
		return err
	}
	for v := have + 1; v <= version; v++ {
		script, err := migrations.ReadFile(fmt.Sprintf("migrations/%d.sql", v))
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, string(script)); err != nil { //nolint:gosec // an embedded file
			return fmt.Errorf("migrate to schema version %d: %w", v, err)
		}
	}
	if have < version {
		mark := fmt.Sprintf("pragma application_id = %d; pragma user_version = %d", application, version)
		if _, err := tx.ExecContext(ctx, mark); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// schemaVersion is the version of a file that is ours or still has nothing in it, and an error for every other.
func schemaVersion(ctx context.Context, q querier) (int, error) {
	var app, have, objects int
	err := q.QueryRowContext(ctx, `select application_id, user_version, (select count(*) from sqlite_schema)
		from pragma_application_id, pragma_user_version`).Scan(&app, &have, &objects)
	switch {
	case err != nil:
		return 0, plain(err)
	case app != application && (app != 0 || have != 0 || objects != 0):
		return 0, errNotOurs
	case have > version:
		return 0, fmt.Errorf("its schema version %d is newer than this program's %d: upgrade fflambda", have, version)
	}
	return have, nil
}

// plain replaces SQLite's text where it says little.
func plain(err error) error {
	if e, ok := errors.AsType[*modernc.Error](err); ok && e.Code()&0xff == sqlite3.SQLITE_NOTADB {
		return errNoDB
	}
	return err
}
