package job

import "errors"

// ErrGone is what a queue answers to an Extend or a Delete with a receipt that is not valid any more:
// the message was deleted, or its visibility timeout ended and somebody else received it.
var ErrGone = errors.New("message is gone or taken over")

// Message is one delivery of a queued message. Queues deliver at least once.
type Message struct {
	Body     string // a job's id
	Receipt  string // this delivery's; only its holder may extend or delete the message
	Received int    // how often the message was delivered, this time included
}
