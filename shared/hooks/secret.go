package hooks

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"time"

	"github.com/fflambda/fflambda/shared/job"
)

// SecretBytes is the length of the master secret: SHA-256's own.
const SecretBytes = 32

// Overlap is how long the secret before the last rotation still signs, too: the time that receivers have to take over
// the new one. A second rotation ends it at once.
const Overlap = 24 * time.Hour

// Secrets derives all signing secrets from a master secret, so that none needs to be stored. It is safe for concurrent use.
type Secrets struct{ master []byte }

// NewSecrets takes a master secret of SecretBytes.
func NewSecrets(master []byte) (*Secrets, error) {
	if len(master) != SecretBytes {
		return nil, fmt.Errorf("webhook secret has %d bytes, needs %d", len(master), SecretBytes)
	}
	return &Secrets{master}, nil
}

// Of is the secret of the key with that id after so many rotations, as receivers put it into their verifier: "whsec_"
// and base64.
func (s *Secrets) Of(id string, generation int) string {
	mac := hmac.New(sha256.New, s.master)
	mac.Write([]byte("webhook\x00" + id))
	if generation > 0 {
		mac.Write([]byte("\x00" + strconv.Itoa(generation)))
	}
	return "whsec_" + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// Valid are the secrets that sign at that time, the newest first: one, or two while it is being replaced.
func (s *Secrets) Valid(id string, r job.Rotation, now time.Time) []string {
	valid := []string{s.Of(id, r.Generation)}
	if r.Generation > 0 && now.Before(r.At.Add(Overlap)) {
		valid = append(valid, s.Of(id, r.Generation-1))
	}
	return valid
}

// SecretID is what j's webhook is signed for, as Secrets.Of takes it: the key that created j,
// or "inbox/<owner>" where an object in the owner's inbox did.
func SecretID(j job.Job) string {
	if j.KeyID == "" {
		return job.InboxPrefix + j.Owner
	}
	return j.KeyID
}
