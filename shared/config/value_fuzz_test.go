package config

import (
	"strconv"
	"testing"
	"time"
)

// FuzzValues: a time, size or network that is taken lies within its bounds, and is the same when it is written plainly.
func FuzzValues(f *testing.F) {
	for _, text := range []string{"90s", "30d", "0", "-1h", "1e3", "500MB", "1.5GiB", "0x10", ".5kb", "1 tib", "99999999999999999999", "1..5", "NaN", "inf", "10.0.0.0/8,fd00::/8", "::ffff:1.2.3.4", "fe80::1%lo"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if d, err := duration(text); err == nil {
			if again, err := duration(d.String()); d <= 0 || d > 36500*24*time.Hour || err != nil || again != d {
				t.Errorf("%q is %s, and that %s (%v)", text, d, again, err)
			}
		}
		if n, err := size(text); err == nil {
			if again, err := size(strconv.FormatInt(n, 10)); n < 1 || n > 1<<50 || err != nil || again != n {
				t.Errorf("%q is %d bytes, and that %d (%v)", text, n, again, err)
			}
		}
		if all, err := prefixes(text); err == nil {
			for _, p := range all {
				if again, err := prefixes(p.String()); !p.IsValid() || p != p.Masked() || p.Addr().Is4In6() || err != nil || len(again) != 1 || again[0] != p {
					t.Errorf("%q has %s, and that is %v (%v)", text, p, again, err)
				}
			}
		}
	})
}
