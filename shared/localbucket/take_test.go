package localbucket_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/fflambda/fflambda/shared/job"
)

// TestTake: the object is the file itself, and to every client the same as one that was put.
func TestTake(t *testing.T) {
	t.Parallel()
	store := shared.store.Load()
	const key, odd = "jobs/take/1/a.mp4", "jobs/take/1/50% ü?#&+'.mp4"
	for _, key := range []string{key, odd} {
		f := temp(t, 0)
		if _, err := f.WriteString("taken"); err != nil {
			t.Fatal(err)
		}
		if err := store.Take(t.Context(), key, f, "video/mp4"); err != nil {
			t.Fatal(err)
		}
		mine, err := f.Stat()
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := os.Stat(filepath.Join(shared.config.Dir, "media", key))
		if err != nil || !os.SameFile(mine, theirs) || theirs.Mode().Perm() != 0o600 {
			t.Errorf("%s: a copy, or not private: %v %v", key, theirs, err)
		}
		if err := os.Remove(f.Name()); err != nil {
			t.Error(err)
		}
		info, err := store.Head(t.Context(), key)
		if err != nil || info.Bytes != 5 || info.ContentType != "video/mp4" || len(info.ETag) < 10 {
			t.Errorf("%s: %+v %v", key, info, err)
		}
		link := must(t)(store.PresignGet(t.Context(), key, time.Minute, job.Download{}))
		if got := do(t, "GET", link, nil, header("Range", "bytes=1-")); got.status != 206 || got.body != "aken" || got.header.Get("Etag") != info.ETag {
			t.Errorf("%s: %d %q %v", key, got.status, got.body, got.header)
		}
		opened, direct, err := store.Open(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		if direct.ETag != info.ETag || opened.Close() != nil {
			t.Errorf("%s: opened %+v", key, direct)
		}
	}
	n := 0
	for _, err := range store.List(t.Context(), "jobs/take/1/") {
		if n++; err != nil {
			t.Fatal(err)
		}
	}
	if err := store.Delete(t.Context(), key, odd); err != nil || n != 2 {
		t.Errorf("%d are listed; delete: %v", n, err)
	}
	_, err := store.Head(t.Context(), key)
	wantError(t, err, job.ErrNoObject)
}

// TestTakeCopies where a link cannot be: the key is taken, or it is none.
func TestTakeCopies(t *testing.T) {
	t.Parallel()
	store := shared.store.Load()
	const key = "jobs/take/2/a.mp4"
	put(t, key, "first")
	f := temp(t, 0)
	if _, err := f.WriteString("second"); err != nil {
		t.Fatal(err)
	}
	if err := store.Take(t.Context(), key, f, "video/mp4"); err != nil {
		t.Fatal(err)
	}
	if info, err := store.Head(t.Context(), key); err != nil || info.Bytes != 6 {
		t.Errorf("%+v %v", info, err)
	}
	for _, bad := range []string{"../out.mp4", "jobs/../../out.mp4", ""} {
		if err := store.Take(t.Context(), bad, f, "video/mp4"); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
	if _, err := os.Stat(filepath.Join(shared.config.Dir, "out.mp4")); err == nil {
		t.Error("a file lies outside of the bucket")
	}
}
