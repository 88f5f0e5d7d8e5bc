package ffmpeg

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fflambda/fflambda/shared/job"
)

// formats are those that the transcodes API names.
var formats = []string{"mp4", "webm", "mov", "avi", "mkv", "mp3", "m4a", "aac", "wav", "ogg", "opus", "flac", "jpg", "jpeg", "png", "gif", "webp"}

// generate makes a file with ffmpeg's own test sources.
func generate(t *testing.T, dir, name string, args ...string) job.Input {
	t.Helper()
	found := tools(t)
	task := Task{Dir: dir, Args: append(args, "inputs/"+name)}
	if err := found.Run(t.Context(), task); err != nil {
		t.Fatalf("make %s: %v", name, err)
	}
	return probeInput(t, dir, name)
}

func probeInput(t *testing.T, dir, name string) job.Input {
	t.Helper()
	m, err := tools(t).Probe(t.Context(), filepath.Join(dir, "inputs", name))
	if err != nil {
		t.Fatalf("probe %s: %v", name, err)
	}
	return job.Input{Name: name, Media: &m}
}

// produce runs a plan and returns the path of what it made.
func produce(ctx context.Context, t *testing.T, dir string, tr job.Transcode, inputs ...job.Input) (string, error) {
	t.Helper()
	c, err := Plan(job.Job{ID: job.NewID(), API: job.Transcodes, Transcode: &tr, Inputs: inputs})
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, c.Output), tools(t).Run(ctx, Task{Dir: dir, Args: c.Args})
}

// made is produce for what must succeed, and what is in it.
func made(t *testing.T, dir string, tr job.Transcode, inputs ...job.Input) job.Media {
	t.Helper()
	file, err := produce(t.Context(), t, dir, tr, inputs...)
	if err != nil {
		t.Fatal(err, tail20(err))
	}
	m, err := tools(t).Probe(t.Context(), file)
	if err != nil {
		t.Fatal(err, tail20(err))
	}
	return m
}

func tail20(err error) string {
	var f *job.Failure
	if errors.As(err, &f) {
		return "\n" + strings.Join(f.StderrTail, "\n")
	}
	return ""
}

// Clips of other sizes, rates and pixel shapes, with and without sound, become one film as the first one looks.
func TestJoin(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	inputs := []job.Input{
		generate(t, dir, "a.mp4", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=30000/1001:d=1", "-f", "lavfi", "-i", "sine=d=0.4", "-c:v", "libx264", "-c:a", "aac"),
		generate(t, dir, "b.mkv", "-f", "lavfi", "-i", "testsrc2=s=90x160:r=10:d=1,setsar=2", "-c:v", "ffv1"),
		generate(t, dir, "c.mp4", "-f", "lavfi", "-i", "testsrc2=s=64x64:r=50:d=3", "-f", "lavfi", "-i", "sine=r=22050:d=3", "-c:v", "libx264", "-c:a", "aac"),
	}
	inputs[2].Options = list("-ss", "1", "-t", "0.5")
	for format, want := range map[string]job.Media{
		"mp4": {Format: "mov", Width: 320, Height: 180, FPS: 29.97, VideoCodec: "h264", AudioCodec: "aac", HasVideo: true, HasAudio: true},
		"wav": {Format: "wav", AudioCodec: "pcm_s16le", HasAudio: true},
		"gif": {Format: "gif", Width: 320, Height: 180, FPS: 15, VideoCodec: "gif", HasVideo: true},
	} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			got := made(t, dir, job.Transcode{Format: format}, inputs...)
			if math.Abs(got.Duration-2.5) > 0.15 {
				t.Errorf("%v s, want 2.5", got.Duration)
			}
			if math.Abs(got.FPS-want.FPS) > 0.5 {
				t.Errorf("%v frames a second, want %v", got.FPS, want.FPS)
			}
			got.Duration, got.Bytes, got.FPS, want.FPS = 0, 0, 0, 0
			got.PixelFormat, got.ColorSpace, got.Channels = "", "", 0
			if got != want {
				t.Errorf("is %+v, want %+v", got, want)
			}
		})
	}
}

