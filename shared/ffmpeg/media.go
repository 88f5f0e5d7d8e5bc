package ffmpeg

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/fflambda/fflambda/shared/job"
)

// notMedia are demuxers that take nearly any text for a picture, or whose file only points to others.
var notMedia = []string{"tty", "bin", "xbin", "adf", "idf", "concat", "hls", "dash", "sdp"}

// probed is ffprobe's JSON, as far as it is used.
type probed struct {
	Streams []stream `json:"streams"`
	Format  struct {
		Name     string `json:"format_name"`
		Duration string `json:"duration"`
		Size     string `json:"size"`
	} `json:"format"`
}

// stream is one of its streams.
type stream struct {
	Type        string         `json:"codec_type"`
	Codec       string         `json:"codec_name"`
	Width       int            `json:"width"`
	Height      int            `json:"height"`
	Aspect      string         `json:"sample_aspect_ratio"`
	AverageRate string         `json:"avg_frame_rate"`
	RealRate    string         `json:"r_frame_rate"`
	Duration    string         `json:"duration"`
	Disposition map[string]int `json:"disposition"`
	Tags        struct {
		Rotate string `json:"rotate"`
	} `json:"tags"`
	SideData []struct {
		Rotation *float64 `json:"rotation"`
	} `json:"side_data_list"`
}

// media is the file as we describe it.
func (p probed) media(name string) (job.Media, error) {
	format, _, _ := strings.Cut(p.Format.Name, ",")
	if slices.Contains(notMedia, format) {
		return job.Media{}, job.Failf(job.InputNotMedia, "%s is a text or a playlist (%s), not a media file. Give the media itself.", name, format)
	}
	m := job.Media{Format: format, Duration: figure(p.Format.Duration)}
	m.Bytes, _ = strconv.ParseInt(p.Format.Size, 10, 64) // 0 where the size is not known
	usable := false
	var best stream
	var longest float64
	for _, s := range p.Streams {
		longest = max(longest, figure(s.Duration))
		switch {
		case s.Type == "video" && s.Disposition["attached_pic"] == 0 && s.Width > 0 && s.Height > 0:
			// As ffmpeg's default mapping: the largest picture, the first of equals.
			if s.Width*s.Height > best.Width*best.Height {
				best = s
			}
		case s.Type == "audio" && !m.HasAudio:
			m.HasAudio, m.AudioCodec = true, s.Codec
		case s.Type == "subtitle":
			usable = true
		}
	}
	if best.Width > 0 {
		m.HasVideo, m.VideoCodec, m.FPS = true, best.Codec, best.fps()
		m.Width, m.Height = best.shown()
	}
	if m.Duration == 0 {
		m.Duration = longest
	}
	if format == "image2" || strings.HasSuffix(format, "_pipe") {
		m.Duration, m.FPS = 0, 0 // ffmpeg's demuxers of single pictures claim a frame at 25 a second
	}
	if !m.HasVideo && !m.HasAudio && !usable {
		return job.Media{}, unreadable(name, nil, "")
	}
	return m, nil
}

// shown is the picture's size after pixel aspect and rotation.
func (s stream) shown() (w, h int) {
	w, h = s.Width, s.Height
	if x, y, ok := ratio(s.Aspect, ":"); ok {
		w = max(1, int(math.Round(float64(w)*x/y)))
	}
	turn := figure(s.Tags.Rotate) // the tag is from before ffmpeg 5; the matrix wins
	for _, d := range s.SideData {
		if d.Rotation != nil {
			turn = *d.Rotation
		}
	}
	if quarters := int(math.Round(turn / 90)); quarters%2 != 0 {
		return h, w
	}
	return w, h
}

// fps is the average, and where the file does not say, what the container claims.
func (s stream) fps() float64 {
	for _, text := range []string{s.AverageRate, s.RealRate} {
		if n, d, ok := ratio(text, "/"); ok {
			return math.Round(n/d*1000) / 1000
		}
	}
	return 0
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
