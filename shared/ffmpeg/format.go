package ffmpeg

import (
	"slices"

	"github.com/fflambda/fflambda/shared/job"
)

// container is how one output format is made. Slices in it are shared: they are read, never appended to.
type container struct {
	picture  []job.Option // coding of the picture; nil: the format takes none
	sound    []job.Option // coding of the sound; nil: the format takes none
	layouts  string       // channel layouts that the encoder takes, where it fails on others
	rate     rate         // the option that a preset's quality sets
	muxer    []job.Option
	chroma   bool    // the picture is 4:2:0 and needs even sizes
	still    bool    // one frame
	maxFPS   float64 // frames a second that make sense in it; 0: any
	constant bool    // frames have no times of their own
	palette  bool    // 256 colours
	alpha    bool    // transparency is kept
	colors   string  // options of scale for the only colours that the format knows
}

// x264Preset was chosen by measuring quality, size and CPU time (cmd/bench, section presets; docs/transcodes.md has the table).
// faster is the cheapest that keeps medium at VMAF 90 with every clip, film in 480p included. At equal VMAF its files are
// a fifth smaller than those of veryfast, for a third more CPU time. fast saves 5 points more for 13 % more CPU time.
const x264Preset = "faster"

// rate is an option with its argument for each quality.
type rate struct{ option, high, medium, low string }

var (
	x264CRF   = rate{"-crf", "18", "23", "28"}
	vp9CRF    = rate{"-crf", "24", "31", "38"}
	soundRate = rate{"-b:a", "192k", "128k", "96k"}
	opusRate  = rate{"-b:a", "128k", "96k", "64k"}
	// By quality, not by bit rate: libvorbis refuses 128k for a narrow-band mono source.
	vorbisQuality = rate{"-q:a", "6", "4", "2"}
	jpegQuality   = rate{"-q:v", "2", "4", "8"}
	webpQuality   = rate{"-quality", "90", "75", "60"}
)

var (
	x264 = list("-c:v", "libx264", "-preset", x264Preset, "-pix_fmt", "yuv420p")
	// AVI stores no presentation times: with B-frames some players would show the frames out of order.
	x264InAVI = list("-c:v", "libx264", "-preset", x264Preset, "-bf", "0", "-pix_fmt", "yuv420p")
	vp9       = list("-c:v", "libvpx-vp9", "-b:v", "0", "-row-mt", "1", "-deadline", "good", "-cpu-used", "4", "-pix_fmt", "yuv420p")

	aac     = list("-c:a", "aac")
	aac128  = list("-c:a", "aac", "-b:a", "128k")
	mp3128  = list("-c:a", "libmp3lame", "-b:a", "128k")
	opus128 = list("-c:a", "libopus", "-b:a", "128k")

	// libopus fails on 5.1(side), the layout of most AC-3 sound ("Invalid channel layout", seen with ffmpeg 5.1).
	opusLayouts = "mono|stereo|5.1|7.1"

	faststart = list("-movflags", "+faststart")
	oneFrame  = list("-frames:v", "1", "-update", "1")
)

// JFIF and WebP know only BT.601. ffmpeg writes whatever the source had, and the colours of a HD video shift.
const (
	jpegColors = "out_color_matrix=bt601:out_range=pc"
	webpColors = "out_color_matrix=bt601:out_range=tv"
)

