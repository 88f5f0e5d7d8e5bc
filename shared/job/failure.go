package job

import (
	"fmt"
	"unicode/utf8"
)

// Code names a kind of failure. Clients match on it, so a code never changes its meaning.
type Code string

const (
	InputUnreachable Code = "input_unreachable" // the host does not answer, or answers 404, 5xx, too slowly, too little
	InputForbidden   Code = "input_forbidden"   // a private address, another owner's object, HTTP 401 or 403
	InputTooLarge    Code = "input_too_large"   // over the limit of one input, or of the worker's disk
	InputNotMedia    Code = "input_not_media"   // empty, HTML, cut off, or nothing that ffmpeg can open
	FFmpegFailed     Code = "ffmpeg_failed"     // ffmpeg ran and said no
	OutputMissing    Code = "output_missing"    // ffmpeg succeeded, but a declared file is not there or is empty
	OutputTooLarge   Code = "output_too_large"  // over the limit of one job
	TimedOut         Code = "timed_out"         // over Job.Timeout, or no progress for too long
	OutOfMemory      Code = "out_of_memory"     // ffmpeg was killed for its memory
	WorkerLost       Code = "worker_lost"       // the worker vanished, as often as we try
	QuotaExceeded    Code = "quota_exceeded"    // never run: its owner's quota of the month is spent
	Internal         Code = "internal"          // our fault
)

// Failure says why a job failed. It holds nothing secret: no local path, no key, no query of a signed URL.
type Failure struct {
	Code       Code     `json:"code"`
	Message    string   `json:"message"`               // a sentence for the caller: what happened, what to change
	Retry      bool     `json:"retry,omitempty"`       // whether the same job can succeed later: then it is tried again, as often as it may be
	StderrTail []string `json:"stderr_tail,omitempty"` // ffmpeg's last lines, where it ran
	Quota      *Excess  `json:"quota,omitempty"`       // with QuotaExceeded: which one
	Dead       bool     `json:"dead,omitempty"`        // nobody ran it: its message was delivered too often without a decision
}

// Error makes a *Failure an error, so that the steps of a job can return one.
func (f *Failure) Error() string { return string(f.Code) + ": " + f.Message }

// Failf is a Failure with a formatted message.
func Failf(code Code, format string, args ...any) *Failure {
	return &Failure{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Again marks f as one that can go away by itself.
func (f *Failure) Again() *Failure {
	g := *f
	g.Retry = true
	return &g
}

// Clip cuts a stranger's word to what fits a message: at most so many bytes, at a character's edge.
func Clip(word string, most int) string {
	if len(word) <= most {
		return word
	}
	for most > 0 && !utf8.RuneStart(word[most]) {
		most--
	}
	return word[:most] + "…"
}
