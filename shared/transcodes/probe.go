package transcodes

import (
	"net/http"
)

// Probe is a request for what a file is made of.
type Probe struct {
	URL string // a gs:// or s3:// name, or nothing that is one
}

// Probed is the answer to it.
type Probed struct {
	URL      string   `json:"url"` // as sent
	Metadata Metadata `json:"metadata"`
}

// ParseProbe reads the body of POST /v1/ffprobe. Its errors are *ProbeError or, for what is no JSON, *Error.
func ParseProbe(body []byte) (Probe, error) {
	f, err := parseBody(body)
	if err != nil {
		return Probe{}, err
	}
	url, ok := parseText(f["url"])
	if !ok || url == "" {
		return Probe{}, probeError(http.StatusBadRequest, "Missing required fields: url", "url must be a gs:// or s3:// name of an uploaded file")
	}
	return Probe{URL: url}, nil
}

// ProbeError is a refusal of this one route, whose details are a list.
type ProbeError struct {
	Status  int      `json:"-"`
	Message string   `json:"error"`
	Details []string `json:"details"`
}

func (e *ProbeError) Error() string { return e.Message }

// AsProbeError is any other refusal in the words of this route.
func AsProbeError(e *Error) any {
	if e.Details == "" {
		return e
	}
	return probeError(e.Status, e.Message, e.Details)
}

// NotOurs answers a URL that names no object.
func NotOurs() *ProbeError {
	return probeError(http.StatusBadRequest, "Invalid url", "url must be a gs:// or s3:// name of an uploaded file; http(s) URLs are not probed")
}

// NoObject answers a name that stands for nothing the caller may read.
func NoObject() *ProbeError {
	return probeError(http.StatusNotFound, "File not found", "There is no such file, or it does not belong to your key")
}

// NoMedia answers a file that ffprobe cannot read.
func NoMedia() *ProbeError {
	return probeError(http.StatusUnprocessableEntity, "Not a media file", "ffprobe found no video, audio or image in it")
}

func probeError(status int, text, detail string) *ProbeError {
	return &ProbeError{Status: status, Message: text, Details: []string{detail}}
}
