package worker_test

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fflambda/fflambda/shared/fetch"
	"github.com/fflambda/fflambda/shared/ffmpeg"
	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/jobtest"
	"github.com/fflambda/fflambda/shared/sqlite"
	"github.com/fflambda/fflambda/shared/worker"
)

// home is a worker pool on a real table and queue. ffmpeg is a shell script, the bucket a map.
type home struct {
	table   *sqlite.DB
	queue   *sqlite.Queue
	notices *sqlite.Queue
	bucket  *memory
	rescue  *worker.Rescue
	dir     string
	narrow  bool // the table has no room for a job that succeeded
	deaf    bool // the answer to a job's end gets lost
	tries   int  // that a job has; 0: one
}

func newHome(t *testing.T, maxReceive int) *home {
	t.Helper()
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "test.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	h := &home{table: db, bucket: &memory{files: map[string]string{}}, dir: filepath.Join(t.TempDir(), "work")}
	h.queue = db.Queue("jobs", sqlite.QueueConfig{Visibility: worker.Visibility(), MaxReceive: maxReceive})
	h.notices = db.Queue("notices", sqlite.QueueConfig{Visibility: time.Minute, MaxReceive: 5})
	h.rescue = &worker.Rescue{Jobs: db.Jobs(), Queue: h.queue, Notices: h.notices, MaxAttempts: 2, Now: time.Now, Log: slog.New(slog.DiscardHandler)}
	h.rescue.Lost = func(ctx context.Context, _ time.Time, limit int) ([]job.Job, error) {
		return db.Jobs().Lost(ctx, h.queue, limit)
	}
	return h
}

// run starts a pool with ffmpeg played by a script; stop stops it as a server would, and waits.
func (h *home) run(t *testing.T, script string) (stop func()) {
	t.Helper()
	pool := h.pool(t, script, false)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		pool.Run(ctx)
	}()
	stop = func() {
		cancel()
		<-done
	}
	t.Cleanup(stop)
	return stop
}

