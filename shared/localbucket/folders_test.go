package localbucket_test

import (
	"fmt"
	"sync"
	"testing"
	"time"
)

// TestPutWhereFoldersGo: an object whose folder goes with the last one in it, just as it is put there, is there in the end.
func TestPutWhereFoldersGo(t *testing.T) {
	t.Parallel()
	store := shared.store.Load()
	var writers sync.WaitGroup
	for w := range 8 {
		writers.Go(func() {
			for range 60 {
				key := fmt.Sprintf("uploads/folders/%d/a.txt", w)
				if err := store.PutBytes(t.Context(), key, []byte("x"), "text/plain"); err != nil {
					t.Errorf("put: %v", err)
				}
				if err := store.Delete(t.Context(), key); err != nil {
					t.Errorf("delete: %v", err)
				}
			}
		})
	}
	writers.Wait()
}

// TestPutOnAFolder: what there can be no object of is refused for good.
func TestPutOnAFolder(t *testing.T) {
	t.Parallel()
	store := shared.store.Load()
	put(t, "uploads/taken/below/a.mp4", "x")
	for _, key := range []string{"uploads/taken/below", "uploads/taken/below/a.mp4/b.mp4"} {
		to := must(t)(store.PresignPut(t.Context(), key, time.Minute, "video/mp4", 1))
		if a := do(t, "PUT", to, temp(t, 1), header("Content-Type", "video/mp4"), length(1)); a.status < 400 || a.status >= 500 {
			t.Errorf("%s: %d %s", key, a.status, a.body)
		}
	}
}
