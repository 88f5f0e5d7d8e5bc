package ffmpeg

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/fflambda/fflambda/shared/job"
)

const (
	stillRate  = 25   // frames a second of a join of nothing but pictures
	endlessFor = 5.0  // seconds that a picture lasts that is looped without an end: behind it nothing would ever be seen
	slowest    = 10.0 // frames a second: a slide show's rate would ruin the clips behind it
	fastest    = 240  // frames a second: above it is no rate, but a clock (1000 in what browsers record)
)

// soundBeat stands for the frame rate of a join of nothing but sound: its joints are where they are to the millisecond.
var soundBeat = fraction{1000, 1}

// fraction is a frame rate as ffmpeg writes it exactly: 30000/1001.
type fraction struct{ num, den int64 }

func (f fraction) hz() float64 { return float64(f.num) / float64(f.den) }

func (f fraction) String() string {
	if f.den == 1 {
		return fmt.Sprint(f.num)
	}
	return fmt.Sprintf("%d/%d", f.num, f.den)
}

// exactly is the rate that a figure rounded to three decimals stands for.
func exactly(fps float64) fraction {
	text := frameRate(fps)
	if num, found := strings.CutSuffix(text, "/1001"); found {
		return fraction{int64(math.Round(figure(num))), 1001}
	}
	thousandths := int64(math.Round(fps * 1000))
	den := int64(1000)
	for _, p := range []int64{2, 2, 2, 5, 5, 5} {
		if thousandths%p == 0 {
			thousandths, den = thousandths/p, den/p
		}
	}
	return fraction{thousandths, den}
}

// joinRate is the frame rate of a join: that of the first clip which has a proper one, and at most so many a second
// where most is not 0.
func joinRate(inputs []job.Input, most float64) fraction {
	fps := 0.0
	for _, floor := range []float64{slowest, 0} {
		for _, in := range inputs {
			if rate := steady(*in.Media); fps == 0 && rate > floor && rate <= fastest {
				fps = rate
			}
		}
	}
	if fps == 0 {
		fps = stillRate
	}
	if most > 0 {
		fps = min(fps, most)
	}
	return exactly(fps)
}

// steady is the constant frame rate that a clip comes closest to; 0 where it has none.
func steady(m job.Media) float64 {
	switch {
	case m.Uneven && m.FPS > 30:
		return 60
	case m.Uneven:
		return 30
	}
	return standard(m.FPS)
}

// standard is the usual rate next to an average that came out less than one percent beside it, as that of a telephone does,
// which leaves out a frame now and then: joined at 29.83 frames a second, every clip of 30 would stutter.
func standard(fps float64) float64 {
	best, nearest := fps, fps/100
	for _, usual := range []float64{23.976, 24, 25, 29.97, 30, 50, 59.94, 60} {
		if off := math.Abs(usual - fps); off < nearest {
			best, nearest = usual, off
		}
	}
	return best
}

// span is how long a clip lasts in the join: whole frames of the output, and samples at soundRateHz.
type span struct{ frames, samples int64 }

// known reports whether the clip's length can be relied on. Where not, the clip lasts as long as what is in it:
// frames is 0, and samples, which only a clip without sound needs, is the best guess.
func (s span) known() bool { return s.frames > 0 }

// spans places the clips on the beat of the output: each joint is at the frame next to where the exact lengths add up to.
// So the errors of the joints do not add up: at the end of ten clips it is still half a frame at most.
func spans(inputs []job.Input, fps fraction) []span {
	all := make([]span, len(inputs))
	var end float64 // seconds
	var frame, sample int64
	for i, in := range inputs {
		length := lasts(in, 1/fps.hz())
		if length == 0 {
			all[i] = span{samples: int64(max(1/fps.hz(), clipSeconds(in)) * soundRateHz)}
			continue // what comes behind it is on no beat; it goes on counting from here
		}
		end += length
		nextFrame := max(int64(math.Round(end*fps.hz())), frame+1)
		nextSample := int64(math.Round(float64(nextFrame) / fps.hz() * soundRateHz))
		all[i] = span{frames: nextFrame - frame, samples: nextSample - sample}
		frame, sample = nextFrame, nextSample
	}
	return all
}

// lasts is a clip's length in seconds, where it can be relied on; 0 otherwise.
func lasts(in job.Input, frame float64) float64 {
	in = forced(in)
	seconds := clipSeconds(in)
	has := func(option string) bool {
		return slices.ContainsFunc(in.Options, func(o job.Option) bool { return o.Option == option })
	}
	picture := in.Media.Format == "image2" || strings.HasSuffix(in.Media.Format, "_pipe")
	switch {
	case picture && seconds > 0:
		return seconds
	case picture && has("-loop"):
		return endlessFor
	case picture:
		return frame
	case seconds == 0 && has("-stream_loop"):
		return in.Media.Duration // once: behind an endless loop nothing would ever be seen
	case slices.ContainsFunc(in.Options, retimes) || slices.Contains(unreliable, in.Media.Format):
		return 0
	}
	return seconds
}

// forced is a clip with the length that its option -r gives it: ffmpeg then goes by the number of frames, and leaves the sound
// as it is. That length must be known, as ffmpeg 5.1 tells the fps filter a wrong end.
func forced(in job.Input) job.Input {
	for _, o := range in.Options {
		rate := figure(o.Argument)
		if n, d, ok := ratio(o.Argument, "/"); ok {
			rate = n / d
		}
		if o.Option != "-r" || rate <= 0 || in.Media.FPS == 0 {
			continue
		}
		m := *in.Media
		m.Duration *= m.FPS / rate
		if heard(in) {
			m.Duration = max(m.Duration, in.Media.Duration)
		}
		in.Media = &m
	}
	return in
}

// unreliable are formats that have no index: their length is worked out from the first and the last time in the file,
// or from the bit rate. Two transport streams in one file would be cut to one of them.
var unreliable = []string{"mpegts", "mpeg", "mpegvideo", "h264", "hevc", "m4v", "obu", "mjpeg", "flv"}

// retimes reports whether an input's option changes its length in a way that is only seen when it is read.
func retimes(o job.Option) bool {
	return !slices.Contains([]string{"-ss", "-sseof", "-t", "-to", "-loop", "-stream_loop", "-r", "-an"}, o.Option)
}
