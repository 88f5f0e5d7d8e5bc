package transcodes

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fflambda/fflambda/shared/command"
)

// encoderOf is an encoder of each codec that a format may refuse.
var encoderOf = map[string]string{
	"H.264": "libx264", "H.265": "libx265", "VP8": "libvpx", "VP9": "libvpx-vp9", "AV1": "libsvtav1", "MPEG-2": "mpeg2video", "MPEG-4": "mpeg4",
	"ProRes": "prores", "FFV1": "ffv1", "Theora": "libtheora", "GIF": "gif", "JPEG": "mjpeg", "PNG": "png", "WebP": "libwebp",
	"AAC": "aac", "MP3": "libmp3lame", "Opus": "libopus", "Vorbis": "libvorbis", "FLAC": "flac", "ALAC": "alac", "AC-3": "ac3", "E-AC-3": "eac3",
	"PCM": "pcm_s16le", "SubRip": "srt", "ASS": "ass", "mov_text": "mov_text",
}

// TestFits shows that nothing is refused which ffmpeg would do: each codec that a format refuses fails, or, for still pictures, makes
// a file that is none. The request with it is refused by name. It asks our own ffmpeg where it is there: the newer one can do more.
func TestFits(t *testing.T) {
	t.Parallel()
	bins := ffmpegs(t)
	bin := bins[len(bins)-1]
	clips := makeClips(t, bin)
	for format, to := range targets {
		for _, codec := range to.refuses {
			t.Run(format+"/"+codec, func(t *testing.T) {
				t.Parallel()
				option, mapped := streamOf(codec)
				body := `{` + gs + `,"outputFormat":"` + format + `","options":[{"option":"` + option + `","argument":"` + encoderOf[codec] + `"}]}`
				_, err := ParseCreate([]byte(body), Rules{Check: command.Check})
				if err == nil || !strings.HasPrefix(err.Error(), "options[0]: "+to.title+" does not take "+codec+". It takes ") {
					t.Errorf("%s: %v", body, err)
				}
				if codec == "AV1" { // libsvtav1 1.4 never ends once the muxer has refused it: a good reason to refuse it first
					return
				}
				out := filepath.Join(t.TempDir(), "out."+format)
				cmd := exec.CommandContext(t.Context(), bin, "-nostdin", "-v", "quiet", "-t", "0.3", "-i", filepath.Join(clips, "tracks.mkv"),
					"-map", mapped, option, encoderOf[codec], "-frames:v", "1", out)
				if cmd.Run() == nil && (!to.still || isStill(t, out)) {
					t.Errorf("%s puts %s into %s", bin, codec, format)
				}
			})
		}
	}
}

// streamOf is the option that sets an encoder of a codec, and the stream of the clip that it is for.
func streamOf(codec string) (option, mapped string) {
	switch codec {
	case "SubRip", "ASS", "mov_text":
		return "-c:s", "0:s"
	}
	for _, s := range sounds {
		if s == codec {
			return "-acodec", "0:a:0"
		}
	}
	return "-c:v", "0:v"
}

func isStill(t *testing.T, path string) bool {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.HasPrefix(string(b), "\xff\xd8\xff") || strings.HasPrefix(string(b), "\x89PNG")
}

func TestCodecOf(t *testing.T) {
	t.Parallel()
	for codec, encoder := range encoderOf {
		if got := codecOf(strings.ToUpper(encoder)); got != codec {
			t.Errorf("%s codes %q, want %q", encoder, got, codec)
		}
	}
	for encoder, codec := range map[string]string{
		"copy": "", "": "", "nonsense": "", "h264_nvenc": "H.264", "h264": "H.264", "hevc_videotoolbox": "H.265", "libfdk_aac": "AAC", "aac_at": "AAC",
		"libvpx-vp9": "VP9", "vp9_vaapi": "VP9", "av1_qsv": "AV1", "prores_ks": "ProRes", "pcm_f32le": "PCM", "libwebp_anim": "WebP", "mp3": "MP3",
	} {
		if got := codecOf(encoder); got != codec {
			t.Errorf("%s codes %q, want %q", encoder, got, codec)
		}
	}
}
