package link_test

import (
	"context"
	"errors"
	"testing"

	"github.com/fflambda/fflambda/shared/link"
)

// TestLazy: a key that cannot be fetched is asked for again, and one that was fetched is not.
func TestLazy(t *testing.T) {
	t.Parallel()
	asked, down := 0, errors.New("down")
	signer := link.Lazy(func(context.Context) ([]byte, error) {
		if asked++; asked == 1 {
			return nil, down
		}
		return make([]byte, link.KeyBytes), nil
	})
	if _, err := signer(t.Context()); !errors.Is(err, down) {
		t.Fatalf("got %v, want the error of the first try", err)
	}
	first, err := signer(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if again, err := signer(t.Context()); err != nil || again != first || asked != 2 {
		t.Errorf("asked %d times, %v; want the same signer after 2", asked, err)
	}
	if _, err := link.Lazy(func(context.Context) ([]byte, error) { return []byte("short"), nil })(t.Context()); err == nil {
		t.Error("a short key makes a signer")
	}
}
