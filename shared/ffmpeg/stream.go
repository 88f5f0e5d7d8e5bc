package ffmpeg

import (
	"math"
	"slices"

	"github.com/fflambda/fflambda/shared/job"
)

// interlacedOrders are ffprobe's names for the orders of the two fields.
var interlacedOrders = []string{"tt", "bb", "tb", "bt"}

// stream is one stream of a probed file.
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
	PixelFormat string         `json:"pix_fmt"`
	ColorSpace  string         `json:"color_space"`
	Transfer    string         `json:"color_transfer"`
	FieldOrder  string         `json:"field_order"`
	Channels    int            `json:"channels"`
	Tags        struct {
		Rotate    string `json:"rotate"`
		AlphaMode string `json:"alpha_mode"`
	} `json:"tags"`
	SideData []sideData `json:"side_data_list"`
}

// sideData is the part of a stream's or a frame's that says how it is turned, in degrees.
type sideData struct {
	Rotation *float64 `json:"rotation"`
}

// describe is what the picture is, as far as m has a place for it.
func (s stream) describe(m *job.Media) {
	m.HasVideo, m.VideoCodec, m.FPS = true, s.Codec, s.fps()
	m.Width, m.Height = s.shown()
	m.PixelFormat, m.Interlaced, m.Uneven = s.PixelFormat, slices.Contains(interlacedOrders, s.FieldOrder), s.uneven()
	if s.Tags.AlphaMode == "1" { // what the native decoders of VP8 and VP9 do not say
		m.PixelFormat = "yuva420p"
	}
	if s.ColorSpace != "unknown" && s.ColorSpace != "reserved" {
		m.ColorSpace = s.ColorSpace
	}
	if s.Transfer == hdrPQ || s.Transfer == hdrHLG {
		m.HDR = s.Transfer
	}
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

// uneven reports whether the times of the frames are finer than a 60th of a second although fewer frames come.
// Television's interlaced pictures, which claim twice their frame rate, are not.
func (s stream) uneven() bool {
	n, d, ok := ratio(s.RealRate, "/")
	return ok && n/d > 60.5 && n/d > 1.02*s.fps()
}
