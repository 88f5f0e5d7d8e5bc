package ffmpeg

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fflambda/fflambda/shared/job"
)

func TestProbe(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	film := generate(t, dir, "film.mp4", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=30000/1001:d=1", "-f", "lavfi", "-i", "sine=d=1", "-c:v", "libx264", "-c:a", "aac", "-shortest")
	info, err := os.Stat(filepath.Join(dir, "inputs", "film.mp4"))
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(film.Media.Duration-1) > 0.1 {
		t.Errorf("%v s, want 1", film.Media.Duration)
	}
	film.Media.Duration = 0
	want := job.Media{Format: "mov", Bytes: info.Size(), Width: 320, Height: 180, FPS: 29.97, VideoCodec: "h264", AudioCodec: "aac", HasVideo: true, HasAudio: true, PixelFormat: "yuv420p", Channels: 1}
	if d := cmp.Diff(want, *film.Media); d != "" {
		t.Error(d)
	}
}

// A subtitle file is an input like any other, though it shows and plays nothing.
func TestProbeSubtitles(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	for name, text := range map[string]string{
		"a.srt": "1\n00:00:00,000 --> 00:00:01,000\nhi\n",
		"a.vtt": "WEBVTT\n\n00:00.000 --> 00:01.000\nhi\n",
		"a.ass": "[Script Info]\nScriptType: v4.00+\n\n[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\nDialogue: 0,0:00:00.00,0:00:01.00,Default,,0,0,0,,hi\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, "inputs", name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if m := probeInput(t, dir, name).Media; m.HasVideo || m.HasAudio {
			t.Errorf("%s: %+v", name, *m)
		}
	}
}

func TestProbeRefusesWhatIsNoMedia(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	page := "<!DOCTYPE html>\n<html><head><title>404</title></head><body>Not found</body></html>\n"
	noise := make([]byte, 5000)
	for i := range noise {
		noise[i] = byte(rand.Uint32())
	}
	files := map[string]string{
		"empty.mp4": "", "page.mp4": page, "page.html": page, "page.jpg": page, "page.txt": page, "page.ans": page, "page.nfo": page, "page.srt": page,
		"noise.mp4": string(noise), "noise.png": string(noise), "data.json": `{"a": 1}`,
		"list.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n/etc/passwd\n#EXT-X-ENDLIST\n",
		"list.txt":  "ffconcat version 1.0\nfile film.mp4\n",
	}
	generate(t, dir, "film.mp4", "-f", "lavfi", "-i", "testsrc2=s=160x120:d=0.5", "-c:v", "libx264")
	film, err := os.ReadFile(filepath.Join(dir, "inputs", "film.mp4"))
	if err != nil {
		t.Fatal(err)
	}
	files["half.mp4"] = string(film[:len(film)/2])
	for name, content := range files {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(dir, "inputs", name)
			if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			m, err := tools(t).Probe(t.Context(), file)
			var f *job.Failure
			if !errors.As(err, &f) || f.Code != job.InputNotMedia {
				t.Fatalf("%+v, %v, want %s", m, err, job.InputNotMedia)
			}
			text := f.Message + strings.Join(f.StderrTail, "\n")
			if !strings.HasPrefix(f.Message, name+" ") || strings.Contains(text, dir) {
				t.Errorf("%q", text)
			}
		})
	}
}

// Pictures that ffmpeg cannot read, or would read wrongly, are named for what they are.
func TestProbeNamesPictures(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	file := filepath.Join(dir, "inputs", "phone.heic")
	if err := os.WriteFile(file, []byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := tools(t).Probe(t.Context(), file)
	var f *job.Failure
	if !errors.As(err, &f) || !strings.Contains(f.Message, "HEIC") {
		t.Errorf("%v, want it to name HEIC", err)
	}
	for text, words := range map[string]string{
		`{"streams":[{"codec_type":"video","width":512,"height":512},{"codec_type":"video","width":512,"height":512}],"format":{"format_name":"mov,mp4","tags":{"major_brand":"heic"}}}`: "HEIC",
		`{"streams":[{"codec_type":"video","codec_name":"webp"}],"format":{"format_name":"webp_pipe"}}`:                                                                                  "animated WebP",
	} {
		var p probed
		if err := json.Unmarshal([]byte(text), &p); err != nil {
			t.Fatal(err)
		}
		if m, err := p.media("x"); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%+v, %v, want a failure that names %s", m, err, words)
		}
	}
}

