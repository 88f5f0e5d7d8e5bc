package ffmpeg

import (
	"strings"
	"testing"
)

// TestGate: which versions are warned of, and which may not be in an image.
func TestGate(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]struct{ vulnerable, shippable bool }{
		"7.1.5": {false, true}, "7.1.5-0+deb13u1": {false, true}, "7.1.10": {false, true}, "n8.0.3": {false, true}, "8.1.2-static": {false, true},
		"8.2": {false, true}, "9.0": {false, true}, "10.0.1": {false, true},
		"5.1.10-0+deb12u1": {false, false}, "6.1.6": {false, false},
		"5.1.9-0+deb12u1": {true, false}, "6.0.9": {true, false}, "6.1.1-3ubuntu5": {true, false}, "7.0.2-static": {true, false},
		"7.1": {true, false}, "7.1.4": {true, false}, "8.0": {true, false}, "8.0.2": {true, false}, "n8.0.2-3-gabcdef": {true, false}, "8.1": {true, false}, "8.1.1": {true, false},
		"N-117000-gabcdef-20261101": {true, false}, "2026-11-01-git-37db0454e4-full_build": {true, false}, "git-2026-11-01-37db045": {true, false}, "": {true, false},
	} {
		tools := Tools{Version: version}
		warned, refused := tools.Vulnerable(), tools.Shippable()
		if (warned != nil) != want.vulnerable || (refused == nil) != want.shippable {
			t.Errorf("%q: vulnerable %v, shippable %v", version, warned, refused)
		}
		if warned != nil && !strings.Contains(warned.Error(), "CVE-2026-8461") || refused != nil && !strings.Contains(refused.Error(), "use FFmpeg 7.1.5, 8.0.3, 8.1.2 or newer") {
			t.Errorf("%q: %v; %v", version, warned, refused)
		}
	}
}
