package hooks

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/fflambda/fflambda/shared/job"
)

// SecretBytes is the length of a master secret: SHA-256's own.
const SecretBytes = 32

// Secrets derives the signing secret of every key from a master secret, so that none needs to be stored.
// It is safe for concurrent use.
type Secrets struct{ masters [][]byte }

// NewSecrets takes one master secret of SecretBytes, or two while it is rotated: the new one first.
// Webhooks are then signed with both, until the receivers have taken over the new one.
func NewSecrets(masters ...[]byte) (*Secrets, error) {
	if len(masters) == 0 || len(masters) > 2 {
		return nil, errors.New("webhook secret: want one master secret, or two while it is rotated")
	}
	for i, m := range masters {
		if len(m) != SecretBytes {
			return nil, fmt.Errorf("webhook secret %d has %d bytes, needs %d", i+1, len(m), SecretBytes)
		}
	}
	return &Secrets{masters}, nil
}

// Of is the secret of the key with that id, as receivers put it into their verifier: "whsec_" and base64.
// One for each master, in their order.
func (s *Secrets) Of(keyID string) []string {
	secrets := make([]string, len(s.masters))
	for i, m := range s.masters {
		mac := hmac.New(sha256.New, m)
		mac.Write([]byte("webhook\x00" + keyID))
		secrets[i] = "whsec_" + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	return secrets
}

// SecretID is what j's webhook is signed for, as Secrets.Of takes it: the key that created j,
// or "inbox/<owner>" where an object in the owner's inbox did.
func SecretID(j job.Job) string {
	if j.KeyID == "" {
		return job.InboxPrefix + j.Owner
	}
	return j.KeyID
}
