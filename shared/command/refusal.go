package command

import (
	"fmt"

	"github.com/fflambda/fflambda/shared/job"
)

// Refusal is why a command is not run, in words for the caller. It answers 400 badRequest.
type Refusal struct {
	Command int    // index of the command line
	Word    string // the caller's word, or the part of it that is refused
	Reason  string // "is an absolute path"
	Hint    string // what to use instead; may be empty
}

// Error is the whole text but for the command's index: "/etc/passwd" is an absolute path; use …
func (r *Refusal) Error() string {
	text := fmt.Sprintf("%q %s", clip(r.Word), r.Reason)
	if r.Hint != "" {
		text += "; " + r.Hint
	}
	return text
}

// clip is a caller's word as messages show it.
func clip(word string) string { return job.Clip(word, 80) }
