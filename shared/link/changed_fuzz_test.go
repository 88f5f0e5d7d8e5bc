package link

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"
)

// FuzzChanged: a token of ours that differs in a single byte, or in its length, is none; nor is one with other bytes put in.
func FuzzChanged(f *testing.F) {
	s := signer(f, key, old)
	f.Add("output.mp4", uint16(0), byte(1), "")
	f.Add("", uint16(30), byte('='), "A")
	f.Add("a/b", uint16(200), byte('\n'), "\n")
	f.Add("é", uint16(54), byte('_'), "==")
	f.Fuzz(func(t *testing.T, name string, at uint16, other byte, more string) {
		if len(name) > 255 {
			return
		}
		token := s.Sign(id, name, noon)
		i := int(at) % len(token)
		for _, changed := range []string{
			token[:i] + string([]byte{other}) + token[i+1:], token[:i], token[:i] + token[i+1:], token[:i] + more + token[i:], token + more, more + token,
			strings.ToLower(token), token[i:] + token[:i], rawChange(t, token, i, other),
		} {
			gotID, gotName, err := s.Verify(changed, noon.Add(-time.Hour))
			if changed != token && (!errors.Is(err, ErrBad) || gotID != "" || gotName != "") {
				t.Errorf("%q for %q: got %q, %q, %v", changed, token, gotID, gotName, err)
			}
		}
	})
}

// rawChange changes a byte of what is signed, and encodes it well.
func rawChange(t *testing.T, token string, i int, other byte) string {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		t.Fatal(err)
	}
	raw[i%len(raw)] ^= other
	return base64.RawURLEncoding.EncodeToString(raw)
}
