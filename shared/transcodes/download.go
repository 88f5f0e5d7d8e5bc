package transcodes

import "github.com/fflambda/fflambda/shared/job"

// Download is the answer with a link to the output.
type Download struct {
	URL string `json:"url"`
}

// Downloadable is the output that a download link is made for, or the 400 that says why there is none.
func Downloadable(j job.Job) (job.Output, error) {
	if j.State != job.Succeeded {
		return job.Output{}, bad("Transcode not completed")
	}
	if len(j.Outputs) == 0 {
		return job.Output{}, bad("No output available for this transcode")
	}
	return j.Outputs[0], nil
}
