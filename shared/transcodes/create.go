package transcodes

import "github.com/fflambda/fflambda/shared/job"

// NewJob is the answer to a create: the job, with two names beside it that the generated clients read here.
type NewJob struct {
	Job          Job
	InputURL     string // inputUrl: the first input's
	OutputFormat string // outputFormat
}

// Created is the answer to a create. It shows the job as it was when it was made, whatever it is by now,
// so that a repeated create with the same Idempotency-Key gets the same bytes from the stored job.
func Created(j job.Job, v View) NewJob {
	answer := NewJob{Job: Show(j.AsCreated(), v), OutputFormat: transcodeOf(j).Format}
	if len(j.Inputs) > 0 {
		answer.InputURL = j.Inputs[0].URL
	}
	return answer
}

func (n NewJob) appendJSON(b []byte) ([]byte, error) {
	return appendObject(b,
		member{value: n.Job},
		member{name: "inputUrl", value: n.InputURL},
		member{name: "outputFormat", value: n.OutputFormat})
}

// MarshalJSON makes json.Marshal give the right fields too, if not the caller's bytes.
func (n NewJob) MarshalJSON() ([]byte, error) { return n.appendJSON(nil) }
