package ffmpeg

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/fflambda/fflambda/shared/job"
)

// notMedia are demuxers that take nearly any text for a picture, or whose file only points to others.
var notMedia = []string{"tty", "bin", "xbin", "adf", "idf", "concat", "hls", "dash", "sdp"}

var (
	// heicBrands are of ISO files that hold an HEVC picture, as phones make them.
	heicBrands = []string{"heic", "heix", "heim", "heis", "mif1"}

	// bitmapSubtitles are pictures. ffmpeg's default mapping leaves them out, as no format of ours takes them by default.
	bitmapSubtitles = []string{"hdmv_pgs_subtitle", "dvd_subtitle", "dvb_subtitle", "xsub"}
)

// probed is ffprobe's JSON, as far as it is used.
type probed struct {
	Streams []stream `json:"streams"`
	Format  struct {
		Name     string `json:"format_name"`
		Duration string `json:"duration"`
		Size     string `json:"size"`
		Tags     struct {
			Brand string `json:"major_brand"`
		} `json:"tags"`
	} `json:"format"`
	Frames []struct {
		SideData []sideData `json:"side_data_list"`
	} `json:"frames"`
}

// turned is p with the rotation that a picture's first frame carries. ffmpeg turns the picture by it, but says nothing of it for the stream.
func (p probed) turned(frames probed) probed {
	if len(p.Streams) == 0 || len(frames.Frames) == 0 {
		return p
	}
	p.Streams = slices.Clone(p.Streams)
	p.Streams[0].SideData = append(slices.Clone(p.Streams[0].SideData), frames.Frames[0].SideData...)
	return p
}

// media is the file as we describe it.
func (p probed) media(name string) (job.Media, error) {
	format, _, _ := strings.Cut(p.Format.Name, ",")
	if slices.Contains(notMedia, format) {
		return job.Media{}, job.Failf(job.InputNotMedia, "%s is a text or a playlist (%s), not a media file. Give the media itself.", name, format)
	}
	m := job.Media{Format: format, Duration: figure(p.Format.Duration)}
	m.Bytes, _ = strconv.ParseInt(p.Format.Size, 10, 64) // 0 where the size is not known
	picture, sound := p.best("video"), p.best("audio")
	if picture.Codec == "webp" && picture.Width == 0 {
		return job.Media{}, job.Failf(job.InputNotMedia, "%s is an animated WebP, which this server's ffmpeg cannot read. Give it as GIF, APNG or a video.", name)
	}
	if p.tiled() {
		return job.Media{}, unreadableHEIC(name)
	}
	if picture.Width > 0 && picture.Height > 0 {
		picture.describe(&m)
	}
	if sound.Type != "" {
		m.HasAudio, m.AudioCodec, m.Channels = true, sound.Codec, sound.Channels
	}
	usable := false
	for _, s := range p.Streams {
		usable = usable || s.Type == "subtitle"
		if s.Type == "subtitle" && m.Subtitle == "" && !slices.Contains(bitmapSubtitles, s.Codec) {
			m.Subtitle = cmp.Or(s.Codec, "unknown")
		}
	}
	if m.Duration == 0 {
		m.Duration = p.longest()
	}
	if p.still() {
		m.Duration, m.FPS = 0, 0 // ffmpeg's demuxers of single pictures claim a frame at 25 a second
	}
	if !m.HasVideo && !m.HasAudio && !usable {
		return job.Media{}, unreadable(name, nil, "")
	}
	return m, nil
}

// best is the stream that ffmpeg's default mapping takes: the largest picture, the sound with the most channels,
// the first of equals; but one that is marked as the default before any that is not. Cover art is none.
func (p probed) best(kind string) stream {
	var found stream
	most := -1
	for _, s := range p.Streams {
		if s.Type != kind || s.Disposition["attached_pic"] != 0 {
			continue
		}
		score := s.Width*s.Height + s.Channels
		if s.Disposition["default"] != 0 {
			score += defaultScore
		}
		if score > most {
			found, most = s, score
		}
	}
	return found
}

// defaultScore is what a stream's mark as the default counts, in pixels or channels (choose_output and map_auto_video of ffmpeg 5 to 7).
const defaultScore = 5_000_000

// still reports whether the file is one picture.
func (p probed) still() bool {
	format, _, _ := strings.Cut(p.Format.Name, ",")
	return format == "image2" || strings.HasSuffix(format, "_pipe") || p.Format.Tags.Brand == "avif" || slices.Contains(heicBrands, p.Format.Tags.Brand)
}

// tiled reports whether the file is a picture in tiles, each a stream: a HEIC of a phone. ffmpeg would take one tile for the whole.
func (p probed) tiled() bool {
	pictures := 0
	for _, s := range p.Streams {
		if s.Type == "video" {
			pictures++
		}
	}
	return pictures > 1 && slices.Contains(heicBrands, p.Format.Tags.Brand)
}

// longest is the length of the longest stream, in seconds.
func (p probed) longest() float64 {
	var d float64
	for _, s := range p.Streams {
		d = max(d, figure(s.Duration))
	}
	return d
}

// ratio reads two positive numbers.
func ratio(text, by string) (a, b float64, ok bool) {
	x, y, _ := strings.Cut(text, by)
	a, b = figure(x), figure(y)
	return a, b, a > 0 && b > 0
}

// figure reads a number; what is none ("N/A", "") is 0.
func figure(text string) float64 {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
		return 0
	}
	return n
}
