package transcodes

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/fflambda/fflambda/shared/command"
	"github.com/fflambda/fflambda/shared/job"
)

// Error is a refusal as the API answers it: the status, and the body {"error", "details"}.
type Error struct {
	Status  int    `json:"-"`
	Message string `json:"error"`
	Details string `json:"details,omitempty"`
}

func (e *Error) Error() string {
	if e.Details == "" {
		return e.Message
	}
	return e.Message + ": " + e.Details
}

// Unauthorized answers a missing, unknown or revoked key alike.
func Unauthorized() *Error { return &Error{Status: http.StatusUnauthorized, Message: "unauthorized"} }

// ForeignBucket answers a create whose input number i lies in a bucket that is not ours.
func ForeignBucket(i int, o job.Object) *Error {
	return &Error{
		Status:  http.StatusForbidden,
		Message: fmt.Sprintf("inputs[%d].url: bucket %s does not belong to this server", i, quote(o.Bucket)),
		Details: "Use the fileUrl that /v1/upload/confirm answered, or a public http(s) URL.",
	}
}

// ForeignObject answers a create whose input number i is another owner's file in our bucket.
func ForeignObject(i int) *Error {
	return &Error{Status: http.StatusForbidden, Message: fmt.Sprintf("inputs[%d].url: this file does not belong to your key", i)}
}

// NotFound answers an unknown id, a malformed one, and another owner's: they must not be told apart.
func NotFound() *Error {
	return &Error{Status: http.StatusNotFound, Message: "Transcode not found"}
}

// NoRoute answers a path that neither this server nor the API has.
func NoRoute() *Error { return &Error{Status: http.StatusNotFound, Message: "Not found"} }

// NotPart answers a path that the API has and this server does not.
func NotPart(path string) *Error {
	return &Error{Status: http.StatusNotFound, Message: clip(path) + " is not part of this server"}
}

// MethodNotAllowed answers a known path with another method.
func MethodNotAllowed(method string) *Error {
	return &Error{Status: http.StatusMethodNotAllowed, Message: "Method " + clip(method) + " is not allowed here"}
}

// KeyReused answers a create whose Idempotency-Key came before with another body.
func KeyReused() *Error {
	return &Error{
		Status:  http.StatusConflict,
		Message: "This Idempotency-Key was already used with another request body",
		Details: "Send the same body to get the first answer again, or another key to create another job.",
	}
}

// TooLarge answers a body over limit bytes.
func TooLarge(limit int64) *Error {
	return &Error{Status: http.StatusRequestEntityTooLarge, Message: fmt.Sprintf("Request body too large. Maximum allowed size is %d bytes.", limit)}
}

// TooMany answers a caller over the rate limit. The handler adds Retry-After.
func TooMany() *Error {
	return &Error{Status: http.StatusTooManyRequests, Message: "Too many requests. Wait as long as Retry-After says."}
}

// QueueFull answers a create while as many jobs wait as this server takes. The handler adds Retry-After.
func QueueFull() *Error {
	return &Error{Status: http.StatusServiceUnavailable, Message: "The queue is full. Try again as Retry-After says."}
}

// OwnerFull answers a create of an owner who has limit jobs waiting, and may have no more. The handler adds Retry-After.
func OwnerFull(limit int) *Error {
	return &Error{
		Status:  http.StatusTooManyRequests,
		Message: fmt.Sprintf("You have %d jobs waiting, as many as you may have. Try again as Retry-After says.", limit),
		Details: "There is room again when one of them begins, or when you cancel one.",
	}
}

// Internal answers whatever is our fault; the reason goes to the log, not to the caller.
func Internal() *Error {
	return &Error{Status: http.StatusInternalServerError, Message: "Internal error"}
}

// Busy answers while a part of the server is out of reach or throttles. The handler adds Retry-After.
func Busy() *Error {
	return &Error{Status: http.StatusServiceUnavailable, Message: "The server is busy. Try again as Retry-After says."}
}

// BadQuery answers a query string whose escapes cannot be read.
func BadQuery() *Error {
	return bad("The query string is not valid: write %% as %%25, ; as %%3B and + as %%2B")
}

// FileNotFound answers a confirm of a file that is not in the bucket.
func FileNotFound() *Error { return bad("File not found in GCS bucket") }

// SizeMismatch answers a confirm of a file that has another size in the bucket.
func SizeMismatch() *Error { return bad("File size mismatch") }

// CannotCancel answers a cancel of a finished job.
func CannotCancel(s job.State) *Error {
	return bad("Cannot cancel job in status: %s", Status(s, false))
}

// bad is a 400 whose text names what is wrong and what is allowed.
func bad(format string, args ...any) *Error {
	return &Error{Status: http.StatusBadRequest, Message: fmt.Sprintf(format, args...)}
}

// refusedWords is a 400 for words that the rules on commands refuse. Their hints are written for command lines with
// {{placeholders}}, which this API does not have: such a hint is replaced.
func refusedWords(at string, err error) *Error {
	r, ok := errors.AsType[*command.Refusal](err)
	if !ok {
		return bad("%s is refused: %s", at, err)
	}
	e := bad("%s is refused: %s %s", at, quote(r.Word), r.Reason)
	e.Details = r.Hint
	if strings.Contains(r.Hint, "{{") {
		e.Details = "Options and filters cannot name files or URLs: the sources of a job are those in inputs."
	}
	return e
}

// quote shows a caller's word in a message: quoted, and not longer than a line.
func quote(word string) string { return fmt.Sprintf("%q", clip(word)) }

// clip is a caller's word as messages show it.
func clip(word string) string { return job.Clip(word, 80) }
