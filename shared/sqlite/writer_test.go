package sqlite

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/jobtest"
)

// crashEnv makes the test binary a process that writes to the file it names until it is killed.
const crashEnv = "FFLAMBDA_TEST_CRASH"

func TestMain(m *testing.M) {
	if path := os.Getenv(crashEnv); path != "" {
		if err := writeForEver(context.Background(), path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// writeForEver prints the id of each job once it has been answered.
func writeForEver(ctx context.Context, path string) error {
	db, err := Open(ctx, path)
	if err != nil {
		return err
	}
	errs := make(chan error)
	for range 8 {
		go func() {
			for {
				j := jobtest.New("alice", job.FFmpeg)
				_, _, err := db.Jobs().Create(ctx, j)
				if err == nil {
					err = db.Queue("jobs", QueueConfig{}).Send(ctx, j.ID, "", 0)
				}
				if err != nil {
					errs <- err
					return
				}
				fmt.Println(j.ID)
			}
		}()
	}
	return <-errs
}

// TestKill: what was answered before a SIGKILL is there afterwards.
func TestKill(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "fflambda.db")
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe)
	cmd.Env = append(os.Environ(), crashEnv+"="+path)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var answered []string
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if id := lines.Text(); job.IsID(id) { // the last line may be cut off
			answered = append(answered, id)
		}
		if len(answered) == 300 {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil || len(answered) < 300 {
		t.Fatalf("the writer ended by itself after %d jobs: %v", len(answered), err)
	}
	db := openAt(t, path)
	for _, id := range answered {
		if _, err := db.Jobs().Find(t.Context(), id); err != nil {
			t.Error(err)
		}
	}
	if c, err := db.Queue("jobs", QueueConfig{}).Count(t.Context()); err != nil || c.Waiting < len(answered) {
		t.Errorf("the queue holds %d messages, %v; want at least %d", c.Waiting, err, len(answered))
	}
	var verdict string
	if err := db.read.QueryRowContext(t.Context(), "pragma integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		t.Errorf("integrity check: %q, %v", verdict, err)
	}
}

// TestBatch: 64 callers of one batch, half of which want the same id. Who is refused takes nobody else along.
func TestBatch(t *testing.T) {
	t.Parallel()
	db := openTemp(t)
	one := jobtest.New("alice", job.FFmpeg)
	boom := errors.New("boom")
	const callers = 64
	errs := inOneBatch(t, db, callers, func(ctx context.Context, tx *tx, i int) error {
		j := jobtest.New("alice", job.FFmpeg)
		if i%2 == 0 {
			j.ID = one.ID
		}
		if err := insert(ctx, tx, j, j.UpdatedAt); err != nil {
			return err
		}
		if i%8 == 1 {
			return boom // after its row was written
		}
		return nil
	})
	refused := 0
	for i, err := range errs {
		if err != nil {
			refused++
		}
		if (i%8 == 1) != errors.Is(err, boom) {
			t.Errorf("caller %d got %v", i, err)
		}
	}
	const ok = 1 + callers/2 - callers/8
	page, err := db.Jobs().List(t.Context(), job.Query{Owner: "alice", API: job.FFmpeg, Limit: 100})
	if err != nil || refused != callers-ok || page.Total != ok || len(page.Jobs) != ok {
		t.Errorf("%d refused, %d stored, total %d, %v; want %d, %d, %d", refused, len(page.Jobs), page.Total, err, callers-ok, ok, ok)
	}
}

// TestFull: on a full disk, exactly the jobs that were answered with success are stored, and writing works again
// when there is room.
func TestFull(t *testing.T) {
	t.Parallel()
	db := openTemp(t)
	limit := func(pages int) {
		err := db.write(t.Context(), func(ctx context.Context, tx *tx) error {
			return tx.run(ctx, fmt.Sprintf("pragma max_page_count = %d", pages))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	limit(100)
	jobs := make([]job.Job, 64)
	for i := range jobs {
		jobs[i] = jobtest.New("alice", job.FFmpeg)
		if i%4 == 2 {
			jobs[i].Metadata = strings.Repeat("x", 1<<20)
		}
	}
	errs := inOneBatch(t, db, len(jobs), func(ctx context.Context, tx *tx, i int) error { return insert(ctx, tx, jobs[i], jobs[i].UpdatedAt) })
	failed := 0
	for i, j := range jobs {
		_, err := db.Jobs().Find(t.Context(), j.ID)
		if (errs[i] == nil) != (err == nil) {
			t.Errorf("job %d was answered %v, and is found: %v", i, errs[i], err)
		}
		if errs[i] != nil {
			failed++
		}
	}
	if failed == 0 {
		t.Error("nothing failed on a full disk")
	}
	limit(1 << 20)
	if _, _, err := db.Jobs().Create(t.Context(), jobtest.New("alice", job.FFmpeg)); err != nil {
		t.Errorf("Create after there is room again: %v", err)
	}
}

// TestLine: a caller who gives up in the line is answered at once and its write is not done.
func TestLine(t *testing.T) {
	t.Parallel()
	db := openTemp(t)
	entered, leave := make(chan struct{}), make(chan struct{})
	blocker := make(chan error)
	go func() {
		blocker <- db.write(t.Context(), func(context.Context, *tx) error {
			close(entered)
			<-leave
			return nil
		})
	}()
	<-entered
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	j := jobtest.New("alice", job.FFmpeg)
	if _, _, err := db.Jobs().Create(ctx, j); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Create: %v, want the context's error", err)
	}
	// Reads do not wait for the writer.
	if _, err := db.Jobs().Find(t.Context(), j.ID); !errors.Is(err, job.ErrNotFound) {
		t.Errorf("Find during a write: %v, want job.ErrNotFound", err)
	}
	close(leave)
	if err := <-blocker; err != nil {
		t.Error(err)
	}
	if _, err := db.Jobs().Find(t.Context(), j.ID); !errors.Is(err, job.ErrNotFound) {
		t.Errorf("Find after it: %v, want job.ErrNotFound", err)
	}
}

// TestReadsDuringWrites: a list and its total are of one moment, whatever is being written.
func TestReadsDuringWrites(t *testing.T) {
	t.Parallel()
	db := openTemp(t)
	ctx, cancel := context.WithCancel(t.Context())
	var writers sync.WaitGroup
	for range 4 {
		writers.Go(func() {
			for ctx.Err() == nil {
				j := jobtest.New("alice", job.FFmpeg)
				if _, _, err := db.Jobs().Create(t.Context(), j); err != nil {
					t.Error(err)
				}
				if _, err := db.Jobs().Move(t.Context(), j.ID, job.Enqueue(time.Now())); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for last := 0; last < 200; {
		page, err := db.Jobs().List(t.Context(), job.Query{Owner: "alice", API: job.FFmpeg, Limit: 1000})
		if err != nil {
			t.Error(err)
			break
		}
		if page.Total != len(page.Jobs) || page.Total < last {
			t.Errorf("a list of %d jobs says that there are %d, after %d", len(page.Jobs), page.Total, last)
			break
		}
		last = page.Total
	}
	cancel()
	writers.Wait()
}

// inOneBatch has n callers write in a single transaction, and returns what each was answered.
func inOneBatch(t *testing.T, db *DB, n int, do func(ctx context.Context, tx *tx, i int) error) []error {
	t.Helper()
	batch := make([]*call, n)
	for i := range batch {
		batch[i] = &call{
			ctx:    t.Context(),
			do:     func(ctx context.Context, tx *tx) error { return do(ctx, tx, i) },
			answer: make(chan error, 1),
		}
	}
	db.writer.commit(t.Context(), batch) // the writer has nothing to do meanwhile
	errs := make([]error, n)
	for i, c := range batch {
		errs[i] = <-c.answer
	}
	return errs
}
