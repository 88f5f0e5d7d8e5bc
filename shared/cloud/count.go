package cloud

import (
	"context"
	"maps"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
)

// Counter counts calls of AWS as they are sent: each try is one, and presigning a URL is none.
type Counter struct {
	mu    sync.Mutex
	calls map[string]int
}

// Count has all clients that are made of cfg from now on counted together.
func Count(cfg *aws.Config) *Counter {
	c := &Counter{calls: map[string]int{}}
	cfg.APIOptions = append(cfg.APIOptions[:len(cfg.APIOptions):len(cfg.APIOptions)], c.watch)
	return c
}

// Calls is how often each operation was called so far, by "DynamoDB.UpdateItem".
func (c *Counter) Calls() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.calls)
}

// Total is the sum of Calls.
func (c *Counter) Total() int {
	total := 0
	for _, n := range c.Calls() {
		total += n
	}
	return total
}

// watch counts in the step that is the closest to the wire. Presigning drops that step.
func (c *Counter) watch(stack *middleware.Stack) error {
	return stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("fflambda:Count", func(
		ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler,
	) (middleware.DeserializeOutput, middleware.Metadata, error) {
		c.mu.Lock()
		c.calls[awsmiddleware.GetServiceID(ctx)+"."+awsmiddleware.GetOperationName(ctx)]++
		c.mu.Unlock()
		return next.HandleDeserialize(ctx, in)
	}), middleware.After)
}
