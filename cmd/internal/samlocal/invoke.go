package samlocal

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// maxAnswer is the largest answer of a function that is read, in bytes: Lambda's own limit for one that is not streamed.
const maxAnswer = 6 << 20

// Failure is a function that failed, as Lambda tells it.
type Failure struct {
	Type    string `json:"errorType"`
	Message string `json:"errorMessage"`
}

func (f *Failure) Error() string { return f.Type + ": " + f.Message }

// Invoke calls a function with an event and returns what it answered. A *Failure is the function's own.
// The server's status says nothing of it: SAM answers 200 for a function that failed.
func (s *SAM) Invoke(ctx context.Context, function string, event []byte) ([]byte, error) {
	url := s.URL + "/2015-03-31/functions/" + function + "/invocations"
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(event))
	if err != nil {
		return nil, err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close() //nolint:errcheck // only read
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("invoke %s: %s: %s", function, answer.Status, body)
	}
	var f Failure
	if json.Unmarshal(body, &f) == nil && f.Type != "" {
		return nil, &f
	}
	return body, nil
}
