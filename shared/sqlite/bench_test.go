package sqlite

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/jobtest"
)

// The ratio of list and find at 100,000 rows to those at 100 is what matters: it must stay under 2.
// Jobs are of about 1 KB. Create and Outbox run as 64 clients.

func BenchmarkCreate(b *testing.B) {
	forSizes(b, func(b *testing.B, db *DB, _ []string) {
		t := db.Jobs()
		b.SetParallelism(32)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, _, err := t.Create(b.Context(), sample()); err != nil {
					b.Error(err)
					return
				}
			}
		})
	})
}

// BenchmarkOutbox is all that a create request writes: the job, its message, and that it was sent.
func BenchmarkOutbox(b *testing.B) {
	forSizes(b, func(b *testing.B, db *DB, _ []string) {
		t, q := db.Jobs(), db.Queue("jobs", QueueConfig{Visibility: time.Minute})
		b.SetParallelism(32)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				j := sample()
				_, _, err := t.Create(b.Context(), j)
				if err == nil {
					err = q.Send(b.Context(), j.ID, "", 0)
				}
				if err == nil {
					_, err = t.Move(b.Context(), j.ID, job.Enqueue(time.Now()))
				}
				if err != nil {
					b.Error(err)
					return
				}
			}
		})
	})
}

func BenchmarkFind(b *testing.B) {
	forSizes(b, func(b *testing.B, db *DB, ids []string) {
		t, n := db.Jobs(), 0
		for b.Loop() {
			if _, err := t.Find(b.Context(), ids[n*7919%len(ids)]); err != nil {
				b.Fatal(err)
			}
			n++
		}
	})
}

func BenchmarkList(b *testing.B) {
	benchList(b, job.Query{})
}

func BenchmarkListUpdated(b *testing.B) {
	benchList(b, job.Query{Order: job.UpdatedDesc})
}

// BenchmarkListPoll is the client that asks for what has changed since it last looked.
func BenchmarkListPoll(b *testing.B) {
	benchList(b, job.Query{States: []job.State{job.Succeeded}, Since: time.Now().Add(time.Hour)})
}

func BenchmarkOverdue(b *testing.B) {
	forSizes(b, func(b *testing.B, db *DB, _ []string) {
		t := db.Jobs()
		for b.Loop() {
			if _, err := t.Overdue(b.Context(), job.Overdue{State: job.Running, Before: time.Now(), Limit: 100}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkSendReceiveDelete(b *testing.B) {
	db := openTemp(b)
	q := db.Queue("jobs", QueueConfig{Visibility: time.Minute, MaxReceive: 3})
	for b.Loop() {
		if err := q.Send(b.Context(), "x", "", 0); err != nil {
			b.Fatal(err)
		}
		m, err := q.Receive(b.Context())
		if err == nil {
			err = q.Delete(b.Context(), m)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}

func benchList(b *testing.B, q job.Query) {
	q.Owner, q.API, q.Limit = "bench", job.Transcodes, 20
	forSizes(b, func(b *testing.B, db *DB, _ []string) {
		t := db.Jobs()
		for b.Loop() {
			if _, err := t.List(b.Context(), q); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func forSizes(b *testing.B, run func(*testing.B, *DB, []string)) {
	for _, n := range []int{100, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			db := openTemp(b)
			ids := fill(b, db, n)
			b.ResetTimer()
			run(b, db, ids)
		})
	}
}

// fill stores n finished jobs, created a second apart and ending now, and returns their ids.
func fill(tb testing.TB, db *DB, n int) []string {
	tb.Helper()
	var ids []string
	for len(ids) < n {
		err := db.write(tb.Context(), func(ctx context.Context, tx *tx) error {
			for range min(1000, n-len(ids)) {
				j := sample()
				j.State = job.Succeeded
				j.CreatedAt = j.CreatedAt.Add(time.Duration(len(ids)-n) * time.Second)
				j.UpdatedAt = j.CreatedAt
				if err := insert(ctx, tx, j, j.UpdatedAt); err != nil {
					return err
				}
				ids = append(ids, j.ID)
			}
			return nil
		})
		if err != nil {
			tb.Fatal(err)
		}
	}
	return ids
}

// sample is a job of about 1 KB.
func sample() job.Job {
	j := jobtest.New("bench", job.Transcodes)
	j.Metadata = `{"pad":"` + strings.Repeat("x", 500) + `"}`
	return j
}

func openTemp(tb testing.TB) *DB {
	tb.Helper()
	return openAt(tb, filepath.Join(tb.TempDir(), "fflambda.db"))
}

func openAt(tb testing.TB, path string) *DB {
	tb.Helper()
	db, err := Open(tb.Context(), path)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := db.Close(); err != nil {
			tb.Error(err)
		}
	})
	return db
}
