package transcodes

import (
	"strings"

	"github.com/fflambda/fflambda/shared/job"
)

// HideQueued reports whether the client must not see the status "queued": the vendor's generated clients know no such
// value and raise on it.
func HideQueued(userAgent string) bool { return strings.HasPrefix(userAgent, "OpenAPI-Generator/") }

// Status is the API's word for a state. It is the only place that knows these words.
func Status(s job.State, hideQueued bool) string {
	switch s {
	case job.Queued:
		if hideQueued {
			return "pending"
		}
		return "queued"
	case job.Running:
		return "processing"
	case job.Succeeded:
		return "completed"
	case job.Failed:
		return "failed"
	case job.Cancelled:
		return "canceled"
	default:
		return "pending"
	}
}

// States is the inverse of Status: the states that the client sees as status. None for a word that no job can show.
func States(status string, hideQueued bool) []job.State {
	var states []job.State
	for _, s := range job.States() {
		if Status(s, hideQueued) == status {
			states = append(states, s)
		}
	}
	return states
}

// category is the API's coarse class of a failure. Its values are fixed: generated clients raise on another.
func category(f *job.Failure) string {
	if f == nil {
		return "unknown"
	}
	switch f.Code {
	case job.InputUnreachable, job.InputForbidden:
		return "upload"
	case job.InputTooLarge, job.OutputTooLarge:
		return "file_size"
	case job.InputNotMedia:
		return "validation"
	case job.FFmpegFailed, job.OutputMissing, job.TimedOut, job.OutOfMemory:
		return "processing"
	case job.WorkerLost:
		return "transient"
	case job.QuotaExceeded:
		return "quota"
	default:
		return "unknown"
	}
}
