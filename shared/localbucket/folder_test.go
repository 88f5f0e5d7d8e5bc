package localbucket_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fflambda/fflambda/shared/job"
)

// TestFolderGone is not parallel: all tests share the folder. While it is away every way to it says so, and that it can
// pass; put back, or replaced by another one, it is the bucket again.
func TestFolderGone(t *testing.T) {
	store, dir := shared.store.Load(), filepath.Join(shared.config.Dir, shared.config.Bucket)
	put(t, "uploads/alice/folder.mp4", "before")
	must := must(t)
	to := must(store.PresignPut(t.Context(), "uploads/alice/new.mp4", time.Minute, "video/mp4", 3))
	send := func() answer {
		return do(t, "PUT", to, strings.NewReader("abc"), header("Content-Type", "video/mp4"), length(3))
	}
	rename := func(from, to string) {
		t.Helper()
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
	rename(dir, dir+".away")
	fault, ok := errors.AsType[*job.Fault](store.Check(t.Context()))
	if !ok || !strings.Contains(fault.Why, "gone") {
		t.Errorf("the check: %v", fault)
	}
	_, headErr := store.Head(t.Context(), "uploads/alice/folder.mp4")
	_, _, openErr := store.Open(t.Context(), "uploads/alice/folder.mp4")
	for _, err := range []error{headErr, openErr} {
		if !errors.Is(err, job.ErrBusy) || errors.Is(err, job.ErrNoObject) {
			t.Errorf("%v, want an error that can pass", err)
		}
	}
	if a := send(); a.status != 503 || a.header.Get("Retry-After") == "" {
		t.Errorf("an upload: %d %v", a.status, a.header)
	}

	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := store.Check(t.Context()); err != nil {
		t.Errorf("with an empty folder: %v", err)
	}
	if a := send(); a.status != 200 {
		t.Errorf("an upload into an empty folder: %d %s", a.status, a.body)
	}
	if _, info, err := store.Open(t.Context(), "uploads/alice/new.mp4"); err != nil || info.Bytes != 3 {
		t.Errorf("what was uploaded: %+v, %v", info, err)
	}
	rename(dir, dir+".new")
	rename(dir+".away", dir)
	if _, info, err := store.Open(t.Context(), "uploads/alice/folder.mp4"); err != nil || info.Bytes != 6 {
		t.Errorf("what was there before: %+v, %v", info, err)
	}
	wantError(t, store.Check(t.Context()), nil)
}
