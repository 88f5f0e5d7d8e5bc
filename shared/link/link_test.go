package link

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"
)

const id = "0b9f7e54-3c1d-4e6f-8a2b-1c2d3e4f5a6b"

var (
	key  = bytes.Repeat([]byte{1}, KeyBytes)
	old  = bytes.Repeat([]byte{2}, KeyBytes)
	noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
)

func signer(t testing.TB, keys ...[]byte) *Signer {
	t.Helper()
	s, err := New(keys...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSignVerify(t *testing.T) {
	t.Parallel()
	s := signer(t, key)
	for _, name := range []string{"", "a.mp4", "Ünï côde 🎬.mp4", "a/b.ts", "\x00\xff", strings.Repeat("n", 255)} {
		token := s.Sign(id, name, noon)
		gotID, gotName, err := s.Verify(token, noon.Add(-time.Second))
		if err != nil || gotID != id || gotName != name {
			t.Errorf("%q: got %q, %q, %v", name, gotID, gotName, err)
		}
		if strings.Trim(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			t.Errorf("%q: the token %q is not safe in a URL", name, token)
		}
	}
}

// A token that is out in the world has to be read by every later version.
func TestTokenIsStable(t *testing.T) {
	t.Parallel()
	const token = "AQAAAABpV7NAC59-VDwdTm-KKxwtPk9aa291dHB1dC5tcDSkx8AJoulh73qlOuLKAZlb"
	if got := signer(t, key).Sign(id, "output.mp4", noon); got != token {
		t.Errorf("got %s, want %s", got, token)
	}
}

func TestExpiry(t *testing.T) {
	t.Parallel()
	s := signer(t, key)
	token := s.Sign(id, "a.mp4", noon.Add(900*time.Millisecond)) // counts in whole seconds
	for now, want := range map[time.Time]error{
		noon.Add(-time.Millisecond): nil,
		noon:                        ErrExpired,
		noon.AddDate(100, 0, 0):     ErrExpired,
		{}:                          nil, // a clock that was set back
	} {
		if _, _, err := s.Verify(token, now); !errors.Is(err, want) {
			t.Errorf("at %s: got %v, want %v", now, err, want)
		}
	}
	for _, until := range []time.Time{{}, time.Unix(0, 0)} {
		if _, _, err := s.Verify(s.Sign(id, "a", until), noon); !errors.Is(err, ErrExpired) {
			t.Errorf("until %s: got %v, want ErrExpired", until, err)
		}
	}
}

func TestTampering(t *testing.T) {
	t.Parallel()
	s := signer(t, key, old)
	token := s.Sign(id, "output.mp4", noon)
	check := func(what, changed string) {
		if _, _, err := s.Verify(changed, noon.Add(-time.Hour)); !errors.Is(err, ErrBad) {
			t.Errorf("%s: %q: got %v, want ErrBad", what, changed, err)
		}
	}
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		t.Fatal(err)
	}
	for i := range raw {
		for bit := range 8 {
			changed := bytes.Clone(raw)
			changed[i] ^= 1 << bit
			check("flipped bit", base64.RawURLEncoding.EncodeToString(changed))
		}
		check("cut", base64.RawURLEncoding.EncodeToString(raw[:i]))
		check("byte left out", base64.RawURLEncoding.EncodeToString(append(bytes.Clone(raw[:i]), raw[i+1:]...)))
	}
	for i := range token {
		for _, c := range "Aa0-_+/=.\n\r %\x00é" {
			if changed := token[:i] + string(c) + token[i+1:]; changed != token {
				check("other letter", changed)
			}
			check("letter more", token[:i]+string(c)+token[i:])
		}
	}
	// A name of this length leaves unused bits in the last letter.
	for c := range strings.SplitSeq("BCDEFGHIJKLMNOP", "") {
		loose := s.Sign(id, "ab", noon)
		if changed := loose[:len(loose)-1] + c; changed != loose {
			check("last letter", changed)
		}
	}
	for _, text := range []string{"", "=", token + "=", token + "\n", token + token, strings.Repeat("A", 1<<20)} {
		check("other text", text)
	}
}

func TestRotation(t *testing.T) {
	t.Parallel()
	token := signer(t, old).Sign(id, "a.mp4", noon)
	now := noon.Add(-time.Hour)
	if _, _, err := signer(t, key, old).Verify(token, now); err != nil {
		t.Errorf("while the old key is kept: %v", err)
	}
	if _, _, err := signer(t, key).Verify(token, now); !errors.Is(err, ErrBad) {
		t.Errorf("after it was dropped: got %v, want ErrBad", err)
	}
	if signer(t, key, old).Sign(id, "a.mp4", noon) != signer(t, key).Sign(id, "a.mp4", noon) {
		t.Error("the first key does not sign")
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for what, keys := range map[string][][]byte{
		"no key": nil, "an empty key": {nil}, "a short key": {key[:31]}, "a short second key": {key, []byte("x")},
	} {
		if _, err := New(keys...); err == nil {
			t.Errorf("%s was accepted", what)
		}
	}
}

func TestSignOnlyJobs(t *testing.T) {
	t.Parallel()
	s := signer(t, key)
	for _, text := range []string{"", "x", strings.ToUpper(id), strings.ReplaceAll(id, "-", ""), id + "0", "../" + id} {
		if token := s.Sign(text, "a", noon); token != "" {
			t.Errorf("%q was signed: %s", text, token)
		}
	}
}

func FuzzVerify(f *testing.F) {
	s := signer(f, key, old)
	ours := s.Sign(id, "output.mp4", noon)
	for _, seed := range []string{"", ours, ours[:40], ours + "A", strings.Repeat("A", 55), strings.Repeat("_", 80)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		gotID, gotName, err := s.Verify(token, noon.Add(-time.Hour))
		if token == ours {
			return
		}
		if !errors.Is(err, ErrBad) || gotID != "" || gotName != "" {
			t.Errorf("%q: got %q, %q, %v", token, gotID, gotName, err)
		}
	})
}

func FuzzSign(f *testing.F) {
	s := signer(f, key)
	f.Add("output.mp4", int64(1))
	f.Add("", int64(-1))
	f.Fuzz(func(t *testing.T, name string, seconds int64) {
		if len(name) > 255 {
			return
		}
		until := time.Unix(seconds, 0)
		token := s.Sign(id, name, until)
		if _, gotName, err := s.Verify(token, until.Add(-time.Second)); err == nil && gotName != name {
			t.Errorf("%q came back as %q", name, gotName)
		}
		if _, _, err := s.Verify(token, until); !errors.Is(err, ErrExpired) {
			t.Errorf("%q until %d: got %v", name, seconds, err)
		}
	})
}
