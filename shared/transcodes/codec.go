package transcodes

import (
	"regexp"
	"strings"
)

// encoders name the codec of ffmpeg's encoders, those of devices too.
var encoders = []struct {
	codec string
	names *regexp.Regexp
}{
	{"H.264", regexp.MustCompile(`^(libx264(rgb)?|libopenh264|h264(_.*)?)$`)},
	{"H.265", regexp.MustCompile(`^(libx265|libkvazaar|hevc(_.*)?|h265)$`)},
	{"VP8", regexp.MustCompile(`^(libvpx|vp8(_.*)?)$`)},
	{"VP9", regexp.MustCompile(`^(libvpx-vp9|vp9(_.*)?)$`)},
	{"AV1", regexp.MustCompile(`^(libaom-av1|libsvtav1|librav1e|av1(_.*)?)$`)},
	{"MPEG-2", regexp.MustCompile(`^mpeg2(video|_.*)$`)},
	{"MPEG-4", regexp.MustCompile(`^(mpeg4(_.*)?|libxvid)$`)},
	{"ProRes", regexp.MustCompile(`^prores(_.*)?$`)},
	{"FFV1", regexp.MustCompile(`^ffv1$`)},
	{"Theora", regexp.MustCompile(`^(lib)?theora$`)},
	{"GIF", regexp.MustCompile(`^gif$`)},
	{"JPEG", regexp.MustCompile(`^mjpeg(_.*)?$`)},
	{"PNG", regexp.MustCompile(`^png$`)},
	{"WebP", regexp.MustCompile(`^(lib)?webp(_anim)?$`)},
	{"AAC", regexp.MustCompile(`^(aac(_.*)?|libfdk_aac)$`)},
	{"MP3", regexp.MustCompile(`^(libmp3lame|libshine|mp3(_.*)?)$`)},
	{"Opus", regexp.MustCompile(`^(lib)?opus$`)},
	{"Vorbis", regexp.MustCompile(`^(lib)?vorbis$`)},
	{"FLAC", regexp.MustCompile(`^flac$`)},
	{"ALAC", regexp.MustCompile(`^alac(_.*)?$`)},
	{"AC-3", regexp.MustCompile(`^ac3(_.*)?$`)},
	{"E-AC-3", regexp.MustCompile(`^eac3(_.*)?$`)},
	{"PCM", regexp.MustCompile(`^pcm_`)},
	{"SubRip", regexp.MustCompile(`^(srt|subrip)$`)},
	{"ASS", regexp.MustCompile(`^(ass|ssa)$`)},
	{"mov_text", regexp.MustCompile(`^mov_text$`)},
}

// codecOf names the codec of an encoder; "" where it is not known, as of copy.
func codecOf(encoder string) string {
	encoder = strings.ToLower(encoder)
	for _, e := range encoders {
		if e.names.MatchString(encoder) {
			return e.codec
		}
	}
	return ""
}
