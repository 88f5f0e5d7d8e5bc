package ffmpegapi

import "github.com/fflambda/fflambda/shared/job"

// Attempts is how far the job's webhook has been called.
type Attempts struct {
	Count       int     `json:"count"`
	LastStatus  *int    `json:"last_status"`  // of the last call; null where no answer came, and before the first
	LastError   string  `json:"last_error"`   // why it was not delivered, "" otherwise
	NextAt      *string `json:"next_at"`      // null: no call is planned
	DeliveredAt *string `json:"delivered_at"` // when a call was answered with 2xx
}

// attempts is nil where nobody is called.
func attempts(j job.Job) *Attempts {
	if j.WebhookURL == "" {
		return nil
	}
	n := j.Notice
	a := &Attempts{
		Count: n.Calls.Count, LastError: n.Error,
		NextAt: known(stamp(n.DueAt)), DeliveredAt: known(stamp(n.Calls.DeliveredAt)),
	}
	if n.Calls.Status != 0 {
		a.LastStatus = &n.Calls.Status
	}
	return a
}
