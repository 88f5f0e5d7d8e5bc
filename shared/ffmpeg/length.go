package ffmpeg

import (
	"strconv"
	"strings"

	"github.com/fflambda/fflambda/shared/job"
)

// clipSeconds is how long an input lasts after its own options (-ss, -t, -stream_loop …); 0 where it cannot be known.
func clipSeconds(in job.Input) float64 {
	var d float64
	if in.Media != nil {
		d = in.Media.Duration
	}
	return cut(d, in.Options)
}

// cut is what options leave of d seconds. d is 0 where it is not known or endless; -t alone then decides.
func cut(d float64, options []job.Option) float64 {
	var start, limit, end float64
	for _, o := range options {
		switch o.Option {
		case "-stream_loop":
			d *= loops(o.Argument)
		case "-loop":
			if o.Argument == "1" {
				d = 0
			}
		case "-ss":
			start = seconds(o.Argument)
		case "-sseof":
			d = min(d, -seconds(o.Argument))
		case "-t":
			limit = seconds(o.Argument)
		case "-to":
			end = seconds(o.Argument)
		}
	}
	if limit == 0 && end > start {
		limit = end - start // as ffmpeg: -t wins over -to
	}
	if d == 0 {
		return limit
	}
	d = max(0, d-start)
	if limit > 0 {
		d = min(d, limit)
	}
	return d
}

// loops is how often -stream_loop plays its input; 0 for ever, as the length is then unknown.
func loops(arg string) float64 {
	n, err := strconv.Atoi(arg)
	if err != nil {
		return 1
	}
	return float64(max(n+1, 0))
}

// seconds reads ffmpeg's time syntax: [-][HH:]MM:SS[.m], or a number with an optional unit s, ms or us.
// What it cannot read is 0: the figure only serves progress and padding.
func seconds(s string) float64 {
	s, negative := strings.CutPrefix(s, "-")
	unit := 1.0
	for _, u := range []struct {
		suffix string
		unit   float64
	}{{"us", 1e-6}, {"ms", 1e-3}, {"s", 1}} {
		if rest, ok := strings.CutSuffix(s, u.suffix); ok {
			s, unit = rest, u.unit
			break
		}
	}
	var total float64
	for part := range strings.SplitSeq(s, ":") {
		n, err := strconv.ParseFloat(part, 64)
		if err != nil || n < 0 {
			return 0
		}
		total = total*60 + n
	}
	if negative {
		return -total * unit
	}
	return total * unit
}
