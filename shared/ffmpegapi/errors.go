package ffmpegapi

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/fflambda/fflambda/shared/command"
	"github.com/fflambda/fflambda/shared/job"
)

// Codes that clients match on.
const (
	codeValidation = "validationError"
	codeBadRequest = "badRequest"
	codeBadKey     = "badApiKey"
	codeForbidden  = "forbidden"
	codeNotFound   = "notFound"
	codeTooMany    = "tooManyRequests"
	codeUnknown    = "unknownError"
)

// Error is a refusal as the API answers it: the status, and the body {"errorCode", "message"}.
type Error struct {
	Status  int    `json:"-"`
	Code    string `json:"errorCode"`
	Message string `json:"message"`
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Invalid answers a body or query of the wrong shape. The message begins with the field.
func Invalid(format string, args ...any) *Error {
	return answer(http.StatusBadRequest, codeValidation, format, args...)
}

// BadRequest answers what is well-formed, but refused.
func BadRequest(format string, args ...any) *Error {
	return answer(http.StatusBadRequest, codeBadRequest, format, args...)
}

// BadAPIKey answers a missing, wrong or revoked key alike.
func BadAPIKey() *Error {
	return answer(http.StatusUnauthorized, codeBadKey, "The API key is missing, wrong or revoked. Send it as Authorization: Bearer <key>")
}

// Forbidden answers what the key is known for, but may not do.
func Forbidden(format string, args ...any) *Error {
	return answer(http.StatusForbidden, codeForbidden, format, args...)
}

// NotFound answers an unknown job, another owner's and a malformed id alike: they must not be told apart.
func NotFound() *Error { return answer(http.StatusNotFound, codeNotFound, "Job not found") }

// NoRoute answers a path or a method that this server does not have.
func NoRoute() *Error {
	return answer(http.StatusNotFound, codeNotFound, "Not found: this path and method are not part of this server")
}

// KeyReused answers a create whose Idempotency-Key came before with another body.
func KeyReused() *Error {
	return answer(http.StatusConflict, codeBadRequest,
		"This Idempotency-Key was already used with another body. Send the same body for the first answer, or another key for another job")
}

// TooLarge answers a body over MaxBody.
func TooLarge() *Error {
	return answer(http.StatusRequestEntityTooLarge, codeValidation, "The body is too large: at most %d bytes", MaxBody)
}

// TooManyRequests answers a key over its rate. The handler adds Retry-After.
func TooManyRequests() *Error {
	return answer(http.StatusTooManyRequests, codeTooMany, "Rate limit exceeded")
}

// Busy answers while a part of the server is out of reach or throttles. The handler adds Retry-After.
func Busy() *Error {
	return answer(http.StatusServiceUnavailable, codeUnknown, "The server is busy. Try again as Retry-After says")
}

// QueueFull answers a create while as many jobs wait as this server takes. The handler adds Retry-After.
func QueueFull() *Error {
	return answer(http.StatusServiceUnavailable, codeUnknown, "The queue is full. Try again as Retry-After says")
}

// OwnerFull answers a create of an owner who has limit jobs waiting, and may have no more. The handler adds Retry-After.
func OwnerFull(limit int) *Error {
	return answer(http.StatusTooManyRequests, codeTooMany,
		"You have %d jobs waiting, as many as you may have: there is room again when one of them begins, or when you cancel one", limit)
}

// Unknown answers whatever is our fault. The reason goes to the log under the request's id, and not to the caller.
func Unknown(requestID string) *Error {
	return answer(http.StatusInternalServerError, codeUnknown, "Internal error. Request id: %s", requestID)
}

// CannotCancel answers a cancel of a job that has ended.
func CannotCancel(j job.Job) *Error { return BadRequest("The job is already %s", status(j.State)) }

func answer(status int, code, format string, args ...any) *Error {
	return &Error{Status: status, Code: code, Message: fmt.Sprintf(format, args...)}
}

// refused answers a command that does not compile.
func refused(err error) *Error {
	if r, ok := errors.AsType[*command.Refusal](err); ok {
		return BadRequest("ffmpeg_commands[%d]: %v", r.Command, r)
	}
	return BadRequest("ffmpeg_commands: %v", err)
}
