package gateway

import (
	"context"
	"io"
	"net/http"

	"github.com/aws/aws-lambda-go/events"
)

// stream answers as soon as the handler writes or flushes for the first time, or returns; the rest of what it writes is
// the answer's Body, as it comes and unbuffered. A handler that panics later ends Body with an error, which lambda.Start
// reports in the trailers: the client sees a stream that is cut, never one that looks whole.
//
// API Gateway ends a stream after 15 minutes, and one of a regional API that is silent for 5.
func (a *Adapter) stream(r *http.Request, cancel context.CancelFunc) (any, error) {
	reader, writer := io.Pipe()
	w := newAnswer(r, writer)
	done := make(chan struct{})
	failed := errAborted // unless serve returns: a handler may end its goroutine
	go func() {
		defer func() {
			cancel()
			_ = writer.CloseWithError(failed) // is always nil
			close(done)
		}()
		if failed = a.serve(w, r); failed == nil {
			w.commit(nil)
		}
	}()
	select {
	case <-w.final:
	case <-done:
	}
	select {
	case <-w.final:
	default:
		return nil, failed
	}
	return &events.APIGatewayProxyStreamingResponse{
		StatusCode:        w.status,
		MultiValueHeaders: w.sent,
		Body:              &stream{reader, cancel, done},
	}, nil
}

// stream is the body of a streamed answer.
type stream struct {
	*io.PipeReader
	cancel context.CancelFunc
	done   <-chan struct{} // closed when the handler has returned
}

// Close ends the request's context and waits for the handler: what still ran when the Lambda is frozen would go on in
// the middle of another request, minutes later.
func (s *stream) Close() error {
	s.cancel()
	err := s.PipeReader.Close()
	<-s.done
	return err
}
