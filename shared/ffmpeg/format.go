package ffmpeg

import (
	"slices"

	"github.com/fflambda/fflambda/shared/job"
)

// container is how one output format is made. Slices in it are shared: they are read, never appended to.
type container struct {
	picture []job.Option // coding of the picture; nil: the format takes none
	sound   []job.Option // coding of the sound; nil: the format takes none
	layouts string       // channel layouts that the encoder takes, where it fails on others
	rate    rate         // the option that a preset's quality sets
	muxer   []job.Option
	chroma  bool    // the picture is 4:2:0 and needs even sizes
	still   bool    // one frame
	maxFPS  float64 // frames a second that make sense in it; 0: any
	palette bool    // 256 colours
}

// x264Preset was chosen by measuring speed, size and likeness at CRF 23 (ffmpeg 5.1, 2 cores, three generated clips
// of 6 s at 1280x720: a fractal zoom; a test pattern with noise; a soft scroll with grain):
//
//	preset     CPU s              MB                   SSIM
//	veryfast   5.8 / 10.8 / 7.0   3.26 / 7.55 / 0.76   0.966 / 0.779 / 0.865
//	fast       10.2 / 17.5 / 9.8  3.99 / 8.95 / 0.89   0.969 / 0.782 / 0.878
//	medium     11.6 / 22.7 / 11.1 3.84 / 7.98 / 0.97   0.969 / 0.775 / 0.876
//
// veryfast takes about half of medium's time and makes the smallest file of the three, for a likeness lower by about 0.01.
const x264Preset = "veryfast"

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

// containers are the output formats of the transcodes API. The audio formats hold sound only, no cover art;
// a video format made from sound alone holds the sound alone. WebP of a moving picture is animated.
var containers = map[string]container{
	"mp4":  {picture: x264, sound: aac128, rate: x264CRF, muxer: faststart, chroma: true},
	"mov":  {picture: x264, sound: aac128, rate: x264CRF, muxer: faststart, chroma: true},
	"mkv":  {picture: x264, sound: aac128, rate: x264CRF, chroma: true},
	"avi":  {picture: x264InAVI, sound: mp3128, rate: x264CRF, chroma: true},
	"webm": {picture: vp9, sound: opus128, layouts: opusLayouts, rate: vp9CRF, chroma: true},

	"mp3":  {sound: list("-c:a", "libmp3lame"), rate: soundRate},
	"m4a":  {sound: aac, rate: soundRate, muxer: faststart},
	"aac":  {sound: aac, rate: soundRate},
	"wav":  {sound: list("-c:a", "pcm_s16le"), muxer: list("-rf64", "auto")},
	"ogg":  {sound: list("-c:a", "libvorbis"), rate: vorbisQuality},
	"opus": {sound: list("-c:a", "libopus"), layouts: opusLayouts, rate: opusRate},
	"flac": {sound: list("-c:a", "flac")},

	"jpg":  {picture: list("-c:v", "mjpeg"), rate: jpegQuality, muxer: oneFrame, still: true},
	"jpeg": {picture: list("-c:v", "mjpeg"), rate: jpegQuality, muxer: oneFrame, still: true},
	"png":  {picture: list("-c:v", "png"), muxer: oneFrame, still: true},
	"gif":  {picture: list("-c:v", "gif"), maxFPS: 15, palette: true},
	"webp": {picture: list("-c:v", "libwebp_anim", "-loop", "0"), rate: webpQuality, maxFPS: 15},
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
