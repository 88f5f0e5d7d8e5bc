package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/jobtest"
)

// why is what an error says to whoever runs the server; empty where it is no fault that can pass by itself.
func why(t *testing.T, err error) string {
	t.Helper()
	f, ok := errors.AsType[*job.Fault](err)
	if !ok || !errors.Is(err, job.ErrBusy) {
		t.Errorf("%v is no fault that can pass", err)
		return ""
	}
	return f.Why
}

// TestLocked: while another process holds the database the check says so in the time that it has, and afterwards all is well.
func TestLocked(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "test.db")
	db := openAt(t, path)
	other, err := sql.Open("sqlite", dsn(path))
	if err != nil {
		t.Fatal(err)
	}
	other.SetMaxOpenConns(1)
	defer other.Close()
	if _, err := other.ExecContext(t.Context(), "begin exclusive"); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer stop()
	if got := why(t, db.Check(ctx)); got != whyLocked {
		t.Errorf("the check says %q", got)
	}
	if _, err := other.ExecContext(t.Context(), "rollback"); err != nil {
		t.Fatal(err)
	}
	if err := db.Check(t.Context()); err != nil {
		t.Errorf("when the lock is gone: %v", err)
	}
}

// TestGone: nothing is written into a file that was taken away, nor into another one in its place. Put back, it is written again.
func TestGone(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "test.db")
	db := openAt(t, path)
	for name, replace := range map[string]func() error{
		"gone":     func() error { return nil },
		"replaced": func() error { return os.WriteFile(path, nil, 0o600) },
	} {
		if err := os.Rename(path, path+".away"); err != nil {
			t.Fatal(err)
		}
		if err := replace(); err != nil {
			t.Fatal(err)
		}
		j := jobtest.New("alice", job.FFmpeg)
		_, _, err := db.Jobs().Create(t.Context(), j)
		if got := why(t, err); got != whyGone {
			t.Errorf("%s: a create says %q", name, got)
		}
		if got := why(t, db.Check(t.Context())); got != whyGone {
			t.Errorf("%s: the check says %q", name, got)
		}
		if err := os.Rename(path+".away", path); err != nil {
			t.Fatal(err)
		}
		if _, created, err := db.Jobs().Create(t.Context(), j); err != nil || !created {
			t.Errorf("%s, and put back: %t, %v", name, created, err)
		}
	}
}

// TestFault: SQLite's own words for what is in the way become ours; a database that is damaged stays an error.
func TestFault(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "test.db")
	openAt(t, path)
	ro, err := sql.Open("sqlite", dsn(path, "mode=ro"))
	if err != nil {
		t.Fatal(err)
	}
	defer ro.Close()
	_, err = ro.ExecContext(t.Context(), "delete from job")
	if got := why(t, fault(err)); !strings.Contains(got, "read-only") {
		t.Errorf("%v becomes %q", err, got)
	}
	full, err := sql.Open("sqlite", dsn(filepath.Join(t.TempDir(), "full.db"), "_pragma=max_page_count(2)"))
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	_, err = full.ExecContext(t.Context(), "create table a (x); insert into a values (zeroblob(100000))")
	if got := why(t, fault(err)); !strings.Contains(got, "full") {
		t.Errorf("%v becomes %q", err, got)
	}
	none, err := sql.Open("sqlite", dsn(filepath.Join(t.TempDir(), "none.db"), "mode=rw"))
	if err != nil {
		t.Fatal(err)
	}
	defer none.Close()
	_, err = none.ExecContext(t.Context(), "select 1 from sqlite_schema")
	if got := why(t, fault(err)); !strings.Contains(got, "cannot be opened") {
		t.Errorf("%v becomes %q", err, got)
	}
	damaged := filepath.Join(t.TempDir(), "damaged.db")
	if err := os.WriteFile(damaged, []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	bad, err := sql.Open("sqlite", dsn(damaged))
	if err != nil {
		t.Fatal(err)
	}
	defer bad.Close()
	_, err = bad.ExecContext(t.Context(), "select 1 from sqlite_schema")
	if err == nil || errors.Is(fault(err), job.ErrBusy) {
		t.Errorf("a damaged database: %v", fault(err))
	}
}
