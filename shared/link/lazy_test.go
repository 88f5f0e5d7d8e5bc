package link_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/fflambda/fflambda/shared/link"
)

// TestLazy: keys that cannot be read are asked for again, those that have not changed make no new signer.
func TestLazy(t *testing.T) {
	t.Parallel()
	held, err := []byte(nil), errors.New("down")
	signer := link.Lazy(func(context.Context) ([]byte, error) { return held, err })
	if _, got := signer(t.Context()); !errors.Is(got, err) {
		t.Fatalf("got %v, want the error of the first try", got)
	}
	held, err = make([]byte, link.KeyBytes), nil
	first, got := signer(t.Context())
	if got != nil {
		t.Fatal(got)
	}
	if again, got := signer(t.Context()); got != nil || again != first {
		t.Errorf("the same keys make another signer, %v", got)
	}
	held = []byte("short")
	if _, got := signer(t.Context()); got == nil {
		t.Error("a short key makes a signer")
	}
}

// TestRotationByAndBy follows a rotation from one process to the next: at no step does one sign what another, a step
// behind, would refuse.
func TestRotationByAndBy(t *testing.T) {
	t.Parallel()
	const id = "0b9f7e54-3c1d-4e6f-8a2b-1c2d3e4f5a6b"
	now := time.Now()
	held := make([]byte, link.KeyBytes)
	signer := link.Lazy(func(context.Context) ([]byte, error) { return held, nil })
	behind, err := signer(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	first := behind.Sign(id, "a", now.Add(time.Hour))
	for i, step := range []func([]byte) ([]byte, error){link.Announce, link.Turn, link.Announce, link.Turn} {
		if held, err = step(held); err != nil {
			t.Fatal(err)
		}
		ahead, err := signer(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, pair := range [][2]*link.Signer{{ahead, behind}, {behind, ahead}} {
			if _, _, err := pair[1].Verify(pair[0].Sign(id, "a", now.Add(time.Hour)), now); err != nil {
				t.Errorf("step %d: %v", i, err)
			}
		}
		if _, _, err := ahead.Verify(first, now); (err == nil) != (i < 2) {
			t.Errorf("step %d: a link of the first key: %v", i, err)
		}
		behind = ahead
	}
}

func TestSplit(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]int{0: 0, 1: 0, 31: 0, 32: 1, 33: 0, 63: 0, 64: 2, 96: 0} {
		if keys, err := link.Split(make([]byte, n)); len(keys) != want || (err == nil) != (want > 0) {
			t.Errorf("%d bytes are %d keys, %v; want %d", n, len(keys), err, want)
		}
		if want == 0 {
			if _, err := link.Announce(make([]byte, n)); err == nil {
				t.Errorf("%d bytes can be rotated", n)
			}
		}
	}
}

func TestFile(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, asked, want string
		ok                bool
	}{
		{"a.mp4", "", "a.mp4", true}, {"a.mp4", "a.mp4", "a.mp4", true}, {"a.mp4", "b.mp4", "", false},
		{"", "b.mp4", "b.mp4", true}, {"", "", "", false},
	} {
		if got, ok := link.File(c.name, c.asked); got != c.want || ok != c.ok {
			t.Errorf("a token for %q, asked for %q: %q, %t", c.name, c.asked, got, ok)
		}
	}
}
