// Package client is what the demo and the benchmark need to drive fflambda as a user would:
// StartServer runs the program, and a Client uploads, creates, follows and downloads through its two HTTP APIs.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// maxAnswer bounds what is read of a JSON answer.
const maxAnswer = 8 << 20

// Client calls one server with one key.
type Client struct {
	URL  string
	Key  string
	HTTP *http.Client
}

// New is a client without a time limit of its own: uploads take what they take, and contexts end them.
func New(url, key string) *Client {
	return &Client{URL: strings.TrimRight(url, "/"), Key: key, HTTP: &http.Client{}}
}

// Job is what both APIs show of a job; a field that only one of them has is empty in the other.
type Job struct {
	ID           string            `json:"id"`
	Status       string            `json:"status"`
	Progress     *float64          `json:"progress"` // 0..100
	ErrorMessage string            `json:"error_message"`
	OutputFiles  map[string]string `json:"output_files"` // /api: name to link
	CreatedAt    time.Time         `json:"created_at"`
	FinishedAt   time.Time         `json:"finished_at"` // /api: zero until it has ended
}

// ended lists the last states of both APIs.
var ended = map[string]bool{"completed": true, "succeeded": true, "failed": true, "canceled": true, "cancelled": true}

// Ended reports whether the job will not change any more.
func (j Job) Ended() bool { return ended[j.Status] }

// Err is nil for a job that did its work.
func (j Job) Err() error {
	if j.Status == "completed" || j.Status == "succeeded" {
		return nil
	}
	return fmt.Errorf("job %s is %s: %s", j.ID, j.Status, j.ErrorMessage)
}

// follow reads a job every interval until it has ended, and shows each reading to seen (which may be nil).
// A job that ended badly is an error.
func follow(ctx context.Context, every time.Duration, read func() (Job, error), seen func(Job)) (Job, error) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		j, err := read()
		if err != nil {
			return j, err
		}
		if seen != nil {
			seen(j)
		}
		if j.Ended() {
			return j, j.Err()
		}
		select {
		case <-ctx.Done():
			return j, ctx.Err()
		case <-tick.C:
		}
	}
}

// Call sends in as JSON (nil: no body) and reads the answer into out (nil: not read). Any answer but 2xx is an error with its text.
func (c *Client) Call(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.URL+path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+c.Key)
	req.Header.Set("Content-Type", "application/json")
	res, err := c.HTTP.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close() //nolint:errcheck // read to the end or not needed
	if err := refused(res); err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	if out == nil {
		return nil
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, maxAnswer)).Decode(out); err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	return nil
}

// refused turns an answer other than 2xx into an error with the server's own words.
func refused(res *http.Response) error {
	if res.StatusCode/100 == 2 {
		return nil
	}
	text, err := io.ReadAll(io.LimitReader(res.Body, 2000))
	if err != nil {
		return fmt.Errorf("%s, and its body broke off: %w", res.Status, err)
	}
	return fmt.Errorf("%s: %s", res.Status, bytes.TrimSpace(text))
}
