package jobtest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fflambda/fflambda/shared/job"
)

// Keys is what RunKeys tests: all that the service asks of a store of API keys.
type Keys interface {
	Add(ctx context.Context, k job.Key) error
	Find(ctx context.Context, hash string) (job.Key, error)
	List(ctx context.Context) ([]job.Key, error)
	Revoke(ctx context.Context, id string, at time.Time) error
	Rotation(ctx context.Context, id string) (job.Rotation, error)
	Rotate(ctx context.Context, id string, at time.Time) (job.Rotation, error)
}

// RunKeys is the conformance suite of key stores. open makes an empty one for each test, as two processes see it:
// a server that looks keys up, and a command that changes them.
func RunKeys(t *testing.T, open func(t *testing.T) (server, command Keys)) {
	for _, test := range []struct {
		name string
		run  func(t *testing.T, server, command Keys)
	}{
		{"life of a key", testKeyLife},
		{"ids and hashes are unique", testKeyUnique},
		{"revoke has one winner", testKeyRevokeRace},
		{"rotation", testRotation},
		{"rotations are counted", testRotationRace},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server, command := open(t)
			test.run(t, server, command)
		})
	}
}

func testKeyLife(t *testing.T, server, command Keys) {
	ctx := within(t)
	now := time.Date(2026, 3, 1, 12, 0, 0, int(5*time.Millisecond), time.UTC)
	alice, secret := job.NewKey("alice", now)
	bob, _ := job.NewKey("bob", now.Add(time.Second))
	for _, k := range []job.Key{bob, alice} {
		if err := command.Add(ctx, k); err != nil {
			t.Fatal(err)
		}
	}
	got, err := server.Find(ctx, job.HashKey(secret))
	if err != nil || !cmp.Equal(alice, got) {
		t.Errorf("Find: %v\n%s", err, cmp.Diff(alice, got))
	}
	if _, err := server.Find(ctx, job.HashKey("another")); !errors.Is(err, job.ErrNoKey) {
		t.Errorf("Find of an unknown key: %v, want job.ErrNoKey", err)
	}
	if err := command.Revoke(ctx, alice.ID, now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{alice.ID, "unknown"} {
		if err := command.Revoke(ctx, id, now); !errors.Is(err, job.ErrNoKey) {
			t.Errorf("Revoke %s: %v, want job.ErrNoKey", id, err)
		}
	}
	if _, err := server.Find(ctx, alice.Hash); !errors.Is(err, job.ErrNoKey) {
		t.Errorf("Find of a revoked key: %v, want job.ErrNoKey", err)
	}
	if _, err := server.Find(ctx, bob.Hash); err != nil {
		t.Errorf("Find of the other key: %v", err)
	}
	alice.RevokedAt = now.Add(time.Hour)
	keys, err := server.List(ctx)
	if d := cmp.Diff([]job.Key{alice, bob}, keys); err != nil || d != "" {
		t.Errorf("List: %v (-want +got)\n%s", err, d)
	}
}

func testKeyUnique(t *testing.T, server, command Keys) {
	ctx := within(t)
	first, _ := job.NewKey("alice", time.Now())
	if err := command.Add(ctx, first); err != nil {
		t.Fatal(err)
	}
	sameID, _ := job.NewKey("bob", time.Now())
	sameID.ID = first.ID
	sameHash, _ := job.NewKey("bob", time.Now())
	sameHash.Hash = first.Hash
	for what, k := range map[string]job.Key{"key": first, "id": sameID, "hash": sameHash} {
		if err := command.Add(ctx, k); err == nil {
			t.Errorf("a second key of one %s was added", what)
		}
	}
	if keys, err := server.List(ctx); err != nil || !cmp.Equal([]job.Key{first}, keys) {
		t.Errorf("List: %v\n%s", err, cmp.Diff([]job.Key{first}, keys))
	}
	if got, err := server.Find(ctx, first.Hash); err != nil || !cmp.Equal(first, got) {
		t.Errorf("Find: %v\n%s", err, cmp.Diff(first, got))
	}
}

func testKeyRevokeRace(t *testing.T, server, command Keys) {
	ctx := within(t)
	k, _ := job.NewKey("alice", time.Now())
	if err := command.Add(ctx, k); err != nil {
		t.Fatal(err)
	}
	revoked := 0
	for _, err := range each(claimants, func(int) error { return command.Revoke(ctx, k.ID, k.CreatedAt) }) {
		switch {
		case err == nil:
			revoked++
		case !errors.Is(err, job.ErrNoKey) && !errors.Is(err, job.ErrBusy):
			t.Errorf("Revoke: %v, want job.ErrNoKey or job.ErrBusy", err)
		}
	}
	if revoked != 1 {
		t.Errorf("%d revoked the key, want 1", revoked)
	}
	if _, err := server.Find(ctx, k.Hash); !errors.Is(err, job.ErrNoKey) {
		t.Errorf("Find: %v, want job.ErrNoKey", err)
	}
}

func testRotation(t *testing.T, server, command Keys) {
	ctx := within(t)
	at := time.Date(2026, 3, 1, 12, 0, 0, int(5*time.Millisecond), time.UTC)
	for n := range 3 {
		want := job.Rotation{}
		if n > 0 {
			want = job.Rotation{Generation: n, At: at.Add(time.Duration(n) * time.Hour)}
			if got, err := command.Rotate(ctx, "inbox/alice", want.At.Add(time.Microsecond)); err != nil || got != want {
				t.Errorf("Rotate: %+v, %v; want %+v", got, err, want)
			}
		}
		if got, err := server.Rotation(ctx, "inbox/alice"); err != nil || got != want {
			t.Errorf("Rotation: %+v, %v; want %+v", got, err, want)
		}
	}
	if got, err := server.Rotation(ctx, "inbox/bob"); err != nil || got != (job.Rotation{}) {
		t.Errorf("Rotation of another: %+v, %v; want none", got, err)
	}
}

// testRotationRace: no rotation is lost, and none counts twice.
func testRotationRace(t *testing.T, server, command Keys) {
	ctx := within(t)
	at := time.Now()
	rotated := 0
	for _, err := range each(claimants, func(i int) error {
		_, err := command.Rotate(ctx, "0a1b2c3d", at.Add(time.Duration(i)*time.Second))
		return err
	}) {
		switch {
		case err == nil:
			rotated++
		case !errors.Is(err, job.ErrBusy):
			t.Errorf("Rotate: %v, want job.ErrBusy", err)
		}
	}
	if got, err := server.Rotation(ctx, "0a1b2c3d"); err != nil || got.Generation != rotated || rotated == 0 {
		t.Errorf("Rotation: %+v, %v; want generation %d", got, err, rotated)
	}
}
