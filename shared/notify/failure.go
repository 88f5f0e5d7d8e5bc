package notify

import "errors"

// What a Notice says of a try that failed by our own trouble. The reason is in the log: it may name what a user is not
// to see.
var (
	errOutbox  = errors.New("outbox: it could not be filled")
	errWebhook = errors.New("webhook: it could not be called")
)

// answered is an error of Config.Post that tells what the receiver did.
type answered interface {
	error
	Final() bool
}

// undelivered is a try that reached the receiver, or found out that it cannot be reached.
type undelivered struct{ answered }

func (u *undelivered) Error() string { return "webhook: " + u.answered.Error() }
