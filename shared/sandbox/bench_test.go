//go:build linux && (amd64 || arm64)

package sandbox_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fflambda/fflambda/shared/sandbox"
)

// What the sandbox costs: the median run without it, with it, and the difference. Runs alternate, so that a busy
// machine is as bad for both.
//
//	go test ./shared/sandbox -run - -bench Start -benchtime 200x
func BenchmarkStart(b *testing.B) {
	for _, command := range []string{"-version", "-v error -f lavfi -i color=s=64x64:d=0.04 -frames:v 1 -f null -"} {
		for _, tool := range tools(b) {
			name, _, _ := strings.Cut(strings.TrimPrefix(command, "-v error -f lavfi -i "), "=")
			b.Run(tool.name+"/"+strings.TrimPrefix(name, "-"), func(b *testing.B) {
				dir := b.TempDir()
				var off, on []time.Duration
				for b.Loop() {
					off = append(off, once(b, tool, command, nil))
					on = append(on, once(b, tool, command, &sandbox.Config{Folder: dir, Limits: small()}))
				}
				b.ReportMetric(median(off), "off-ms")
				b.ReportMetric(median(on), "on-ms")
				b.ReportMetric(median(on)-median(off), "more-ms")
			})
		}
	}
}

// once is the wall time of one run.
func once(b *testing.B, tool tool, command string, inside *sandbox.Config) time.Duration {
	b.Helper()
	began := time.Now()
	cmd := exec.CommandContext(b.Context(), tool.path, strings.Fields(command)...)
	if inside != nil {
		if err := inside.Wrap(cmd); err != nil {
			b.Fatal(err)
		}
	}
	if err := cmd.Run(); err != nil {
		b.Fatal(err)
	}
	return time.Since(began)
}

func median(d []time.Duration) float64 {
	slices.Sort(d)
	return float64(d[len(d)/2].Microseconds()) / 1000
}
