package transcodes

import "github.com/fflambda/fflambda/shared/job"

// Cancellation is the answer to a cancel that did it.
type Cancellation struct{ Job Job }

// Cancelled is the answer to a cancel that did it.
func Cancelled(j job.Job, v View) Cancellation { return Cancellation{Job: Show(j, v)} }

func (c Cancellation) appendJSON(b []byte) ([]byte, error) {
	return appendObject(b,
		member{name: "success", value: true},
		member{name: "message", value: "Job cancelled successfully"},
		member{name: "job", value: c.Job})
}

// MarshalJSON makes json.Marshal give the right fields too, if not the caller's bytes.
func (c Cancellation) MarshalJSON() ([]byte, error) { return c.appendJSON(nil) }
