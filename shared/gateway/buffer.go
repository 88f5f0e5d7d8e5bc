package gateway

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"
)

// payloadMax is how many bytes of JSON a buffered answer may have (Lambda quotas: 6 MB for a synchronous response;
// API Gateway would take 10 MB).
const payloadMax = 6 << 20

var errTooLarge = errors.New("an answer through AWS Lambda has at most 6 MB")

// buffer answers with the whole of what the handler writes. An answer over payloadMax becomes a 500 of its own, worded
// like API Gateway's; Lambda would make a 502 of it that says nothing.
func (a *Adapter) buffer(r *http.Request) (*events.APIGatewayProxyResponse, error) {
	var body limited
	w := newAnswer(r, &body)
	if err := a.serve(w, r); err != nil {
		return nil, err
	}
	w.commit(nil)
	answer := &events.APIGatewayProxyResponse{StatusCode: w.status, MultiValueHeaders: w.sent, Body: body.String()}
	// Base64 needs `BinaryMediaTypes: ['*/*']` of the API, or else the client gets it as it is.
	if !utf8.Valid(body.Bytes()) {
		answer.Body, answer.IsBase64Encoded = base64.StdEncoding.EncodeToString(body.Bytes()), true
	}
	size, err := encodedSize(answer)
	if err != nil {
		return nil, fmt.Errorf("encode the answer: %w", err)
	}
	if !body.over && size <= payloadMax {
		return answer, nil
	}
	a.config.Log.Error("answer too large", "request", RequestID(r), "method", r.Method, "bytes", size)
	return &events.APIGatewayProxyResponse{
		StatusCode:        http.StatusInternalServerError,
		MultiValueHeaders: http.Header{"Content-Type": {"application/json"}},
		Body:              `{"message":"The answer has more than the 6 MB that AWS Lambda can send; ask for less at once"}`,
	}, nil
}

// encodedSize is how many bytes of JSON lambda.Start makes of the answer.
func encodedSize(answer *events.APIGatewayProxyResponse) (int, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(answer)
	return b.Len(), err
}

// limited keeps at most payloadMax bytes, so that a handler without end does not eat the memory.
type limited struct {
	bytes.Buffer
	over bool
}

func (b *limited) Write(p []byte) (int, error) {
	if b.over = b.over || b.Len()+len(p) > payloadMax; b.over {
		return 0, errTooLarge
	}
	return b.Buffer.Write(p)
}
