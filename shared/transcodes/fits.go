package transcodes

import (
	"slices"
	"strconv"
	"strings"

	"github.com/fflambda/fflambda/shared/job"
)

// target is what is known of an output format before ffmpeg runs.
type target struct {
	title   string   // for people
	muxers  []string // ffmpeg's names that -f may say
	picture bool     // holds a picture; all but the still ones and the animations hold sound too
	silent  bool     // holds no sound
	still   bool     // holds one picture
	takes   string   // which codecs it takes, with their encoders
	refuses []string // the codecs of encoders that it never takes (TestFits runs each)
}

// sounds are the codecs of sound alone that only few formats take.
var sounds = names("AAC MP3 Opus Vorbis FLAC ALAC AC-3 E-AC-3 PCM")

// moving are the codecs that are no still picture.
var moving = names("H.264 H.265 VP8 VP9 AV1 MPEG-2 MPEG-4 ProRes FFV1 Theora GIF")

func without(list []string, some ...string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return slices.Contains(some, s) })
}

// targets are the output formats. Refused is only what both ffmpeg 5.1.9 and 7.1.5 refuse, whatever the stream that is coded.
var targets = map[string]target{
	"mp4": {
		title: "MP4", muxers: names("mp4"), picture: true, refuses: names("VP8 ProRes FFV1 Theora GIF WebP"),
		takes: "H.264, H.265, AV1 or VP9 video (libx264, libx265, libsvtav1, libvpx-vp9) and AAC, MP3 or Opus audio (aac, libmp3lame, libopus)",
	},
	"webm": {
		title: "WebM", muxers: names("webm"), picture: true,
		refuses: slices.Concat(without(moving, "VP8", "VP9", "AV1"), names("JPEG PNG WebP SubRip ASS mov_text"), without(sounds, "Vorbis", "Opus")),
		takes:   "VP8, VP9 or AV1 video (libvpx, libvpx-vp9, libaom-av1, libsvtav1) and Vorbis or Opus audio (libvorbis, libopus)",
	},
	"mov": {
		title: "MOV", muxers: names("mov"), picture: true, refuses: names("VP8 VP9 WebP Opus FLAC"),
		takes: "H.264, H.265 or ProRes video (libx264, libx265, prores_ks) and AAC, ALAC or PCM audio (aac, alac, pcm_s16le)",
	},
	"avi": {
		title: "AVI", muxers: names("avi"), picture: true, refuses: names("Opus ALAC"),
		takes: "MP3, AC-3, AAC or PCM audio (libmp3lame, ac3, aac, pcm_s16le)",
	},
	"mkv": {title: "Matroska", muxers: names("matroska"), picture: true},
	"mp3": {title: "MP3", muxers: names("mp3"), refuses: without(sounds, "MP3"), takes: "MP3 audio (libmp3lame)"},
	"m4a": {
		title: "M4A", muxers: names("ipod mp4"), refuses: names("MP3 Opus Vorbis FLAC E-AC-3 PCM"),
		takes: "AAC, ALAC or AC-3 audio (aac, alac, ac3)",
	},
	"aac":  {title: "AAC", muxers: names("adts"), refuses: without(sounds, "AAC"), takes: "AAC audio (aac)"},
	"wav":  {title: "WAV", muxers: names("wav"), refuses: names("Opus ALAC"), takes: "PCM audio (pcm_s16le, pcm_s24le)"},
	"ogg":  {title: "Ogg", muxers: names("ogg oga ogv"), refuses: without(sounds, "Vorbis", "Opus", "FLAC"), takes: oggTakes},
	"opus": {title: "Opus", muxers: names("opus ogg"), refuses: without(sounds, "Vorbis", "Opus", "FLAC"), takes: oggTakes},
	"flac": {title: "FLAC", muxers: names("flac"), refuses: without(sounds, "FLAC"), takes: "FLAC audio (flac)"},
	"jpg":  {title: "JPEG", muxers: names("image2"), picture: true, silent: true, still: true, refuses: moving, takes: "a JPEG picture (mjpeg)"},
	"png":  {title: "PNG", muxers: names("image2"), picture: true, silent: true, still: true, refuses: moving, takes: "a PNG picture (png)"},
	"gif": {
		title: "GIF", muxers: names("gif"), picture: true, silent: true, takes: "GIF pictures (gif)",
		refuses: slices.Concat(without(moving, "GIF"), names("JPEG PNG WebP")),
	},
	"webp": {
		title: "WebP", muxers: names("webp"), picture: true, silent: true, takes: "WebP pictures (libwebp, libwebp_anim)",
		refuses: slices.Concat(moving, names("JPEG PNG")),
	},
}

const oggTakes = "Opus, Vorbis or FLAC audio (libopus, libvorbis, flac)"

// targetOf finds an output format as it was sent.
func targetOf(format string) target {
	format = strings.ToLower(format)
	if format == "jpeg" {
		format = "jpg"
	}
	return targets[format]
}

// checkFit refuses options that the output format cannot fulfil, before anything is fetched. It refuses nothing that ffmpeg would do.
func (r *Request) checkFit(fields, Rules) error {
	t := targetOf(r.Transcode.Format)
	for i, o := range r.Transcode.Options {
		at := "options[" + strconv.Itoa(i) + "]"
		if err := r.checkOption(t, at, o); err != nil {
			return err
		}
	}
	return r.checkStreams(t)
}

func (r *Request) checkOption(t target, at string, o job.Option) error {
	base := baseName(o.Option)
	switch base {
	case "c", "codec", "vcodec", "acodec", "scodec":
		if codec := codecOf(o.Argument); slices.Contains(t.refuses, codec) {
			return bad("%s: %s does not take %s. It takes %s", at, t.title, codec, t.takes)
		}
	case "f":
		if !slices.Contains(t.muxers, strings.ToLower(o.Argument)) {
			return bad("%s: -f %s does not fit outputFormat %s; leave it out, or use -f %s",
				at, clip(o.Argument), r.Transcode.Format, strings.Join(t.muxers, " or -f "))
		}
	case "frames", "vframes":
		if n, err := strconv.Atoi(o.Argument); err == nil && n > 1 && t.still && !r.has("-update") {
			return bad("%s: outputFormat %s holds one picture; use %s 1, or make a gif, webp or video", at, r.Transcode.Format, o.Option)
		}
	}
	return nil
}

// checkStreams refuses outputs without any stream: -an where there is only sound, -vn where there is only a picture.
func (r *Request) checkStreams(t target) error {
	if len(r.Transcode.Filters) > 0 || r.has("-map") || r.has("-filter_complex") || r.has("-lavfi") {
		return nil
	}
	an, vn := r.has("-an"), r.has("-vn")
	switch {
	case an && !t.picture && t.title != "M4A" && t.title != "Ogg" && t.title != "Opus":
		return bad("options: -an leaves nothing of outputFormat %s, which holds sound only", r.Transcode.Format)
	case vn && t.silent:
		return bad("options: -vn leaves nothing of outputFormat %s, which holds a picture only", r.Transcode.Format)
	}
	return nil
}

func (r *Request) has(option string) bool {
	return slices.ContainsFunc(r.Transcode.Options, func(o job.Option) bool { return o.Option == option })
}
