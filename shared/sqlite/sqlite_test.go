package sqlite

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/jobtest"
)

// TestReopen: everything is there after a close, in a folder whose name means something to a URI.
func TestReopen(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "a b?c=1#d%41&mode=ro")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "fflambda.db")
	j := jobtest.New("alice", job.FFmpeg)
	db := openAt(t, path)
	if _, _, err := db.Jobs().Create(t.Context(), j); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the file's mode is %o, want 600", info.Mode().Perm())
	}
	if names, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*")); err != nil || len(names) != 1 {
		t.Errorf("after Close there are %q, %v; want the one file", names, err)
	}
	got, err := openAt(t, path).Jobs().Find(t.Context(), j.ID)
	if err != nil || !cmp.Equal(j, got) {
		t.Errorf("after reopening: %v\n%s", err, cmp.Diff(j, got))
	}
}

// TestRefuse: a file that is not ours is refused with a reason, and not a byte of the folder changes.
func TestRefuse(t *testing.T) {
	t.Parallel()
	newer := fmt.Sprintf("schema version 99 is newer than this program's %d", version)
	for _, test := range []struct {
		name string
		make func(t *testing.T, path string)
		want string
	}{
		{"newer version", func(t *testing.T, path string) {
			if err := openAt(t, path).Close(); err != nil {
				t.Fatal(err)
			}
			script(t, path, "pragma user_version = 99")
		}, newer},
		{"newer version in the log only", newerInLog, newer},
		{"foreign database", func(t *testing.T, path string) { script(t, path, "create table songs (title text)") }, "not one of fflambda"},
		{"text", func(t *testing.T, path string) { write(t, path, strings.Repeat("not a database\n", 100)) }, "not an SQLite database"},
		{"folder", func(t *testing.T, path string) {
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
		}, "not an SQLite database"},
		{"missing folder", func(*testing.T, string) {}, "no such file or directory"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "fflambda.db")
			if test.name == "missing folder" {
				path = filepath.Join(path, "fflambda.db")
			}
			test.make(t, path)
			before := snapshot(t, filepath.Dir(path))
			_, err := Open(t.Context(), path)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Open: %v, want %q in it", err, test.want)
			}
			after := snapshot(t, filepath.Dir(path))
			delete(after, "fflambda.db-shm") // SQLite's index of a log that it reads
			if d := cmp.Diff(before, after); d != "" {
				t.Errorf("Open changed the folder (-before +after):\n%s", d)
			}
		})
	}
}

// newerInLog leaves a file as a crash right after an upgrade does: the version stands in the -wal file alone.
func newerInLog(t *testing.T, path string) {
	made := filepath.Join(t.TempDir(), "made.db")
	db, err := sql.Open("sqlite", dsn(made, "_pragma=journal_mode(WAL)"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // the copies count
	db.SetMaxOpenConns(1)
	mark := fmt.Sprintf("create table t (a); pragma application_id = %d; pragma user_version = 99", application)
	if _, err := db.ExecContext(t.Context(), mark); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(made + suffix)
		if err != nil {
			t.Fatal(err)
		}
		write(t, path+suffix, string(b))
	}
}

func TestClosed(t *testing.T) {
	t.Parallel()
	db := openTemp(t)
	q := db.Queue("jobs", QueueConfig{Visibility: time.Minute})
	receiver := make(chan error)
	go func() {
		_, err := q.Receive(t.Context())
		receiver <- err
	}()
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-receiver; err == nil {
		t.Error("Receive returned without an error")
	}
	j := jobtest.New("alice", job.FFmpeg)
	if _, _, err := db.Jobs().Create(t.Context(), j); !errors.Is(err, ErrClosed) {
		t.Errorf("Create: %v, want ErrClosed", err)
	}
	if err := q.Send(t.Context(), "x", "", 0); !errors.Is(err, ErrClosed) {
		t.Errorf("Send: %v, want ErrClosed", err)
	}
	if _, err := db.Jobs().Find(t.Context(), j.ID); err == nil || errors.Is(err, job.ErrNotFound) {
		t.Errorf("Find: %v, want an error that is not job.ErrNotFound", err)
	}
	if _, err := db.Jobs().List(t.Context(), job.Query{Owner: "alice", API: job.FFmpeg, Limit: 1}); err == nil {
		t.Error("List returned without an error")
	}
	if err := db.Check(t.Context()); err == nil {
		t.Error("Check returned without an error")
	}
	if err := db.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	db := openTemp(t)
	for range 2 {
		if err := db.Check(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	readOnly := func(on int) error { // the writer has nothing to do meanwhile
		_, err := db.writer.tx.conn.ExecContext(t.Context(), fmt.Sprintf("pragma query_only = %d", on))
		return err
	}
	if err := readOnly(1); err != nil {
		t.Fatal(err)
	}
	if err := db.Check(t.Context()); err == nil {
		t.Error("Check is content with a database that cannot be written")
	}
	if err := readOnly(0); err != nil {
		t.Fatal(err)
	}
	if err := db.Check(t.Context()); err != nil {
		t.Errorf("Check after writing became possible again: %v", err)
	}
}

func script(t *testing.T, path, text string) {
	t.Helper()
	db, err := sql.Open("sqlite", dsn(path))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), text); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// snapshot is every file of the folder and what is in it.
func snapshot(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() {
			files[e.Name()] = "a folder"
			continue
		}
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		files[e.Name()] = string(b)
	}
	return files
}
