// Package gateway lets an http.Handler answer for a Lambda behind an API Gateway REST API: Adapter.Handle turns the
// proxy event into an *http.Request, and what the handler writes into the answer, whole or streamed. Nothing else
// knows what HTTP looks like in a Lambda. Base and RequestID are for handlers that link to themselves, or log.
//
// The shapes are those of API Gateway's developer guide: "Lambda proxy integrations" (payload 1.0) and "Set up a Lambda
// proxy integration with payload response streaming". HTTP APIs and function URLs send other events.
package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"

	"github.com/aws/aws-lambda-go/events"
)

// errAborted is how a handler's http.ErrAbortHandler ends: the client gets a 502, or a stream that is cut.
var errAborted = errors.New("the handler gave the request up")

// Config says how an Adapter answers.
type Config struct {
	// Streams names the resources ("/api/ffmpeg") whose answers are streamed. The template must say the same
	// (ResponseTransferMode: RESPONSE_STREAM): API Gateway takes only one of the two shapes for a method.
	Streams []string

	// Local says that `sam local` plays API Gateway (AWS_SAM_LOCAL is "true"). It cannot stream, so all answers are
	// buffered; it speaks http; and it gives every request the same id, so that the Lambda's own is used.
	Local bool

	Log *slog.Logger // panics of the handler, and answers that are too large
}

// Adapter answers proxy events with an http.Handler. It is safe for concurrent use.
type Adapter struct {
	handler http.Handler
	config  Config
}

// New is an Adapter for h.
func New(h http.Handler, c Config) *Adapter {
	return &Adapter{handler: h, config: c}
}

// Handle answers one event; it is meant for lambda.Start. The answer is an *events.APIGatewayProxyResponse or, for a
// resource that streams, an *events.APIGatewayProxyStreamingResponse, which must be closed.
//
// The request's context ends with ctx, and so with the Lambda's deadline, when the handler returns, and when a stream
// is closed. Lambda does not tell a function that the client has left; it shows, if at all, as a write that fails.
//
// An error is a panic of the handler before it answered, or an event that is none of API Gateway's: the client gets
// API Gateway's 502, and the function lives on.
func (a *Adapter) Handle(ctx context.Context, event events.APIGatewayProxyRequest) (any, error) {
	ctx, cancel := context.WithCancel(ctx)
	r, err := a.request(ctx, event)
	if err != nil {
		cancel()
		return nil, err
	}
	if !a.config.Local && slices.Contains(a.config.Streams, event.Resource) {
		return a.stream(r, cancel)
	}
	defer cancel()
	return a.buffer(r)
}

// serve calls the handler. A panic becomes an error, which says no more than where to look: it may reach the client.
func (a *Adapter) serve(w http.ResponseWriter, r *http.Request) (err error) {
	defer func() {
		switch v := recover(); v {
		case nil:
		case http.ErrAbortHandler:
			err = errAborted
		default:
			a.config.Log.Error("panic", "request", RequestID(r), "method", r.Method, "panic", v, "stack", string(debug.Stack()))
			err = fmt.Errorf("the handler panicked; the log of request %s tells where", RequestID(r))
		}
	}()
	a.handler.ServeHTTP(w, r)
	return nil
}

// facts are what the adapter knows of a request beyond HTTP.
type facts struct {
	base string
	id   string
}

type factsKey struct{}

func factsOf(r *http.Request) facts {
	f, _ := r.Context().Value(factsKey{}).(facts)
	return f
}

// Base is the address at which the client reached the API, without a slash at the end: with the stage on API Gateway's
// own domain ("https://id.execute-api.eu-west-1.amazonaws.com/prod"), with the base path of its mapping on a custom one
// ("https://video.example/media"). It is "" for a request that did not come through an Adapter.
//
// A proxy before API Gateway, such as a CloudFront of one's own, is not seen: its address must be configured.
func Base(r *http.Request) string { return factsOf(r).base }

// RequestID is API Gateway's id of the request, which clients see as x-amzn-RequestId and API Gateway's logs have too;
// where there is none, the Lambda's. It is "" for a request that did not come through an Adapter.
func RequestID(r *http.Request) string { return factsOf(r).id }
