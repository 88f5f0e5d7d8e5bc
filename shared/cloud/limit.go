package cloud

import (
	"context"
	"fmt"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
)

// answerWithin is how long one try of a call to DynamoDB, SQS or SSM may take; they answer in milliseconds. A
// connection that went silent, as those of a function that was frozen do, then costs one try and not the call.
const answerWithin = 5 * time.Second

// longPoll is SQS's longest wait for a message (WaitTimeSeconds in ReceiveMessage's reference).
const longPoll = 20 * time.Second

// limitAttempts gives each try of a call its own time. S3's tries have none: their bodies are streamed, and can take
// as long as they like once they have begun.
func limitAttempts(stack *middleware.Stack) error {
	if _, tries := stack.Finalize.Get("Retry"); !tries {
		return nil // presigning calls nobody
	}
	return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("fflambda:LimitAttempts", func(
		ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler,
	) (middleware.FinalizeOutput, middleware.Metadata, error) {
		limit := answerWithin
		switch {
		case awsmiddleware.GetServiceID(ctx) == "S3":
			return next.HandleFinalize(ctx, in)
		case awsmiddleware.GetOperationName(ctx) == "ReceiveMessage":
			limit += longPoll
		}
		try, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		out, metadata, err := next.HandleFinalize(try, in)
		if err != nil && try.Err() != nil && ctx.Err() == nil {
			err = silent(limit)
		}
		return out, metadata, err
	}), "Retry", middleware.After)
}

// silent is a try that got no answer in that time. It is not the context's error that it comes from: the SDK takes
// such a one for the caller's wish to stop, and does not try again.
type silent time.Duration

func (s silent) Error() string { return fmt.Sprintf("no answer within %s", time.Duration(s)) }
func (s silent) Timeout() bool { return true }
