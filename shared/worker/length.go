package worker

import (
	"slices"
	"strconv"
	"strings"
)

// length guesses how long the output of one command line will be, in seconds: what -t or -to of the output says,
// else the longest input after its own -ss and -t. It is 0 where nothing is known. durations are the inputs' by their
// words in args. A setpts, a loop or a shorter map makes it a wrong guess, which only the progress shows.
func length(args []string, durations map[string]float64) float64 {
	longest := 0.0
	from := 0
	for i, w := range args {
		if w != "-i" || i+1 >= len(args) {
			continue
		}
		options := args[from:i]
		from = i + 2
		d := trimmed(durations[args[i+1]], options)
		if slices.Contains(options, "-stream_loop") || slices.Contains(options, "-loop") {
			d = trimmed(0, options)
		}
		longest = max(longest, d)
	}
	return trimmed(longest, args[from:])
}

// trimmed is a length d after -ss, -t and -to among options; d of 0 is an unknown one.
func trimmed(d float64, options []string) float64 {
	start := argument(options, "-ss")
	if d > 0 {
		d = max(d-start, 0)
	}
	limit := argument(options, "-t")
	if to := argument(options, "-to"); limit == 0 && to > start {
		limit = to - start
	}
	if limit > 0 && (d == 0 || limit < d) {
		return limit
	}
	return d
}

func argument(options []string, name string) float64 {
	i := slices.Index(options, name)
	if i < 0 || i+1 >= len(options) {
		return 0
	}
	return seconds(options[i+1])
}

// seconds reads ffmpeg's time duration syntax (ffmpeg-utils, "Time duration"): [HH:]MM:SS[.m] or S[.m][s|ms|us].
// What it cannot read is 0.
func seconds(s string) float64 {
	if strings.Contains(s, ":") {
		total := 0.0
		for part := range strings.SplitSeq(s, ":") {
			v, err := strconv.ParseFloat(part, 64)
			if err != nil || v < 0 {
				return 0
			}
			total = total*60 + v
		}
		return total
	}
	for _, unit := range []struct {
		suffix string
		factor float64
	}{{"ms", 1e-3}, {"us", 1e-6}, {"s", 1}} {
		if number, ok := strings.CutSuffix(s, unit.suffix); ok {
			v, err := strconv.ParseFloat(number, 64)
			if err != nil {
				return 0
			}
			return max(v, 0) * unit.factor
		}
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0
	}
	return max(v, 0)
}
