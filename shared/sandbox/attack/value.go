package attack

import (
	"encoding/base64"
	"path/filepath"
	"strings"
)

// values are what tokens stand for.
type values struct {
	outside, secret, ffmpeg, home string // paths
	worker, decoy, descriptor     string // numbers
	tcp, udp, socket              string // addresses
}

// example is of no machine.
func example() values {
	return values{ //nolint:gosec // paths, no credentials
		outside: "/o", secret: "/o/secret.txt", ffmpeg: "/usr/bin/ffmpeg", home: "/root", worker: "10", decoy: "11", descriptor: "12",
		tcp: "127.0.0.1:1", udp: "127.0.0.1:2", socket: "/o/s",
	}
}

func (v values) replacer() *strings.Replacer {
	return strings.NewReplacer(
		"$CLIP", "-f lavfi -i color=s=64x64:r=10:d=0.3", "$SOUND", "-f lavfi -i sine=d=0.2",
		"$SECRET", v.secret, "$TS", filepath.Join(v.outside, "secret.ts"), "$DB", filepath.Join(v.outside, "fflambda.db"),
		"$OTHER", filepath.Join(v.outside, "other", "input.mp4"), "$OUT", v.outside, "$UP", strings.Repeat("../", 12),
		"$FFMPEG", v.ffmpeg, "$HOME", v.home, "$PARENT", v.worker, "$DECOY", v.decoy, "$FD", v.descriptor,
		"$TCP", v.tcp, "$PORT", strings.Replace(v.tcp, ":", `\\:`, 1), "$EMPTY", "", "$UDP", v.udp, "$UNIX", v.socket,
		"$HLS64", base64.StdEncoding.EncodeToString([]byte(playlist(filepath.Join(v.outside, "secret.ts")))),
	)
}
