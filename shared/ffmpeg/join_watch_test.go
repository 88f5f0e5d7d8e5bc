package ffmpeg

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fflambda/fflambda/shared/job"
)

const (
	listenHz = 8000 // in which beeps are looked for
	atMost   = 0.040
)

// film is what a viewer notices of a file: the moments, in seconds, at which a flash or a beep begins.
type film struct {
	media   job.Media
	frames  []float64 // when each is shown
	flashes []float64
	beeps   []float64
	samples int
}

// watch decodes a file of either sort.
func watch(t *testing.T, file string) film {
	t.Helper()
	m, err := tools(t).Probe(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	args := []string{"-i", file}
	if m.HasVideo {
		args = append(args, "-map", "0:v", "-vf", "scale=8:8,format=gray,signalstats,metadata=print:key=lavfi.signalstats.YAVG:file=light.txt", "-f", "null", "-")
	}
	if m.HasAudio {
		args = append(args, "-map", "0:a", "-af", "aresample=async=1:first_pts=0", "-ac", "1", "-ar", number(listenHz), "-f", "s16le", "sound.raw")
	}
	if err := tools(t).Run(t.Context(), Task{Dir: dir, Args: args}); err != nil {
		t.Fatal(err, tail20(err))
	}
	f := film{media: m}
	if m.HasVideo {
		f.see(read(t, dir, "light.txt"))
	}
	if m.HasAudio {
		f.hear(read(t, dir, "sound.raw"))
	}
	return f
}

func read(t *testing.T, dir, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// see reads pairs of lines: "frame:0    pts:0       pts_time:0" and "lavfi.signalstats.YAVG=16".
func (f *film) see(text []byte) {
	const dark = 50 // where black is 0 or 16 and white 235 or 255, but not all of the picture
	was := 0.0
	for line := range strings.Lines(string(text)) {
		if _, at, ok := strings.Cut(strings.TrimSpace(line), "pts_time:"); ok {
			f.frames = append(f.frames, figure(at))
			continue
		}
		_, light, _ := strings.Cut(strings.TrimSpace(line), "=")
		if is := figure(light); is > dark && was <= dark {
			f.flashes = append(f.flashes, f.frames[len(f.frames)-1])
			was = is
		} else {
			was = is
		}
	}
}

// hear looks for the samples that are loud after a tenth of a second of quiet.
func (f *film) hear(pcm []byte) {
	const loud = 0.1 * math.MaxInt16
	samples := make([]int16, len(pcm)/2)
	_ = binary.Read(bytes.NewReader(pcm), binary.LittleEndian, samples) // as many as there are
	f.samples = len(samples)
	last := -listenHz
	for i, s := range samples {
		if math.Abs(float64(s)) < loud {
			continue
		}
		if i-last > listenHz/10 {
			f.beeps = append(f.beeps, float64(i)/listenHz)
		}
		last = i
	}
}

// expect looks for a clip's flash and, where it has sound, for its beep.
func (f film) expect(t *testing.T, name string, at float64, sound bool) {
	beside := math.Inf(1)
	flash, beep := nearest(f.flashes, at), nearest(f.beeps, at)
	if sound && f.media.HasVideo {
		beside = math.Abs(flash - beep)
		t.Logf("joint %s: at %.3f s, flash %+.1f ms, beep %+.1f ms, apart %.1f ms", name, at, 1000*(flash-at), 1000*(beep-at), 1000*beside)
	} else {
		t.Logf("joint %s: at %.3f s, flash %+.1f ms, beep %+.1f ms", name, at, 1000*(flash-at), 1000*(beep-at))
	}
	if f.media.HasVideo && !(math.Abs(flash-at) <= atMost) {
		t.Errorf("%s: the flash is at %.3f s, want %.3f", name, flash, at)
	}
	if sound && !(math.Abs(beep-at) <= atMost) {
		t.Errorf("%s: the beep is at %.3f s, want %.3f", name, beep, at)
	}
	if sound && f.media.HasVideo && beside > atMost {
		t.Errorf("%s: flash and beep are %.3f s apart", name, beside)
	}
}

// ends checks the length, and that the frames come at a constant rate.
func (f film) ends(t *testing.T, at float64) {
	frame := 1.0 / stillRate
	if f.media.HasVideo {
		frame = 1 / f.media.FPS
		for i := 1; i < len(f.frames); i++ {
			if step := f.frames[i] - f.frames[i-1]; math.Abs(step-frame) > 0.002 {
				t.Errorf("frame %d comes %.4f s after the one before, want %.4f", i, step, frame)
			}
		}
		if seen := float64(len(f.frames)) * frame; math.Abs(seen-at) > frame {
			t.Errorf("the picture lasts %.3f s, want %.3f", seen, at)
		}
	}
	if heard := float64(f.samples) / listenHz; f.media.HasAudio && math.Abs(heard-at) > frame {
		t.Errorf("the sound lasts %.3f s, want %.3f", heard, at)
	}
	t.Logf("end: at %.3f s, lasts %+.1f ms longer", at, 1000*(f.media.Duration-at))
	if math.Abs(f.media.Duration-at) > frame {
		t.Errorf("lasts %.3f s, want %.3f", f.media.Duration, at)
	}
}

// nearest is the moment next to at; NaN where there is none.
func nearest(moments []float64, at float64) float64 {
	best := math.NaN()
	for _, m := range moments {
		if math.IsNaN(best) || math.Abs(m-at) < math.Abs(best-at) {
			best = m
		}
	}
	return best
}
