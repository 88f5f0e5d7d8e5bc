package command

import (
	"math"
	"strconv"
	"strings"

	"github.com/fflambda/fflambda/shared/job"
)

// Length guesses how long the output of a command line will be, in seconds: its longest input's length as the options of
// the input and of the output trim it. durations are the inputs', by the words that name them. It is 0 where nothing
// is known. A setpts, a loop filter or a map makes it a wrong guess: it serves progress, and nothing else.
func Length(words []string, durations map[string]float64) float64 {
	var longest, output float64
	var options []job.Option
	for _, s := range steps(words) {
		switch s.option {
		case "-i":
			longest, options = max(longest, Trim(durations[s.word], options)), nil
		case "":
			output, options = max(output, Trim(longest, options)), nil
		default:
			options = append(options, job.Option{Option: s.option, Argument: s.word})
		}
	}
	return output
}

// Trim is what -ss, -sseof, -t, -to, -loop and -stream_loop leave of d seconds. d is 0 where it is not known or endless,
// and so is the answer, unless -t or -to sets an end.
func Trim(d float64, options []job.Option) float64 {
	var start, limit, end float64
	for _, o := range options {
		at, isTime := Seconds(o.Argument)
		switch {
		case o.Option == "-stream_loop":
			d *= rounds(o.Argument)
		case o.Option == "-loop" && o.Argument == "1":
			d = 0
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
	if d <= 0 {
		return limit
	}
	d = max(0, d-start)
	if limit > 0 {
		d = min(d, limit)
	}
	return d
}

// rounds is how often -stream_loop plays its input; 0 for ever, as the length is then unknown.
func rounds(argument string) float64 {
	n, err := strconv.Atoi(argument)
	if err != nil {
		return 1
	}
	return float64(max(n+1, 0))
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
