package job

import (
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // UUID version 5 is defined over SHA-1; nothing secret hangs on it
	"crypto/sha256"
	"encoding/hex"
)

// namespace is the fixed UUID under which ids of idempotent creates are derived.
var namespace = [16]byte{0x5c, 0x1d, 0x36, 0x0e, 0x2f, 0x4b, 0x4d, 0x6a, 0x9a, 0x27, 0x61, 0xb7, 0x0f, 0xfa, 0x3b, 0xda}

// NewID is a random UUID (version 4), lower case.
func NewID() string {
	var b [16]byte
	rand.Read(b[:]) //nolint:errcheck // documented never to fail
	return format(b, 4)
}

// StableID is the id of the job that an owner creates under an Idempotency-Key: the same pair gives the same id
// (UUID version 5), so that a conditional put is all it takes to make a create idempotent.
// The API is part of it: the two APIs do not share keys.
func StableID(owner string, api API, idempotencyKey string) string {
	h := sha1.New() //nolint:gosec // see above
	h.Write(namespace[:])
	for _, part := range []string{owner, string(api), idempotencyKey} {
		h.Write([]byte(part))
		h.Write([]byte{0})
	}
	var b [16]byte
	copy(b[:], h.Sum(nil))
	return format(b, 5)
}

// IsID reports whether s has the form of a job's id.
func IsID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i, c := range []byte(s) {
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return false
			}
		default:
			if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
				return false
			}
		}
	}
	return true
}

// Fingerprint is the hash of a create body, kept as Job.BodyHash: the same Idempotency-Key
// with another body is the caller's mistake.
func Fingerprint(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// format writes b in the usual form, with RFC 9562's version and variant bits.
func format(b [16]byte, version byte) string {
	b[6] = b[6]&0x0f | version<<4
	b[8] = b[8]&0x3f | 0x80
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
