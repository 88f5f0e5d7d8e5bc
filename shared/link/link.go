// Package link makes and reads the tokens of /d/<token>: download links that need no key and die at a set time.
//
// Lazy answers a Signer of the keys that KeyFile keeps, and New one of given keys; Sign and Verify are all there is to
// do with it. RotateFile replaces the key that signs, and leaves the old one valid.
// A token says which file of which job it is for, so no table is asked before it is known to be ours. One without a
// file's name is for all files of its job: a playlist's link needs that, for the names in the playlist are relative.
package link

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fflambda/fflambda/shared/job"
)

var (
	// ErrBad is the answer to a token that we did not sign, or that was changed.
	ErrBad = errors.New("not a link of ours")
	// ErrExpired is the answer to a token of ours whose time is over.
	ErrExpired = errors.New("the link has expired")
)

// KeyBytes is the length of a signing key: SHA-256's own.
const KeyBytes = 32

// A token is base64url without padding of
//
//	version (1 byte) | expiry (8 bytes, Unix seconds, big endian) | job id (16 bytes) | file name | MAC (16 bytes)
//
// The MAC is HMAC-SHA256 over all before it, cut to its first half as RFC 2104 allows: 128 bits that nobody can try offline.
const (
	version  = 1
	expiryAt = 1
	idAt     = expiryAt + 8
	nameAt   = idAt + 16
	macBytes = 16
)

// longest is a token that is not worth decoding: file names have 255 bytes at most.
const longest = 1024

// Signer signs and verifies tokens. It is safe for concurrent use.
type Signer struct{ keys [][]byte }

// New makes a Signer. The first key signs; all verify, so that a key can be replaced while its links still live.
func New(keys ...[]byte) (*Signer, error) {
	if len(keys) == 0 {
		return nil, errors.New("no key to sign links with")
	}
	s := &Signer{}
	for i, key := range keys {
		if len(key) < KeyBytes {
			return nil, fmt.Errorf("link key %d has %d bytes, needs %d", i+1, len(key), KeyBytes)
		}
		s.keys = append(s.keys, slices.Clone(key))
	}
	return s, nil
}

// Sign makes the token for a file of a job, or without a name for all of them, that Verify accepts before until, which
// counts in whole seconds.
// For a jobID that is none (job.IsID) it is empty, and an empty token is never accepted.
func (s *Signer) Sign(jobID, name string, until time.Time) string {
	id, err := hex.DecodeString(strings.ReplaceAll(jobID, "-", ""))
	if err != nil || !job.IsID(jobID) {
		return ""
	}
	b := append(make([]byte, 0, nameAt+len(name)+macBytes), version)
	b = binary.BigEndian.AppendUint64(b, uint64(until.Unix()))
	b = append(b, id...)
	b = append(b, name...)
	b = append(b, mac(s.keys[0], b)...)
	return base64.RawURLEncoding.EncodeToString(b)
}

// Verify says which file of which job a token is for, with an empty name all of them: ErrBad or ErrExpired if none.
func (s *Signer) Verify(token string, now time.Time) (jobID, name string, err error) {
	if len(token) > longest {
		return "", "", ErrBad
	}
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(b) < nameAt+macBytes || b[0] != version {
		return "", "", ErrBad
	}
	// One text for one token: the decoder lets line breaks and stray last bits through.
	if base64.RawURLEncoding.EncodeToString(b) != token {
		return "", "", ErrBad
	}
	signed, sum := b[:len(b)-macBytes], b[len(b)-macBytes:]
	if !s.made(signed, sum) {
		return "", "", ErrBad
	}
	until := int64(binary.BigEndian.Uint64(signed[expiryAt:]))
	if now.Unix() >= until {
		return "", "", ErrExpired
	}
	id := hex.EncodeToString(signed[idAt:nameAt])
	id = id[:8] + "-" + id[8:12] + "-" + id[12:16] + "-" + id[16:20] + "-" + id[20:]
	return id, string(signed[nameAt:]), nil
}

// File is the file that is meant where a token for name (empty: for all files) came with the name asked behind it
// (empty: with none). It is not ok where the token is for another file, or for all and none is asked for.
func File(name, asked string) (file string, ok bool) {
	switch {
	case name == "":
		return asked, asked != ""
	case asked == "" || asked == name:
		return name, true
	}
	return "", false
}

// made tries every key whatever the first says, so that the time tells nothing.
func (s *Signer) made(signed, sum []byte) bool {
	ok := false
	for _, key := range s.keys {
		ok = hmac.Equal(mac(key, signed), sum) || ok
	}
	return ok
}

func mac(key, signed []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(signed)
	return h.Sum(nil)[:macBytes]
}
