package transcodes

import (
	"math"
	"slices"

	"github.com/fflambda/fflambda/shared/command"
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

// inputLength is the length in seconds of what the job takes in: each input after its own trims, all together
// after those of the output. It is what billable_minutes counts. Nil until every input was probed.
//
// With an endless input (-stream_loop -1, -loop 1) the output's -t or -to says how long it is; without those one round of it counts.
func inputLength(j job.Job) *float64 {
	if len(j.Inputs) == 0 {
		return nil
	}
	trims := transcodeOf(j).Options
	total, loops := 0.0, false
	for _, in := range j.Inputs {
		if in.Media == nil {
			return nil
		}
		length := finite(in.Media.Duration)
		total += once(length, in.Options)
		loops = loops || endless(in.Options) && command.Trim(length, in.Options) == 0
	}
	if until := command.Trim(0, trims); loops && until > 0 {
		return pointer(round(until))
	}
	return pointer(round(once(total, trims)))
}

// once is length after the trims among the options. Of an endless loop, one round counts.
func once(length float64, options []job.Option) float64 {
	if left := command.Trim(length, options); left > 0 || !endless(options) {
		return left
	}
	return length
}

// endless reports whether the options may repeat the input for ever.
func endless(options []job.Option) bool {
	return slices.ContainsFunc(options, func(o job.Option) bool { return o.Option == "-loop" || o.Option == "-stream_loop" })
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
