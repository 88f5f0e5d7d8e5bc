package transcodes

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fflambda/fflambda/shared/job"
)

// maxUpload is the largest file that an upload URL is given for, in bytes.
const maxUpload = 2040109465

var uploadTypes = []string{
	"video/mp4", "video/webm", "video/quicktime", "video/avi", "video/x-msvideo", "video/mkv", "video/x-matroska", "video/mpeg",
	"audio/mpeg", "audio/mp4", "audio/aac", "audio/wav", "audio/x-wav", "audio/ogg", "audio/opus", "audio/flac",
	"image/jpeg", "image/png", "image/gif", "image/webp",
	"text/x-ass", "application/x-subrip",
}

// Presign is a request for an upload URL.
type Presign struct {
	Filename    string // the caller's own: see ServerName
	ContentType string // as sent: the PUT must repeat it
	Size        int64  // bytes
}

// ParsePresign reads the body of POST /v1/upload/presigned-url. Its errors are *Error.
func ParsePresign(body []byte) (Presign, error) {
	f, err := parseUpload(body, "filename", "contentType", "fileSize")
	if err != nil {
		return Presign{}, err
	}
	size, err := parseSize(f["fileSize"])
	if err != nil {
		return Presign{}, err
	}
	var p Presign
	p.Filename, _ = parseText(f["filename"])
	p.ContentType, _ = parseText(f["contentType"])
	if !isUploadType(p.ContentType) {
		return Presign{}, bad("Invalid file type. Only video, audio, or image files are allowed.")
	}
	if size > maxUpload {
		return Presign{}, bad("File size too large. Maximum allowed size is 2GB.")
	}
	p.Size = int64(size)
	return p, nil
}

// Confirm says that a file was uploaded.
type Confirm struct {
	Filename string // the server's own
	Size     int64  // bytes
}

// ParseConfirm reads the body of POST /v1/upload/confirm. Its errors are *Error.
func ParseConfirm(body []byte) (Confirm, error) {
	f, err := parseUpload(body, "filename", "fileSize")
	if err != nil {
		return Confirm{}, err
	}
	size, err := parseSize(f["fileSize"])
	if err != nil {
		return Confirm{}, err
	}
	name, _ := parseText(f["filename"])
	if !IsServerName(name) {
		return Confirm{}, FileNotFound()
	}
	return Confirm{Filename: name, Size: int64(min(size, maxUpload+1))}, nil // no file in the bucket is larger
}

// parseUpload reads a body whose named fields are all required; all but fileSize are strings that are not empty.
func parseUpload(body []byte, required ...string) (fields, error) {
	if len(strings.TrimSpace(string(body))) == 0 {
		body = []byte("{}") // says what is missing
	}
	f, err := parseBody(body)
	if err != nil {
		return nil, err
	}
	for _, name := range required {
		s, isText := parseText(f[name])
		if !f.has(name) || (name != "fileSize" && s == "") {
			e := bad("Missing required fields: %s", strings.Join(required, ", "))
			if f.has(name) && !isText {
				e.Details = name + " must be a string"
			}
			return nil, e
		}
	}
	return f, nil
}

// parseSize reads a JSON number that is a whole, positive number of bytes, perhaps far larger than any file.
func parseSize(raw json.RawMessage) (float64, error) {
	size, err := strconv.ParseFloat(string(raw), 64)
	if math.IsInf(size, 1) { // 1e999: JSON has no other way to say it
		return size, nil
	}
	if err != nil || size <= 0 || size != math.Trunc(size) {
		return 0, bad("Invalid fileSize. Must be a positive number in bytes (not a formatted string like '1.46mbs')")
	}
	return size, nil
}

// isUploadType compares without parameters, which need not be well-formed: browsers send video/webm;codecs=vp9,opus.
// As a whole the type must fit into a header: the PUT repeats it.
func isUploadType(contentType string) bool {
	base, _, _ := strings.Cut(contentType, ";")
	printable := !strings.ContainsFunc(contentType, func(c rune) bool { return c < ' ' || c > '~' })
	return printable && len(contentType) <= 255 && slices.Contains(uploadTypes, strings.ToLower(strings.TrimSpace(base)))
}

// Result is the envelope of the upload routes. Transcode routes never use it.
type Result struct {
	Success bool `json:"success"`
	Result  any  `json:"result"`
}

// Upload is where and until when a file may be PUT.
type Upload struct {
	UploadURL string `json:"uploadUrl"`
	Filename  string `json:"filename"` // the server's own, for confirm
	ExpiresAt string `json:"expiresAt"`
}

// Presigned is the answer to a presign.
func Presigned(uploadURL, filename string, expires time.Time) Result {
	return Result{Success: true, Result: Upload{UploadURL: uploadURL, Filename: filename, ExpiresAt: stamp(expires)}}
}

// Confirmation is a file that lies in the bucket.
type Confirmation struct {
	FileURL     string   `json:"fileUrl"`
	GCSURL      string   `json:"gcsUrl"`
	PublicURL   string   `json:"publicUrl"`
	DownloadURL string   `json:"downloadUrl"`
	Filename    string   `json:"filename"`
	FileSize    int64    `json:"fileSize"`
	Size        int64    `json:"size"`
	UploadedAt  string   `json:"uploadedAt"`
	Metadata    Metadata `json:"metadata"`
}

// Confirmed is the answer to a confirm. m is nil where the file is no media or could not be probed.
// The bucket is private, so that the download URL stands for the public one too.
func Confirmed(o job.Object, c Confirm, downloadURL string, uploaded time.Time, m *job.Media) Result {
	return Result{Success: true, Result: Confirmation{
		FileURL: o.URL(), GCSURL: o.URL(), PublicURL: downloadURL, DownloadURL: downloadURL,
		Filename: c.Filename, FileSize: c.Size, Size: c.Size, UploadedAt: stamp(uploaded),
		Metadata: ShowMedia(m, c.Size),
	}}
}

// Metadata is what a probe found. The first three are always there, the rest where it is known.
type Metadata struct {
	Duration   float64 `json:"duration_seconds"` // 0: unknown, or a still image
	Format     string  `json:"format"`           // "unknown" where the probe could not tell
	Size       int64   `json:"size_bytes"`
	Width      int     `json:"width,omitempty"`
	Height     int     `json:"height,omitempty"`
	FPS        float64 `json:"fps,omitempty"`
	CodecVideo string  `json:"codec_video,omitempty"`
	CodecAudio string  `json:"codec_audio,omitempty"`
	HasVideo   *bool   `json:"has_video,omitempty"`
	HasAudio   *bool   `json:"has_audio,omitempty"`
	VideoCodec string  `json:"video_codec,omitempty"` // CodecVideo again
	AudioCodec string  `json:"audio_codec,omitempty"`
}

// ShowMedia is the probe of a file of size bytes; m is nil where there is none.
func ShowMedia(m *job.Media, size int64) Metadata {
	if m == nil {
		return Metadata{Format: "unknown", Size: size}
	}
	out := Metadata{
		Duration: round(m.Duration), Format: m.Format, Size: size,
		Width: m.Width, Height: m.Height, FPS: round(m.FPS),
		CodecVideo: m.VideoCodec, CodecAudio: m.AudioCodec, VideoCodec: m.VideoCodec, AudioCodec: m.AudioCodec,
		HasVideo: &m.HasVideo, HasAudio: &m.HasAudio,
	}
	if out.Format == "" {
		out.Format = "unknown"
	}
	return out
}