// pool makes a pool with ffmpeg played by a script.
func (h *home) pool(t *testing.T, script string, pushed bool) *worker.Pool {
	t.Helper()
	tool := filepath.Join(t.TempDir(), "ffmpeg")
	if err := os.WriteFile(tool, []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	ffprobe, err := exec.LookPath("false") // no input of these tests is probed for anything that matters
	if err != nil {
		t.Skip("no `false` to stand for ffprobe")
	}
	pool, err := worker.New(worker.Config{
		Jobs: table{h.table.Jobs(), h.narrow, h.deaf}, Queue: h.queue, Notices: h.notices, Bucket: h.bucket, Fetch: fetch.New(fetch.Config{}), Pushed: pushed,
		Tools:   ffmpeg.Tools{FFmpeg: tool, FFprobe: ffprobe},
		Resolve: func(_ context.Context, _ job.Job, url string) (string, error) { return url, nil },
		Dir:     h.dir, Workers: 1, Grace: time.Millisecond, MaxAttempts: h.tries, Chance: func() float64 { return -0.5 }, Now: time.Now, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return pool
}

type table struct {
	*sqlite.Jobs
	narrow, deaf bool
}

func (t table) Move(ctx context.Context, id string, m job.Move) (job.Job, error) {
	if t.narrow && m.To == job.Succeeded {
		return job.Job{}, job.ErrTooLarge
	}
	j, err := t.Jobs.Move(ctx, id, m)
	if t.deaf && m.To.Terminal() && err == nil {
		return job.Job{}, errors.New("the answer got lost")
	}
	return j, err
}

// TestEndUnheard: where the write that ends a job is answered by nobody, the job has ended all the same, and keeps its files.
func TestEndUnheard(t *testing.T) {
	t.Parallel()
	h := newHome(t, 5)
	h.deaf = true
	j := h.add(t)
	if err := h.push(t.Context(), t, h.pool(t, writes, false)); err != nil {
		t.Fatal(err)
	}
	done := h.until(t, j.ID, ended)
	if done.State != job.Succeeded || len(done.Outputs) != 1 || h.bucket.get(done.Outputs[0].Key) == "" {
		t.Errorf("%s with outputs %v; the bucket holds %q", done.State, done.Outputs, h.bucket.keys())
	}
	h.empty(t)
}

// add stores a job without inputs whose message is sent.
func (h *home) add(t *testing.T) job.Job {
	t.Helper()
	j := jobtest.New("alice", job.FFmpeg)
	j.Inputs = nil
	j.Commands = &job.Commands{Lines: []string{"-f lavfi -i sine {{out.mp4}}"}, Outputs: []string{"out.mp4"}}
	if _, _, err := h.table.Jobs().Create(t.Context(), j); err != nil {
		t.Fatal(err)
	}
	if err := h.queue.Send(t.Context(), j.ID, "", 0); err != nil {
		t.Fatal(err)
	}
	return j
}

// until waits for the job to be as wanted.
func (h *home) until(t *testing.T, id string, wanted func(job.Job) bool) job.Job {
	t.Helper()
	deadline := time.After(30 * time.Second)
	poll := time.NewTicker(5 * time.Millisecond)
	defer poll.Stop()
	for {
		j, err := h.table.Jobs().Find(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if wanted(j) {
			return j
		}
		select {
		case <-poll.C:
		case <-deadline:
			t.Fatalf("the job is %s at attempt %d: %+v", j.State, j.Attempt, j.Failure)
		}
	}
}

func in(states ...job.State) func(job.Job) bool {
	return func(j job.Job) bool { return slices.Contains(states, j.State) }
}

func ended(j job.Job) bool { return j.State.Terminal() }

func (h *home) leftovers(t *testing.T) {
	t.Helper()
	if left, err := os.ReadDir(h.dir); err != nil || len(left) != 0 {
		t.Errorf("working folders stay: %v, %v", left, err)
	}
}

const writes = `printf film > outputs/out.mp4`

func TestPoolRunsAJob(t *testing.T) {
	t.Parallel()
	h := newHome(t, 5)
	j := h.add(t)
	h.run(t, writes)
	done := h.until(t, j.ID, ended)
	if done.State != job.Succeeded || len(done.Outputs) != 1 || done.Outputs[0].Bytes != 4 || done.Attempt != 1 {
		t.Fatalf("%+v", done)
	}
	if got := h.bucket.get(done.Outputs[0].Key); got != "film" {
		t.Errorf("the bucket has %q", got)
	}
	h.empty(t)
}

// empty checks that the queue holds nothing any more.
func (h *home) empty(t *testing.T) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	for {
		c, err := h.queue.Count(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if c == (sqlite.Counts{}) {
			return
		}
		select {
		case <-deadline:
			t.Fatalf("messages stay: %+v", c)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// TestPoolLosesTheLease: somebody else takes the job over while it runs. The attempt stops within a few heartbeats,
// what it kept is deleted, and the job is not touched any more.
func TestPoolLosesTheLease(t *testing.T) {
	t.Parallel()
	h := newHome(t, 5)
	j := h.add(t)
	started := filepath.Join(t.TempDir(), "started")
	stop := h.run(t, `touch `+started+`; exec sleep 60`)
	h.until(t, j.ID, in(job.Running))
	far := time.Now().Add(time.Hour)
	for _, m := range []job.Move{job.TakeBack(time.Now(), 1, far), job.Claim(time.Now(), time.Hour)} {
		if _, err := h.table.Jobs().Move(t.Context(), j.ID, m); err != nil {
			t.Fatal(err)
		}
	}
	h.empty(t) // the worker is done with it
	stop()
	if now := h.until(t, j.ID, in(job.Running)); now.Attempt != 2 || now.LeaseUntil.Before(time.Now()) {
		t.Errorf("the job was touched: %+v", now)
	}
	h.leftovers(t)
}

// TestPoolCancelledWhileKeeping: a cancel that comes while the files are kept wins, and the files go away again.
func TestPoolCancelledWhileKeeping(t *testing.T) {
	t.Parallel()
	h := newHome(t, 5)
	j := h.add(t)
	h.bucket.beforePut = func() {
		if _, err := h.table.Jobs().Move(context.WithoutCancel(t.Context()), j.ID, job.Cancel(time.Now())); err != nil {
			t.Error(err)
		}
	}
	stop := h.run(t, writes)
	done := h.until(t, j.ID, ended)
	h.empty(t)
	stop()
	if done.State != job.Cancelled || len(done.Outputs) != 0 {
		t.Errorf("%+v", done)
	}
	if left := h.bucket.keys(); len(left) != 0 {
		t.Errorf("kept files stay: %v", left)
	}
	h.leftovers(t)
}

// TestPoolBucketFails: a bucket that refuses is our fault, said as such, and worth another try.
func TestPoolBucketFails(t *testing.T) {
	t.Parallel()
	h := newHome(t, 5)
	j := h.add(t)
	h.bucket.err = errors.New("the bucket burns at /secret/place")
	h.run(t, writes)
	done := h.until(t, j.ID, ended)
	if f := done.Failure; f == nil || f.Code != job.Internal || !f.Retry || strings.Contains(f.Message, "secret") {
		t.Errorf("%+v", done.Failure)
	}
	h.empty(t)
}

// TestPoolRecordTooLarge: a job whose outputs' names do not fit into its record fails, and keeps nothing.
func TestPoolRecordTooLarge(t *testing.T) {
	t.Parallel()
	h := newHome(t, 5)
	h.narrow = true
	h.run(t, `echo picture >outputs/out.mp4`)
	j := h.until(t, h.add(t).ID, ended)
	if j.State != job.Failed || j.Failure.Code != job.OutputTooLarge || j.Failure.Retry {
		t.Errorf("the job is %s, %+v", j.State, j.Failure)
	}
	h.empty(t)
	if keys := h.bucket.keys(); len(keys) > 0 {
		t.Errorf("the bucket holds %q", keys)
	}
}

// TestPoolHandsBack: a stop hands the job back with a message, and costs it no try.
func TestPoolHandsBack(t *testing.T) {
	t.Parallel()
	h := newHome(t, 5)
	j := h.add(t)
	stop := h.run(t, `exec sleep 60`)
	h.until(t, j.ID, in(job.Running))
	stop()
	back := h.until(t, j.ID, in(job.Queued))
	if back.Attempt != 1 || back.Tries() != 0 {
		t.Errorf("attempt %d, tries %d", back.Attempt, back.Tries())
	}
	if c, err := h.queue.Count(t.Context()); err != nil || c != (sqlite.Counts{Waiting: 1}) {
		t.Errorf("messages: %+v, %v", c, err)
	}
	h.leftovers(t)
	h.run(t, writes)
	if done := h.until(t, j.ID, ended); done.State != job.Succeeded || done.Attempt != 2 {
		t.Errorf("%+v", done)
	}
}

// memory is a bucket.
type memory struct {
	mu        sync.Mutex
	files     map[string]string
	err       error
	beforePut func()
}

func (m *memory) Put(_ context.Context, key string, f *os.File, _ string) error {
	if m.err != nil {
		return m.err
	}
	data, err := os.ReadFile(f.Name())
	if err != nil {
		return err
	}
	if m.beforePut != nil {
		m.beforePut()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.files[key] = string(data)
	return nil
}

func (m *memory) Delete(_ context.Context, keys ...string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, k := range keys {
		delete(m.files, k)
	}
	return nil
}

func (m *memory) get(key string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.files[key]
}

func (m *memory) keys() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Sorted(maps.Keys(m.files))
}
