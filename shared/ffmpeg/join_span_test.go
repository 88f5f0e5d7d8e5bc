package ffmpeg

import (
	"math"
	"testing"

	"github.com/fflambda/fflambda/shared/job"
)

// What an input's options make of its length, between two clips of half a second.
func TestJoinLengths(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	film := generate(t, dir, "film.mp4", "-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=0.4", "-f", "lavfi", "-i", "sine=r=48000:d=0.4", "-c:v", "mpeg4", "-c:a", "aac")
	mute := generate(t, dir, "mute.mp4", "-i", "inputs/film.mp4", "-c", "copy", "-an")
	photo := generate(t, dir, "photo.png", "-f", "lavfi", "-i", "testsrc2=s=64x64", "-frames:v", "1")
	live := generate(t, dir, "live.webm", "-i", "inputs/film.mp4", "-c:v", "libvpx", "-c:a", "libopus", "-live", "1")
	for _, tt := range []struct {
		name    string
		ends    job.Input // the clips around
		between job.Input
		options []job.Option
		seconds float64
	}{
		{"a picture is one frame", film, photo, nil, 0.04},
		{"a picture is one frame, no sound", mute, photo, nil, 0.04},
		{"a picture that stands", mute, photo, list("-t", "0.6"), 0.6},
		{"a picture without an end", mute, photo, list("-loop", "1"), 5},
		{"a film without an end", film, film, list("-stream_loop", "-1"), 0.4},
		{"a film twice", film, film, list("-stream_loop", "1"), 0.8},
		{"nothing is left", film, film, list("-ss", "10"), 0},
		{"nothing is left, no sound", mute, mute, list("-ss", "10"), 0},
		{"later", film, film, list("-itsoffset", "0.2"), 0.6},
		{"twice as fast", mute, mute, list("-r", "50"), 0.2},
		{"its sound left out", film, film, list("-an", ""), 0.4},
		{"no sound anywhere", mute, film, list("-an", ""), 0.4},
		{"of unknown length", film, live, nil, 0.4},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			clip := tt.between
			clip.Options = tt.options
			m := made(t, dir, job.Transcode{Format: "mov"}, tt.ends, clip, tt.ends)
			if want := 0.8 + tt.seconds; math.Abs(m.Duration-want) > 0.041 {
				t.Errorf("%v s, want %v", m.Duration, want)
			}
			if m.FPS != 25 {
				t.Errorf("%v frames a second, want 25", m.FPS)
			}
			if sound := tt.ends.Media.HasAudio; m.HasAudio != sound {
				t.Errorf("has sound: %t, want %t", m.HasAudio, sound)
			}
		})
	}
}

// However many clips there are, a joint is half a frame at most from where the lengths add up to.
func TestSpans(t *testing.T) {
	t.Parallel()
	fps := exactly(29.97)
	inputs := make([]job.Input, 1000)
	for i := range inputs {
		inputs[i].Media = &job.Media{Format: "mov", Duration: 1.01, HasVideo: true}
	}
	var frames, samples int64
	for i, s := range spans(inputs, fps) {
		frames, samples = frames+s.frames, samples+s.samples
		end := 1.01 * float64(i+1)
		if off := float64(frames)/fps.hz() - end; math.Abs(off) > 0.5/fps.hz()+1e-9 {
			t.Fatalf("the picture of clip %d ends %.4f s off", i, off)
		}
		if off := float64(samples)/soundRateHz - float64(frames)/fps.hz(); math.Abs(off) > 1.0/soundRateHz {
			t.Fatalf("the sound of clip %d ends %.6f s after its picture", i, off)
		}
	}
}

func TestJoinRate(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		fps  []float64
		most float64
		want string
	}{
		{[]float64{29.97, 60}, 0, "30000/1001"},
		{[]float64{0, 30, 25}, 0, "30"},         // a picture
		{[]float64{0.5, 24}, 0, "24"},           // a slide show
		{[]float64{1000, 50}, 0, "50"},          // a clock
		{[]float64{29.83, 25}, 0, "30000/1001"}, // a telephone's
		{[]float64{12.5, 25}, 0, "25/2"},
		{[]float64{5, 0}, 0, "5"},
		{[]float64{0, 0}, 0, "25"},
		{[]float64{60, 25}, 15, "15"},
	} {
		var inputs []job.Input
		for _, fps := range tt.fps {
			inputs = append(inputs, job.Input{Media: &job.Media{FPS: fps}})
		}
		if got := joinRate(inputs, tt.most).String(); got != tt.want {
			t.Errorf("%v, at most %v: %s, want %s", tt.fps, tt.most, got, tt.want)
		}
	}
	recording := []job.Input{{Media: &job.Media{FPS: 22.7, Uneven: true}}}
	if got := joinRate(recording, 0).String(); got != "30" {
		t.Errorf("a screen recording: %s, want 30", got)
	}
}
