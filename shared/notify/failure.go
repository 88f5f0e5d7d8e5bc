package notify

import "errors"

// What a Notice says of a try that failed by our own trouble. The reason is in the log: it may name what a user is not
// to see.
var (
	errOutbox  = errors.New("the outbox could not be filled")
	errWebhook = errors.New("the webhook could not be called")
)

// answered is an error of Config.Post that tells what the receiver did.
type answered interface {
	error
	Final() bool
}
