package cloud

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go/middleware"

	"github.com/fflambda/fflambda/shared/job"
)

// passing classifies the errors that can pass by themselves: throttling, 5xx, connections that fail or stall, and
// those that the SDK has no name for yet. The retryer goes by it, and so does the mark on what the retries left over.
func passing() retry.IsErrorRetryables {
	return append(slices.Clone(retry.IsErrorRetryables(retry.DefaultRetryables)), retry.RetryableErrorCode{Codes: map[string]struct{}{
		"TransactionConflictException": {}, // DynamoDB: a transaction is on the item just now
		"TooManyUpdates":               {}, // SSM: another update of the parameter is
		"OverLimit":                    {}, // SQS: 120,000 messages are in flight
		"KmsThrottled":                 {}, // SQS
	}})
}

// markBusy has every operation's error that can pass match job.ErrBusy. It stays what it was besides: errors.As finds
// the SDK's types in it. It is the outermost step, so it sees what is left after all tries.
func markBusy(stack *middleware.Stack) error {
	can := passing()
	return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("fflambda:MarkBusy", func(
		ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
	) (middleware.InitializeOutput, middleware.Metadata, error) {
		out, metadata, err := next.HandleInitialize(ctx, in)
		// A caller that did not wait for the end knows nothing of AWS.
		if err != nil && ctx.Err() == nil && can.IsErrorRetryable(err) == aws.TrueTernary {
			err = fmt.Errorf("%w: %w", job.ErrBusy, err)
		}
		return out, metadata, err
	}), middleware.Before)
}
