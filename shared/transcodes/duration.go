package transcodes

import (
	"math"
	"strconv"
	"strings"

	"github.com/fflambda/fflambda/shared/job"
)

// durationOf is duration_seconds: the inputs' length after trims, and once the job is complete the output's measured one.
// Null while nothing is known.
func durationOf(j job.Job) *float64 {
	if j.State == job.Succeeded && len(j.Outputs) > 0 && j.Outputs[0].Media != nil {
		return pointer(round(j.Outputs[0].Media.Duration))
	}
	return inputLength(j)
}

// inputLength is the length in seconds of what the job takes in: each input after its own -ss, -t and -to, all together
// after those of the output. It is what billable_minutes counts. Nil until every input was probed.
func inputLength(j job.Job) *float64 {
	if len(j.Inputs) == 0 {
		return nil
	}
	total := 0.0
	for _, in := range j.Inputs {
		if in.Media == nil {
			return nil
		}
		total += trim(finite(in.Media.Duration), in.Options)
	}
	return pointer(round(trim(total, transcodeOf(j).Options)))
}

// trim is length after the -ss, -t and -to among the options. Where an input is looped it has no end of its own,
// so that only -t and -to end it; without those the length of one round counts.
func trim(length float64, options []job.Option) float64 {
	start, end, span := 0.0, length, math.Inf(1)
	looped, until := false, math.Inf(1)
	for _, o := range options {
		at, ok := seconds(o.Argument)
		switch {
		case o.Option == "-loop" || o.Option == "-stream_loop":
			looped = o.Argument != "0"
		case !ok:
		case o.Option == "-ss":
			start = at
		case o.Option == "-t":
			span = at
		case o.Option == "-to":
			until = at
		}
	}
	limit := min(until, start+span)
	if !math.IsInf(span, 1) {
		limit = start + span // ffmpeg: -t goes before -to
	}
	if looped && !math.IsInf(limit, 1) {
		end = limit
	}
	return max(0, min(end, limit)-start)
}

// seconds reads ffmpeg's time syntax, [HH:]MM:SS[.m] or S[.m] with an optional s, ms or us. ok is false for a
// negative time too: -ss -5 means something else than a trim.
func seconds(s string) (t float64, ok bool) {
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
		t = t*60 + v
	}
	return t * unit, true
}

// processingTime is the seconds from the last claim to the end; 0 until there is an end, or where nothing ran.
func processingTime(j job.Job) float64 {
	if j.StartedAt.IsZero() || j.FinishedAt.IsZero() {
		return 0
	}
	return round(max(0, j.FinishedAt.Sub(j.StartedAt).Seconds()))
}

// round cuts the noise of float sums: microseconds are as fine as media times get.
func round(seconds float64) float64 { return math.Round(finite(seconds)*1e6) / 1e6 }

// finite is v, or 0 where a broken file made it something that JSON cannot write.
func finite(v float64) float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return 0
	}
	return v
}
