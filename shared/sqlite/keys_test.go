package sqlite

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fflambda/fflambda/shared/job"
)

func TestKeys(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "fflambda.db")
	server, command := openAt(t, path).Keys(), openAt(t, path).Keys() // two processes on one file
	now := time.Date(2026, 3, 1, 12, 0, 0, int(5*time.Millisecond), time.UTC)
	alice, secret := job.NewKey("alice", now)
	bob, _ := job.NewKey("bob", now.Add(time.Second))
	for _, k := range []job.Key{bob, alice} {
		if err := command.Add(t.Context(), k); err != nil {
			t.Fatal(err)
		}
		if err := command.Add(t.Context(), k); err == nil {
			t.Error("a key was added twice")
		}
	}
	got, err := server.Find(t.Context(), job.HashKey(secret))
	if err != nil || !cmp.Equal(alice, got) {
		t.Errorf("Find: %v\n%s", err, cmp.Diff(alice, got))
	}
	if _, err := server.Find(t.Context(), job.HashKey("another")); !errors.Is(err, job.ErrNoKey) {
		t.Errorf("Find of an unknown key: %v, want job.ErrNoKey", err)
	}
	if err := command.Revoke(t.Context(), alice.ID, now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{alice.ID, "unknown"} {
		if err := command.Revoke(t.Context(), id, now); !errors.Is(err, job.ErrNoKey) {
			t.Errorf("Revoke %s: %v, want job.ErrNoKey", id, err)
		}
	}
	if _, err := server.Find(t.Context(), alice.Hash); !errors.Is(err, job.ErrNoKey) {
		t.Errorf("Find of a revoked key: %v, want job.ErrNoKey", err)
	}
	alice.RevokedAt = now.Add(time.Hour)
	keys, err := server.List(t.Context())
	if d := cmp.Diff([]job.Key{alice, bob}, keys); err != nil || d != "" {
		t.Errorf("List: %v (-want +got)\n%s", err, d)
	}
}
