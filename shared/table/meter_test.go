package table_test

import (
	"context"
	"reflect"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go/middleware"
)

// meter counts a client's calls and the capacity units that they consume.
type meter struct {
	mu    sync.Mutex
	calls map[string]int
	total int
	units float64
}

// measured is a client like c, and its meter.
func measured(c *dynamodb.Client) (*dynamodb.Client, *meter) {
	m := &meter{calls: map[string]int{}}
	return changed(c, func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, error) {
		if f := reflect.ValueOf(in.Parameters).Elem().FieldByName("ReturnConsumedCapacity"); f.IsValid() {
			f.SetString(string(types.ReturnConsumedCapacityTotal))
		}
		out, _, err := next.HandleInitialize(ctx, in)
		m.add(middleware.GetOperationName(ctx), out.Result)
		return out, err
	}), m
}

func (m *meter) add(operation string, result any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls[operation]++
	m.total++
	v := reflect.ValueOf(result)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return
	}
	f := v.Elem().FieldByName("ConsumedCapacity")
	if !f.IsValid() {
		return
	}
	switch c := f.Interface().(type) {
	case *types.ConsumedCapacity:
		if c != nil {
			m.units += aws.ToFloat64(c.CapacityUnits)
		}
	case []types.ConsumedCapacity:
		for _, part := range c {
			m.units += aws.ToFloat64(part.CapacityUnits)
		}
	}
}

// reset begins anew, and returns what there was.
func (m *meter) reset() (calls int, units float64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	calls, units = m.total, m.units
	m.total, m.units = 0, 0
	return calls, units
}

// changed is a client like c, each of whose calls goes through do.
func changed(c *dynamodb.Client, do func(context.Context, middleware.InitializeInput, middleware.InitializeHandler) (middleware.InitializeOutput, error)) *dynamodb.Client {
	step := middleware.InitializeMiddlewareFunc("test", func(
		ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
	) (middleware.InitializeOutput, middleware.Metadata, error) {
		out, err := do(ctx, in, next)
		return out, middleware.Metadata{}, err
	})
	return dynamodb.New(c.Options(), func(o *dynamodb.Options) {
		o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error { return stack.Initialize.Add(step, middleware.After) })
	})
}
