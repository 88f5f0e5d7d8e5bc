package table

import (
	"context"
	"sync"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/smithy-go/middleware"
)

// Slack is how far two Clocks of one table may be apart, and more: a lease is over for others once it has been for so long.
const Slack = 10 * time.Second

// skewGrain is what DynamoDB's word on the time leaves open: it is in whole seconds, and takes a while to come. A clock
// that is as near as this is left alone, so that it does not jump to and fro.
const skewGrain = 2 * time.Second

// clock is this machine's, put right by what DynamoDB says in the Date header of each answer.
type clock struct {
	own func() time.Time

	mu   sync.Mutex
	skew time.Duration // to be added to own
}

// Clock is DynamoDB's time, to within 3 s once it has answered; before that it is this machine's. Machines whose clocks
// are minutes apart can give each other times by it.
func (t *Table) Clock() time.Time { return t.now() }

func (c *clock) time() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.own().Add(c.skew)
}

// heard takes what the store's clock said just now.
func (c *clock) heard(store time.Time) {
	skew := store.Add(time.Second / 2).Sub(c.own()) // half a second was cut off, on average
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case skew.Abs() <= skewGrain:
		c.skew = 0
	case (skew - c.skew).Abs() > skewGrain:
		c.skew = skew
	}
}

// listen has a client tell c the time with every answer, also with one that is an error.
func (c *clock) listen(o *dynamodb.Options) {
	o.APIOptions = append(o.APIOptions[:len(o.APIOptions):len(o.APIOptions)], func(stack *middleware.Stack) error {
		return stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("fflambda:Clock", func(
			ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler,
		) (middleware.DeserializeOutput, middleware.Metadata, error) {
			out, metadata, err := next.HandleDeserialize(ctx, in)
			if at, ok := awsmiddleware.GetServerTime(metadata); ok {
				c.heard(at)
			}
			return out, metadata, err
		}), middleware.Before)
	})
}
