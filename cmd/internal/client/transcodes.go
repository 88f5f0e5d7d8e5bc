package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Input is one source of a Transcode.
type Input struct {
	URL string `json:"url"`
}

// Preset is the simple way to say what is wanted.
type Preset struct {
	Quality    string `json:"quality,omitempty"`
	Resolution string `json:"resolution,omitempty"`
}

// Transcode is the body of POST /v1/transcodes.
type Transcode struct {
	Inputs       []Input `json:"inputs"`
	OutputFormat string  `json:"outputFormat"`
	Preset       *Preset `json:"preset,omitempty"`
}

// Upload sends a file by way of a presigned URL, and returns the gs:// name that jobs take as an input.
func (c *Client) Upload(ctx context.Context, path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close() //nolint:errcheck // only read
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	name, err := c.put(ctx, f, info.Size())
	if err != nil {
		return "", err
	}
	var confirmed struct {
		Result struct {
			FileURL string `json:"fileUrl"`
		} `json:"result"`
	}
	err = c.Call(ctx, http.MethodPost, "/v1/upload/confirm", map[string]any{"filename": name, "fileSize": info.Size()}, &confirmed)
	if err == nil && confirmed.Result.FileURL == "" {
		err = errors.New("confirm answered without a fileUrl")
	}
	return confirmed.Result.FileURL, err
}

// put asks for an upload URL and sends the bytes to it. It returns the server's own name for the file.
func (c *Client) put(ctx context.Context, f *os.File, size int64) (string, error) {
	var slot struct {
		Result struct {
			UploadURL string `json:"uploadUrl"`
			Filename  string `json:"filename"`
		} `json:"result"`
	}
	ask := map[string]any{"filename": filepath.Base(f.Name()), "contentType": contentType(f.Name()), "fileSize": size}
	if err := c.Call(ctx, http.MethodPost, "/v1/upload/presigned-url", ask, &slot); err != nil {
		return "", err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, slot.Result.UploadURL, io.NopCloser(f))
	if err != nil {
		return "", err
	}
	req.ContentLength = size
	req.Header.Set("Content-Type", contentType(f.Name()))
	res, err := c.HTTP.Do(req)
	if err != nil {
		return "", fmt.Errorf("PUT to the upload URL: %w", withoutURL(err))
	}
	defer res.Body.Close() //nolint:errcheck // nothing in it
	if err := refused(res); err != nil {
		return "", fmt.Errorf("PUT to the upload URL: %w", err)
	}
	return slot.Result.Filename, nil
}

// CreateTranscode creates a job.
func (c *Client) CreateTranscode(ctx context.Context, t Transcode) (Job, error) {
	var j Job
	err := c.Call(ctx, http.MethodPost, "/v1/transcodes", t, &j)
	return j, err
}

// FollowTranscode waits for the end of a job; see follow.
func (c *Client) FollowTranscode(ctx context.Context, id string, every time.Duration, seen func(Job)) (Job, error) {
	return follow(ctx, every, func() (Job, error) {
		var j Job
		err := c.Call(ctx, http.MethodGet, "/v1/transcodes/"+id, nil, &j)
		return j, err
	}, seen)
}

// TranscodeURL is a link to the file that a job made, good for ten minutes.
func (c *Client) TranscodeURL(ctx context.Context, id string) (string, error) {
	var answer struct {
		URL string `json:"url"`
	}
	if err := c.Call(ctx, http.MethodGet, "/v1/transcodes/"+id+"/download", nil, &answer); err != nil {
		return "", err
	}
	if answer.URL == "" {
		return "", errors.New("download answered without a url")
	}
	return answer.URL, nil
}

// Download copies what a link gives to w. No key is sent.
func (c *Client) Download(ctx context.Context, link string, w io.Writer) (int64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, link, nil)
	if err != nil {
		return 0, err
	}
	res, err := c.HTTP.Do(req)
	if err != nil {
		return 0, fmt.Errorf("GET of the link: %w", withoutURL(err))
	}
	defer res.Body.Close() //nolint:errcheck // read to the end
	if err := refused(res); err != nil {
		return 0, fmt.Errorf("GET of the link: %w", err)
	}
	return io.Copy(w, res.Body)
}

// contentType is a type that the upload accepts, by the file's ending; video/mp4 where it says nothing.
func contentType(path string) string {
	switch ext := strings.ToLower(filepath.Ext(path)); ext {
	case ".mkv":
		return "video/x-matroska"
	case ".mov":
		return "video/quicktime"
	case ".avi":
		return "video/x-msvideo"
	default:
		t, _, _ := strings.Cut(mime.TypeByExtension(ext), ";")
		if strings.HasPrefix(t, "video/") || strings.HasPrefix(t, "audio/") || strings.HasPrefix(t, "image/") {
			return t
		}
		return "video/mp4"
	}
}

// withoutURL drops the signed URL that net/http puts into its errors.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
