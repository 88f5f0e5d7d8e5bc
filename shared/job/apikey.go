package job

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"regexp"
	"time"
)

// ErrNoKey is what a key store answers for a key that it does not hold or that was revoked.
var ErrNoKey = errors.New("no such key")

// Key is an API key as it is stored: the secret itself is shown once, when it is made.
type Key struct {
	ID        string    `json:"id"` // for people: keys list, keys revoke
	Owner     string    `json:"owner"`
	Hash      string    `json:"hash"` // HashKey of the secret
	CreatedAt time.Time `json:"created_at"`
	RevokedAt time.Time `json:"revoked_at,omitzero"`
}

// NewKey makes a key for owner and the secret that its holder sends.
func NewKey(owner string, now time.Time) (Key, string) {
	var b [24]byte
	rand.Read(b[:]) //nolint:errcheck // documented never to fail
	secret := "ffl_" + base64.RawURLEncoding.EncodeToString(b[:])
	return Key{ID: NewID()[:8], Owner: owner, Hash: HashKey(secret), CreatedAt: Milli(now)}, secret
}

// HashKey is the SHA-256 of an API key in hex: all that is stored of it. Keys are long and random, so no salt is needed.
func HashKey(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// Rotation says how often the secret behind the webhooks of a key, an inbox or whatever else signs was replaced, and when
// last. The secrets themselves are derived and not stored, see package hooks. The zero Rotation: never.
type Rotation struct {
	Generation int
	At         time.Time
}

var owner = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)

// IsOwner reports whether name can own keys and jobs. It becomes part of object keys.
func IsOwner(name string) bool { return owner.MatchString(name) }