// Cover art is not a video, and a rotated or stretched picture is what people see.
func TestPictures(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	photo := generate(t, dir, "cover.png", "-f", "lavfi", "-i", "testsrc2=s=160x120", "-frames:v", "1")
	album := generate(t, dir, "album.m4a", "-f", "lavfi", "-i", "sine=d=0.5", "-i", "inputs/"+photo.Name, "-map", "0", "-map", "1", "-c:a", "aac", "-c:v", "copy", "-disposition:v", "attached_pic")
	if album.Media.HasVideo || !album.Media.HasAudio {
		t.Errorf("a song with a cover is %+v", *album.Media)
	}
	if m := made(t, dir, job.Transcode{Format: "mp4"}, album); m.HasVideo || !m.HasAudio {
		t.Errorf("as mp4: %+v, want sound only", m)
	}
	generate(t, dir, "flat.mp4", "-f", "lavfi", "-i", "testsrc2=s=320x180:d=0.2", "-c:v", "libx264", "-pix_fmt", "yuv420p")
	turned := generate(t, dir, "turned.mp4", "-i", "inputs/flat.mp4", "-c", "copy", "-metadata:s:v", "rotate=90")
	if turned.Media.Width != 180 || turned.Media.Height != 320 {
		t.Skipf("this ffmpeg cannot write a rotation: %+v", *turned.Media)
	}
	if m := made(t, dir, job.Transcode{Format: "mp4", Resolution: "480p"}, turned); m.Width != 180 || m.Height != 320 {
		t.Errorf("turned picture became %dx%d", m.Width, m.Height)
	}
	wide := generate(t, dir, "wide.mkv", "-f", "lavfi", "-i", "testsrc2=s=160x120:d=0.2,setsar=16/9", "-c:v", "ffv1")
	if m := made(t, dir, job.Transcode{Format: "mp4"}, wide); m.Width != 284 || m.Height != 120 {
		t.Errorf("stretched picture became %dx%d, want 284x120", m.Width, m.Height)
	}
}

// The expression that is used for an unprobed input agrees with the sizes worked out for a probed one.
func TestUnknownSize(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	for name, want := range map[string]size{"1600x900": {854, 480}, "900x1600": {480, 854}, "201x101": {200, 100}} {
		source := generate(t, dir, name+".png", "-f", "lavfi", "-i", "color=s="+name, "-frames:v", "1")
		source.Media = nil
		m := made(t, dir, job.Transcode{Format: "mp4", Resolution: "480p"}, source)
		if d := max(m.Width-want.w, want.w-m.Width, m.Height-want.h, want.h-m.Height); d > 2 {
			t.Errorf("%s became %dx%d, want %v", name, m.Width, m.Height, want)
		}
	}
}

// What the caller's own options and filters make, with the names of formats as they were sent.
func TestOwnOptions(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	film := generate(t, dir, "film.mkv", "-f", "lavfi", "-i", "testsrc2=s=160x120:d=1", "-f", "lavfi", "-i", "sine=d=1", "-c:v", "ffv1", "-c:a", "flac")
	if m := made(t, dir, job.Transcode{Format: "MP4", Options: list("-c:v", "mpeg4", "-t", "0.5", "-an", "")}, film); m.VideoCodec != "mpeg4" || m.HasAudio {
		t.Errorf("options: %+v", m)
	}
	if m := made(t, dir, job.Transcode{Format: "jpg", Options: list("-ss", "0.5")}, film); m.Width != 160 {
		t.Errorf("picture: %+v", m)
	}
	if m := made(t, dir, job.Transcode{Format: "mp4", Filters: []string{"[0:v]scale=80:60,split[x][y]", "[x][y]hstack[v]"}}, film); m.Width != 160 || m.Height != 60 || !m.HasAudio {
		t.Errorf("filters: %+v", m)
	}
	if m := made(t, dir, job.Transcode{Format: "mp4", Filters: []string{"drawtext=text=hi"}}, film); !m.HasVideo || !m.HasAudio {
		t.Errorf("text: %+v", m)
	}
}
