package table

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/fflambda/fflambda/shared/job"
)

// transact does all writes or none. Where it lost against another transaction on one of the items, even after some
// tries, it answers job.ErrBusy. DynamoDB bills two writes for one.
func (t *Table) transact(ctx context.Context, writes ...types.TransactWriteItem) error {
	_, err := t.client.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: writes}, contended)
	if lost(err) {
		return fmt.Errorf("%w: %w", job.ErrBusy, err)
	}
	return err
}

// contended has the client try a transaction again that lost against another one. The client itself does not look
// into the reasons why one was canceled.
func contended(o *dynamodb.Options) {
	if r, ok := o.Retryer.(aws.RetryerV2); ok {
		o.Retryer = contender{r}
	}
}

type contender struct{ aws.RetryerV2 }

func (c contender) IsErrorRetryable(err error) bool {
	return lost(err) || c.RetryerV2.IsErrorRetryable(err)
}

// lost reports whether a transaction was canceled for reasons that pass by themselves, and for no other.
func lost(err error) bool {
	canceled, ok := errors.AsType[*types.TransactionCanceledException](err)
	return ok && !slices.ContainsFunc(canceled.CancellationReasons, func(r types.CancellationReason) bool {
		switch aws.ToString(r.Code) {
		case "", "None", "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded":
			return false
		}
		return true
	})
}

// holdsNot reports whether a transaction was canceled as the condition of its write i did not hold.
func holdsNot(err error, i int) bool {
	canceled, ok := errors.AsType[*types.TransactionCanceledException](err)
	return ok && len(canceled.CancellationReasons) > i &&
		aws.ToString(canceled.CancellationReasons[i].Code) == "ConditionalCheckFailed"
}
