package command

import (
	"math"
	"strconv"
	"strings"

	"github.com/fflambda/fflambda/shared/job"
)

// endless is the length of what never ends by itself: a looped picture, a filter's source without a duration.
// A length that is not known is NaN.
var endless = math.Inf(1)

func isKnown(d float64) bool { return d > 0 && !math.IsInf(d, 0) }

// Trim is what -ss, -sseof, -t, -to, -loop and -stream_loop leave of d seconds. d is 0 where it is not known or endless,
// and so is the answer, unless -t or -to sets an end.
func Trim(d float64, options []job.Option) float64 {
	if d <= 0 {
		d = math.NaN()
	}
	if left := trim(d, options); isKnown(left) {
		return left
	}
	return 0
}

// trim is Trim of a length that may be endless or NaN.
func trim(d float64, options []job.Option) float64 {
	var start, limit, end float64
	for _, o := range options {
		at, isTime := Seconds(o.Argument)
		switch {
		case o.Option == "-stream_loop":
			d *= rounds(o.Argument)
		case o.Option == "-loop" && o.Argument == "1":
			d = endless
		case !isTime:
		case o.Option == "-sseof" && at < 0:
			d = min(d, -at)
		case at < 0: // -ss -5 means something else than a trim
		case o.Option == "-ss":
			start = at
		case o.Option == "-t":
			limit = at
		case o.Option == "-to":
			end = at
		}
	}
	if limit == 0 && end > start {
		limit = end - start // as ffmpeg: -t wins over -to
	}
	if math.IsNaN(d) && limit > 0 {
		return limit
	}
	d = max(0, d-start)
	if limit > 0 {
		d = min(d, limit)
	}
	return d
}

// rounds is how often -stream_loop plays its input.
func rounds(argument string) float64 {
	n, err := strconv.Atoi(argument)
	switch {
	case err != nil:
		return 1
	case n < 0:
		return endless
	}
	return float64(n + 1)
}

// Seconds reads ffmpeg's time duration syntax (ffmpeg-utils(1), "Time duration"): [-][HH:]MM:SS[.m], or [-]S[.m] with
// an optional s, ms or us.
func Seconds(s string) (seconds float64, ok bool) {
	s, negative := strings.CutPrefix(s, "-")
	unit := 1.0
	for _, u := range []struct {
		suffix string
		unit   float64
	}{{"ms", 1e-3}, {"us", 1e-6}, {"s", 1}} {
		if rest, found := strings.CutSuffix(s, u.suffix); found {
			s, unit = rest, u.unit
			break
		}
	}
	parts := strings.Split(s, ":")
	if len(parts) > 3 {
		return 0, false
	}
	for _, part := range parts {
		v, err := strconv.ParseFloat(part, 64)
		if err != nil || !(v >= 0) || math.IsInf(v, 1) {
			return 0, false
		}
		seconds = seconds*60 + v
	}
	if negative {
		unit = -unit
	}
	return seconds * unit, true
}