func TestProbeMissingAndCancelled(t *testing.T) {
	t.Parallel()
	var f *job.Failure
	if _, err := tools(t).Probe(t.Context(), filepath.Join(t.TempDir(), "none.mp4")); !errors.As(err, &f) {
		t.Errorf("no file: %v", err)
	}
	if _, err := tools(t).Probe(t.Context(), "relative.mp4"); err == nil || errors.As(err, &f) && f.Message == "" {
		t.Errorf("a relative path: %v", err)
	}
	cause := errors.New("stopping")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	if _, err := tools(t).Probe(ctx, filepath.Join(t.TempDir(), "none.mp4")); !errors.Is(err, cause) {
		t.Errorf("cancelled: %v, want the cause", err)
	}
}

func TestProbeWithoutEnd(t *testing.T) {
	t.Parallel()
	_, err := fake(t).Probe(t.Context(), filepath.Join(t.TempDir(), "fake:endless probe"))
	var f *job.Failure
	if !errors.As(err, &f) || !strings.Contains(f.Message, "more streams") {
		t.Errorf("%v, want a failure that says why", err)
	}
}

// What ffprobe may answer, beyond what files made here show.
func TestProbed(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		json string
		want job.Media
	}{
		"turned by a matrix": {
			`{"streams":[{"codec_type":"video","codec_name":"h264","width":1920,"height":1080,"avg_frame_rate":"30/1","side_data_list":[{"side_data_type":"x"},{"rotation":-90}],"tags":{"rotate":"0"}}],"format":{"format_name":"mov,mp4","duration":"2.5","size":"77"}}`,
			job.Media{Format: "mov", Duration: 2.5, Bytes: 77, Width: 1080, Height: 1920, FPS: 30, VideoCodec: "h264", HasVideo: true},
		},
		"turned by a tag": {
			`{"streams":[{"codec_type":"video","width":640,"height":480,"tags":{"rotate":"270"},"avg_frame_rate":"0/0","r_frame_rate":"24000/1001"}]}`,
			job.Media{Width: 480, Height: 640, FPS: 23.976, HasVideo: true},
		},
		"upside down and stretched": {
			`{"streams":[{"codec_type":"video","width":720,"height":576,"sample_aspect_ratio":"64:45","side_data_list":[{"rotation":180}]}]}`,
			job.Media{Width: 1024, Height: 576, HasVideo: true},
		},
		"no pixel aspect, no length but a stream's": {
			`{"streams":[{"codec_type":"video","width":720,"height":576,"sample_aspect_ratio":"0:1","duration":"3.000"},{"codec_type":"audio","codec_name":"aac","duration":"4.5"}],"format":{"duration":"N/A"}}`,
			job.Media{Width: 720, Height: 576, Duration: 4.5, HasVideo: true, HasAudio: true, AudioCodec: "aac"},
		},
		"the largest picture, but no cover": {
			`{"streams":[{"codec_type":"video","width":9000,"height":9000,"disposition":{"attached_pic":1}},{"codec_type":"video","codec_name":"a","width":10,"height":10},{"codec_type":"video","codec_name":"b","width":20,"height":20}]}`,
			job.Media{Width: 20, Height: 20, VideoCodec: "b", HasVideo: true},
		},
	} {
		var p probed
		if err := json.Unmarshal([]byte(tt.json), &p); err != nil {
			t.Fatal(err)
		}
		got, err := p.media("x")
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%s:\n%s", name, d)
		}
	}
}
