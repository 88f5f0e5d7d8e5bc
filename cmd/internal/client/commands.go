package client

import (
	"context"
	"net/http"
	"time"
)

// Commands is the body of POST /api/ffmpeg.
type Commands struct {
	InputFiles     map[string]string `json:"input_files"`
	OutputFiles    []string          `json:"output_files"`
	FFmpegCommands []string          `json:"ffmpeg_commands"`
}

// data is the envelope of every /api answer.
type data[T any] struct {
	Data T `json:"data"`
}

// CreateCommands creates a job.
func (c *Client) CreateCommands(ctx context.Context, body Commands) (Job, error) {
	var answer data[Job]
	err := c.Call(ctx, http.MethodPost, "/api/ffmpeg", body, &answer)
	return answer.Data, err
}

// FollowCommands waits for the end of a job; see follow. OutputFiles of what it returns are links.
func (c *Client) FollowCommands(ctx context.Context, id string, every time.Duration, seen func(Job)) (Job, error) {
	return follow(ctx, every, func() (Job, error) {
		var answer data[Job]
		err := c.Call(ctx, http.MethodGet, "/api/jobs/"+id, nil, &answer)
		return answer.Data, err
	}, seen)
}
