package localbucket_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/fflambda/fflambda/shared/localbucket"
)

// TestSweepUnnamed: what a lost attempt has left goes, once its job has ended and nobody can still be about to name it.
func TestSweepUnnamed(t *testing.T) {
	t.Parallel()
	store := shared.store.Load()
	dir := filepath.Join(shared.config.Dir, "media")
	old := time.Now().Add(-25 * time.Hour)
	for _, key := range []string{
		"jobs/done/1/lost.mp4", "jobs/done/2/a.mp4", "jobs/done/2/b.mp4", "jobs/failed/1/lost.mp4",
		"jobs/runs/1/lost.mp4", "jobs/runs/2/a.mp4", "jobs/unknown/1/a.mp4",
	} {
		put(t, key, "x")
		if err := os.Chtimes(filepath.Join(dir, key), old, old); err != nil {
			t.Fatal(err)
		}
	}
	put(t, "jobs/failed/2/new.mp4", "x")
	unknown := errors.New("the table is down")
	named := localbucket.Named(func(_ context.Context, id string) (map[string]bool, bool, error) {
		switch id {
		case "done":
			return map[string]bool{"jobs/done/2/a.mp4": true, "jobs/done/2/b.mp4": true}, true, nil
		case "failed":
			return nil, true, nil
		case "unknown":
			return nil, false, unknown
		}
		return nil, false, nil // running, or another test's
	})
	if removed, err := store.SweepUnnamed(t.Context(), time.Now().Add(-24*time.Hour), named); removed != 2 || !errors.Is(err, unknown) {
		t.Errorf("removed %d, %v; want 2, and what the table says", removed, err)
	}
	for name, want := range map[string]bool{
		"jobs/done/1": false, "jobs/done/2/a.mp4": true, "jobs/done/2/b.mp4": true, "jobs/failed/1": false, "jobs/failed/2/new.mp4": true,
		"jobs/runs/1/lost.mp4": true, "jobs/runs/2/a.mp4": true, "jobs/unknown/1/a.mp4": true,
	} {
		if _, err := os.Lstat(filepath.Join(dir, name)); (err == nil) != want {
			t.Errorf("%s is there: %t, want %t", name, err == nil, want)
		}
	}
}
