package command

import (
	"fmt"
	"unicode/utf8"
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

// clip cuts a caller's text to what fits a message, at a character's edge.
func clip(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	end := most
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}
