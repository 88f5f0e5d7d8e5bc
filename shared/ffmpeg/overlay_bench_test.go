package ffmpeg

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fflambda/fflambda/shared/overlay"
)

// BenchmarkOverlay measures what a text costs: processor time for each frame of 1280x720, without decoding and encoding.
// One line, with a box, is drawn by one filter, more by two each.
func BenchmarkOverlay(b *testing.B) {
	found, err := installed()
	if err != nil {
		b.Skip(err)
	}
	for _, lines := range []int{0, 1, 3, 10, 40} {
		b.Run(fmt.Sprintf("lines=%d", lines), func(b *testing.B) {
			dir := b.TempDir()
			chain := "null"
			if lines > 0 {
				d := overlay.Overlay{Text: strings.Repeat("The quick brown fox\n", lines), Style: overlay.Style{Y: "0"}}.Render(1, 1280, 720)
				chain = d.Chain
				if err := os.Mkdir(filepath.Join(dir, overlay.Folder), 0o700); err != nil {
					b.Fatal(err)
				}
				for name, content := range d.Files {
					if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
						b.Fatal(err)
					}
				}
			}
			const frames = 100
			var milliseconds float64
			for b.Loop() {
				cmd := exec.Command(found.FFmpeg, "-v", "error", "-f", "lavfi", "-i", "color=green:s=1280x720", "-vf", chain, "-frames:v", fmt.Sprint(frames), "-f", "null", "-")
				cmd.Dir, cmd.Env = dir, environment()
				if out, err := cmd.CombinedOutput(); err != nil {
					b.Fatalf("%v: %s", err, out)
				}
				milliseconds += float64((cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Microseconds()) / 1000
			}
			b.ReportMetric(milliseconds/float64(b.N*frames), "cpu-ms/frame")
		})
	}
}
