package transcodes

import (
	"slices"
	"strings"
)

// encoders name the codec of ffmpeg's encoders, those of devices too. One that ends in * stands for all that begin so.
var encoders = []struct {
	codec string
	names []string
}{
	{"H.264", names("libx264 libx264rgb libopenh264 h264 h264_*")},
	{"H.265", names("libx265 libkvazaar hevc hevc_* h265")},
	{"VP8", names("libvpx vp8 vp8_*")},
	{"VP9", names("libvpx-vp9 vp9 vp9_*")},
	{"AV1", names("libaom-av1 libsvtav1 librav1e av1 av1_*")},
	{"MPEG-2", names("mpeg2video mpeg2_*")},
	{"MPEG-4", names("mpeg4 mpeg4_* libxvid")},
	{"ProRes", names("prores prores_*")},
	{"FFV1", names("ffv1")},
	{"Theora", names("libtheora theora")},
	{"GIF", names("gif")},
	{"JPEG", names("mjpeg mjpeg_*")},
	{"PNG", names("png")},
	{"WebP", names("libwebp libwebp_anim webp webp_anim")},
	{"AAC", names("aac aac_* libfdk_aac")},
	{"MP3", names("libmp3lame libshine mp3 mp3_*")},
	{"Opus", names("libopus opus")},
	{"Vorbis", names("libvorbis vorbis")},
	{"FLAC", names("flac")},
	{"ALAC", names("alac alac_*")},
	{"AC-3", names("ac3 ac3_*")},
	{"E-AC-3", names("eac3 eac3_*")},
	{"PCM", names("pcm_*")},
	{"SubRip", names("srt subrip")},
	{"ASS", names("ass ssa")},
	{"mov_text", names("mov_text")},
}

// codecOf names the codec of an encoder; "" where it is not known, as of copy.
func codecOf(encoder string) string {
	encoder = strings.ToLower(encoder)
	is := func(name string) bool {
		family, all := strings.CutSuffix(name, "*")
		return encoder == name || all && strings.HasPrefix(encoder, family)
	}
	for _, e := range encoders {
		if slices.ContainsFunc(e.names, is) {
			return e.codec
		}
	}
	return ""
}
