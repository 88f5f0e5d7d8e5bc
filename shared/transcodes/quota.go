package transcodes

import (
	"math"

	"github.com/fflambda/fflambda/shared/job"
)

// QuotaError is the body of the 402 that answers a create whose owner's quota is spent.
type QuotaError struct {
	Message    string       `json:"error"`
	JobID      string       `json:"job_id"`      // a failed job that records the attempt
	UpgradeURL string       `json:"upgrade_url"` // this server's own address: nobody sells more here
	Details    quotaDetails `json:"details"`
}

type quotaDetails struct {
	Exceeded  bool       `json:"quotaExceeded"` // always true
	Metric    job.Metric `json:"metric"`
	Required  float64    `json:"required"` // the least that any job takes, in the metric's unit
	Limit     float64    `json:"limit"`
	Remaining float64    `json:"remaining"`
}

// OverQuota answers the create that made j, which e stopped. The same create under the same Idempotency-Key gets the same
// answer once more. url is where clients reach the server.
func OverQuota(j job.Job, e job.Excess, url string) QuotaError {
	return QuotaError{
		Message: j.Failure.Message, JobID: j.ID, UpgradeURL: url,
		Details: quotaDetails{
			Exceeded: true, Metric: e.Metric, Required: e.Required, Limit: e.Limit,
			Remaining: math.Floor(e.Remaining*1e4) / 1e4, // minutes have four decimals, as in billable_minutes
		},
	}
}

// Billable is the length in seconds that a job of either API is billed for, after its probe: billable_minutes times 60.
// Of the ffmpeg API's it is the whole length of all inputs that are media, whatever its commands take of them.
func Billable(j job.Job) float64 {
	if j.API == job.Transcodes {
		if length := inputLength(j); length != nil {
			return *length
		}
		return 0
	}
	total := 0.0
	for _, in := range j.Inputs {
		if in.Media != nil {
			total += finite(in.Media.Duration)
		}
	}
	return total
}
