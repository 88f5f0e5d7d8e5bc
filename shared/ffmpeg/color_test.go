package ffmpeg

import (
	"image/color"
	_ "image/jpeg"
	_ "image/png"

	"fmt"
	"image"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fflambda/fflambda/shared/job"
)

// centre makes a still picture of an input and reads the colour in its middle.
func centre(t *testing.T, dir, format string, in job.Input) color.RGBA {
	t.Helper()
	file, err := produce(t.Context(), t, dir, job.Transcode{Format: format}, in)
	if err != nil {
		t.Fatal(err, tail20(err))
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // only read
	picture, _, err := image.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	middle := picture.Bounds().Max.Div(2)
	c, ok := color.RGBAModel.Convert(picture.At(middle.X, middle.Y)).(color.RGBA)
	if !ok {
		t.Fatal("no colour")
	}
	return c
}

// again makes an output the input of another job.
func again(t *testing.T, dir, format string, in job.Input) job.Input {
	t.Helper()
	file, err := produce(t.Context(), t, dir, job.Transcode{Format: format}, in)
	if err != nil {
		t.Fatal(err, tail20(err))
	}
	name := "again-" + in.Name + "." + format
	if err := os.Rename(file, filepath.Join(dir, "inputs", name)); err != nil {
		t.Fatal(err)
	}
	return probeInput(t, dir, name)
}

func near(t *testing.T, what string, got, want color.RGBA) {
	t.Helper()
	for _, d := range []int{int(got.R) - int(want.R), int(got.G) - int(want.G), int(got.B) - int(want.B)} {
		if max(d, -d) > 5 {
			t.Errorf("%s is %v, want %v", what, got, want)
			return
		}
	}
}

// Grey of a known light in PQ and HLG is what the curve of toSDR says, and the video says what its colours are.
func TestHDR(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	for transfer, tt := range map[string]struct {
		code int   // of 10 bits
		grey uint8 // worked out by hand
	}{
		hdrPQ:  {509, 181}, // 100 cd/m2 is 1; 1*(1+1/100)/(1+1) = 0.505; BT.709: 0.709
		hdrHLG: {502, 147}, // signal 0.5 is 1/12 of the light; 10*(1/12)^1.2 = 0.507; 0.338; BT.709: 0.576
	} {
		in := generate(t, dir, transfer+".mkv", "-f", "lavfi", "-i", "color=s=64x48:d=0.2:r=10", "-vf", fmt.Sprintf("format=yuv420p10le,geq=%d:512:512,"+
			"setparams=range=tv:colorspace=bt2020nc:color_primaries=bt2020:color_trc=%s", tt.code, transfer), "-c:v", "ffv1")
		if in.Media.HDR != transfer {
			t.Errorf("%s: %+v", transfer, *in.Media)
		}
		want := color.RGBA{tt.grey, tt.grey, tt.grey, 255}
		near(t, transfer+" as png", centre(t, dir, "png", in), want)
		video := again(t, dir, "mp4", in)
		if video.Media.HDR != "" || video.Media.ColorSpace != "bt709" {
			t.Errorf("%s as mp4: %+v", transfer, *video.Media)
		}
		near(t, transfer+" as mp4", centre(t, dir, "png", video), want)
	}
}

// Colours survive the ways between RGB, BT.709 video and BT.601 pictures.
func TestColors(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	green := color.RGBA{20, 200, 60, 255}
	in := generate(t, dir, "green.png", "-f", "lavfi", "-i", "color=0x14c83c:s=64x48,format=rgb24", "-frames:v", "1")
	near(t, "jpg", centre(t, dir, "jpg", in), green)
	for _, format := range []string{"mp4", "webm"} {
		video := again(t, dir, format, in)
		if video.Media.ColorSpace != "bt709" {
			t.Errorf("%s of RGB: %+v", format, *video.Media)
		}
		near(t, format+" to jpg", centre(t, dir, "jpg", video), green)
		near(t, format+" to png", centre(t, dir, "png", video), green)
		near(t, format+" to webp", centre(t, dir, "png", again(t, dir, "webp", firstFrame(video))), green)
	}
}

// firstFrame cuts the input to one frame, so that its WebP is one that ffmpeg can read.
func firstFrame(in job.Input) job.Input {
	media := *in.Media
	media.FPS = 1
	return job.Input{Name: in.Name, Media: &media, Options: list("-t", "0.01")}
}

// What shines through is white behind pictures and black behind videos, and stays where the format can say so.
func TestAlpha(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	const glass = "color=red:s=64x48:d=0.2:r=10,format=rgba,colorchannelmixer=aa=0"
	logo := generate(t, dir, "logo.png", "-f", "lavfi", "-i", glass, "-frames:v", "1")
	title := generate(t, dir, "title.mov", "-f", "lavfi", "-i", glass, "-c:v", "qtrle")
	near(t, "picture as jpg", centre(t, dir, "jpg", logo), color.RGBA{255, 255, 255, 255})
	near(t, "picture as mp4", centre(t, dir, "png", again(t, dir, "mp4", logo)), color.RGBA{255, 255, 255, 255})
	near(t, "video as mp4", centre(t, dir, "png", again(t, dir, "mp4", title)), color.RGBA{0, 0, 0, 255})
	web := again(t, dir, "webm", title)
	if web.Media.PixelFormat != "yuva420p" {
		t.Errorf("as webm: %+v", *web.Media)
	}
	for format, c := range map[string]color.RGBA{"webm": centre(t, dir, "png", web), "webp": centre(t, dir, "png", again(t, dir, "webp", logo))} {
		if c.A != 0 {
			t.Errorf("%s to png is %v, want it clear", format, c)
		}
	}
}

// TestSuited shows the options that depend on how an input is coded.
func TestSuited(t *testing.T) {
	t.Parallel()
	screen := job.Media{HasVideo: true, Width: 64, Height: 48, FPS: 12, Uneven: true}
	teletext := job.Media{HasVideo: true, Width: 64, Height: 48, FPS: 25, Subtitle: "dvb_teletext"}
	ghost := job.Media{HasVideo: true, Width: 64, Height: 48, FPS: 25, VideoCodec: "vp9", PixelFormat: "yuva420p"}
	stage := job.Media{HasAudio: true, Channels: 16}
	for _, tt := range []struct {
		format string
		media  job.Media
		want   string
	}{
		{"mp4", screen, "-fpsmax 120"},
		{"avi", screen, "-vf fps=30,"},
		{"gif", screen, "-vf fps=15,"},
		{"mkv", teletext, " -sn "},
		{"mkv", ghost, "-metadata:s:v alpha_mode= "},
		{"png", ghost, "-c:v libvpx-vp9 -i "},
		{"webm", ghost, "-pix_fmt yuva420p"},
		{"mp4", stage, "-af aformat=channel_layouts=mono|stereo|5.1|7.1"},
	} {
		c, err := Plan(transcode(job.Transcode{Format: tt.format}, in(&tt.media)))
		if got := strings.Join(c.Args, " "); err != nil || !strings.Contains(got, tt.want) {
			t.Errorf("%s: %s, %v, want %q", tt.format, got, err, tt.want)
		}
	}
	plain := job.Media{HasVideo: true, HasAudio: true, Width: 64, Height: 48, FPS: 25, PixelFormat: "yuv420p", ColorSpace: "bt709", Subtitle: "subrip", Channels: 6}
	c, err := Plan(transcode(job.Transcode{Format: "mkv"}, in(&plain)))
	if err != nil || slices.ContainsFunc(c.Args, func(a string) bool { return slices.Contains([]string{"-sn", "-fpsmax", "-af", "-metadata:s:v"}, a) }) {
		t.Errorf("an everyday file: %q, %v", c.Args, err)
	}
}

// TestBoxes is the size for every resolution and shape.
func TestBoxes(t *testing.T) {
	t.Parallel()
	for from, want := range map[size][4]size{
		{3840, 2160}: {{854, 480}, {1280, 720}, {1920, 1080}, {3840, 2160}},
		{2160, 3840}: {{480, 854}, {720, 1280}, {1080, 1920}, {2160, 3840}},
		{7680, 4320}: {{854, 480}, {1280, 720}, {1920, 1080}, {3840, 2160}},
		{2000, 2000}: {{480, 480}, {720, 720}, {1080, 1080}, {2000, 2000}},
		{1919, 1079}: {{854, 480}, {1280, 720}, {1918, 1078}, {1918, 1078}},
		{2048, 858}:  {{854, 358}, {1280, 536}, {1920, 804}, {2048, 858}},
		{768, 576}:   {{640, 480}, {768, 576}, {768, 576}, {768, 576}},
		{4000, 16}:   {{854, 4}, {1280, 6}, {1920, 8}, {3840, 16}},
		{16, 4000}:   {{4, 854}, {6, 1280}, {8, 1920}, {16, 3840}},
		{1, 1}:       {{2, 2}, {2, 2}, {2, 2}, {2, 2}},
	} {
		for i, resolution := range []string{"480p", "720p", "1080p", "4k"} {
			if got := containers["mp4"].fit(from, resolution); got != want[i] {
				t.Errorf("%v in %s is %v, want %v", from, resolution, got, want[i])
			}
		}
	}
}
