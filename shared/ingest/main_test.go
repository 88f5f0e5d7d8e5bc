package ingest_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fflambda/fflambda/shared/ingest"
	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/localbucket"
	"github.com/fflambda/fflambda/shared/sqlite"
)

// store is a real S3; a process can have one. Each test has an owner of its own in it.
var store atomic.Pointer[localbucket.Store]

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (int, error) {
	dir, err := os.MkdirTemp("", "ingest-")
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	s, err := localbucket.Open(context.Background(), localbucket.Config{
		Dir: filepath.Join(dir, "files"), Bucket: "media", PublicURL: "http://127.0.0.1:1", SecretFile: filepath.Join(dir, "s3.json"),
	})
	if err != nil {
		return 0, err
	}
	store.Store(s)
	code := m.Run()
	return code, s.Close(context.Background())
}

// home is an inbox and an outbox on a real bucket, table and queue.
type home struct {
	*ingest.Inbox
	owner string
	table *sqlite.Jobs
	queue *sqlite.Queue
}

func newHome(t *testing.T, owner string, change ...func(*ingest.Config)) *home {
	t.Helper()
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "test.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	h := &home{owner: owner, table: db.Jobs(), queue: db.Queue("jobs", sqlite.QueueConfig{Visibility: time.Minute})}
	c := ingest.Config{
		Jobs: h.table, Queue: h.queue, Bucket: store.Load(),
		Timeout: 10 * time.Minute, BaseURL: "https://api.example", Now: time.Now, Log: slog.New(slog.DiscardHandler),
	}
	for _, f := range change {
		f(&c)
	}
	h.Inbox = ingest.New(c)
	clean(t, owner)
	return h
}

// clean empties the owner's folders when the test is over, for the next run of it in this process.
func clean(t *testing.T, owner string) {
	t.Helper()
	t.Cleanup(func() {
		ctx := context.Background() // the test's own has ended
		for _, prefix := range []string{job.InboxPrefix, job.OutboxPrefix} {
			for info, err := range store.Load().List(ctx, prefix+owner+"/") {
				if err == nil {
					err = store.Load().Delete(ctx, info.Key)
				}
				if err != nil {
					t.Error(err)
				}
			}
		}
	})
}

// put stores an object under inbox/<owner>/.
func (h *home) put(t *testing.T, name, content string) string {
	t.Helper()
	key := job.InboxPrefix + h.owner + "/" + name
	if err := store.Load().PutBytes(t.Context(), key, []byte(content), "video/mp4"); err != nil {
		t.Fatal(err)
	}
	return key
}

func (h *home) handle(t *testing.T, key string) {
	t.Helper()
	if err := h.Handle(t.Context(), key); err != nil {
		t.Fatal(err)
	}
}

// jobs are all of the owner's.
func (h *home) jobs(t *testing.T) []job.Job {
	t.Helper()
	var all []job.Job
	for _, api := range []job.API{job.Transcodes, job.FFmpeg} {
		page, err := h.table.List(t.Context(), job.Query{Owner: h.owner, API: api, Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, page.Jobs...)
	}
	return all
}

// one is the owner's only job.
func (h *home) one(t *testing.T) job.Job {
	t.Helper()
	all := h.jobs(t)
	if len(all) != 1 {
		t.Fatalf("there are %d jobs, want one", len(all))
	}
	return all[0]
}

// read is the content of an object, and its type.
func read(t *testing.T, key string) (content, contentType string) {
	t.Helper()
	body, info, err := store.Load().Get(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close() //nolint:errcheck // only read
	text, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text), info.ContentType
}

// listed are the keys under a prefix.
func listed(t *testing.T, prefix string) []string {
	t.Helper()
	var keys []string
	for info, err := range store.Load().List(t.Context(), prefix) {
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, info.Key)
	}
	return keys
}
