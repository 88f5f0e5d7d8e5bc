package link

import (
	"crypto/rand"
	"fmt"
	"slices"
)

// MaxKeys is how many keys are valid at once: the one that signs and another that only verifies.
const MaxKeys = 2

// Split parts what a file or a parameter holds into its keys: KeyBytes each, one behind the other. The first one signs.
func Split(held []byte) ([][]byte, error) {
	if n := len(held) / KeyBytes; n < 1 || n > MaxKeys || len(held)%KeyBytes != 0 {
		return nil, fmt.Errorf("the keys have %d bytes instead of %d or %d", len(held), KeyBytes, MaxKeys*KeyBytes)
	}
	return slices.Collect(slices.Chunk(held, KeyBytes)), nil
}

// Announce puts a new key behind the one that signs, where every process can learn to verify it before Turn makes it
// sign. A second key that was there before is dropped, and the links that it signed end.
func Announce(held []byte) ([]byte, error) {
	keys, err := Split(held)
	if err != nil {
		return nil, err
	}
	return slices.Concat(keys[0], newKey()), nil
}

// Turn makes the second key sign. The first one still verifies.
func Turn(held []byte) ([]byte, error) {
	keys, err := Split(held)
	if err != nil {
		return nil, err
	}
	slices.Reverse(keys)
	return slices.Concat(keys...), nil
}

func newKey() []byte {
	key := make([]byte, KeyBytes)
	rand.Read(key) //nolint:errcheck // documented never to fail
	return key
}