// containers are the output formats of the transcodes API. The audio formats hold sound only, no cover art;
// a video format made from sound alone holds the sound alone. WebP of a moving picture is animated.
var containers = map[string]container{
	"mp4":  {picture: x264, sound: aac128, rate: x264CRF, muxer: faststart, chroma: true},
	"mov":  {picture: x264, sound: aac128, rate: x264CRF, muxer: faststart, chroma: true},
	"mkv":  {picture: x264, sound: aac128, rate: x264CRF, chroma: true},
	"avi":  {picture: x264InAVI, sound: mp3128, rate: x264CRF, chroma: true, constant: true},
	"webm": {picture: vp9, sound: opus128, layouts: opusLayouts, rate: vp9CRF, chroma: true, alpha: true},

	"mp3":  {sound: list("-c:a", "libmp3lame"), rate: soundRate},
	"m4a":  {sound: aac, rate: soundRate, muxer: faststart},
	"aac":  {sound: aac, rate: soundRate},
	"wav":  {sound: list("-c:a", "pcm_s16le"), muxer: list("-rf64", "auto")},
	"ogg":  {sound: list("-c:a", "libvorbis"), rate: vorbisQuality},
	"opus": {sound: list("-c:a", "libopus"), layouts: opusLayouts, rate: opusRate},
	"flac": {sound: list("-c:a", "flac")},

	"jpg":  {picture: list("-c:v", "mjpeg"), rate: jpegQuality, muxer: oneFrame, still: true, colors: jpegColors},
	"jpeg": {picture: list("-c:v", "mjpeg"), rate: jpegQuality, muxer: oneFrame, still: true, colors: jpegColors},
	"png":  {picture: list("-c:v", "png"), muxer: oneFrame, still: true, alpha: true},
	"gif":  {picture: list("-c:v", "gif"), maxFPS: 15, palette: true, alpha: true},
	"webp": {picture: list("-c:v", "libwebp_anim", "-loop", "0"), rate: webpQuality, maxFPS: 15, alpha: true, colors: webpColors},
}

// mostFPS is what a stream may have whose frames come at uneven times. Its clock ticks up to 90000 times a second, and an encoder
// that takes that for its frame rate writes a level of H.264 that players refuse. Frames are dropped only where more come.
const mostFPS = "120"

// mostChannels is what every sound encoder here takes; of more, AAC refuses some layouts and FLAC all.
const mostChannels = 8

// suited is c as it is for these inputs.
func (c container) suited(inputs []job.Input) container {
	if slices.ContainsFunc(inputs, func(in job.Input) bool { return in.Media != nil && !readableSubtitle(in.Media.Subtitle) }) {
		c.muxer = slices.Concat(c.muxer, list("-sn", ""))
	}
	if c.layouts == "" && slices.ContainsFunc(inputs, func(in job.Input) bool { return in.Media != nil && in.Media.Channels > mostChannels }) {
		c.layouts = opusLayouts
	}
	m := onlyPicture(inputs)
	if m == nil || !c.chroma {
		return c
	}
	if m.Uneven && !c.constant {
		c.picture = slices.Concat(c.picture, list("-fpsmax", mostFPS))
	}
	if decoder(job.Input{Media: m}) != nil && !c.alpha { // or else Matroska would go on claiming transparency
		c.muxer = slices.Concat(c.muxer, list("-metadata:s:v", "alpha_mode="))
	}
	if c.keepsAlpha(*m) {
		c.picture = slices.Clone(c.picture)
		for i, o := range c.picture {
			if o.Option == "-pix_fmt" {
				c.picture[i].Argument = "yuva420p"
			}
		}
	}
	return c
}

// readableSubtitle reports whether every ffmpeg can read subtitles of this codec, and so take them along; also where there are none.
// ffmpeg's default mapping takes others too (teletext, TTML), and then fails where it has no decoder.
func readableSubtitle(codec string) bool {
	return slices.Contains([]string{"", "subrip", "srt", "ass", "ssa", "webvtt", "mov_text", "text"}, codec)
}

// list makes options of names and arguments in turn.
func list(words ...string) []job.Option {
	options := make([]job.Option, 0, len(words)/2)
	for pair := range slices.Chunk(words, 2) {
		options = append(options, job.Option{Option: pair[0], Argument: pair[1]})
	}
	return options
}

// at is the option for a quality; none given, or one that is not known, is medium.
func (r rate) at(quality string) []job.Option {
	arg := r.medium
	switch quality {
	case "high":
		arg = r.high
	case "low":
		arg = r.low
	}
	if r.option == "" {
		return nil
	}
	return list(r.option, arg)
}
