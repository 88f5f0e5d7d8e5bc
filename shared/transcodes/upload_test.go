package transcodes

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fflambda/fflambda/shared/job"
)

const (
	invalidSize = "Invalid fileSize. Must be a positive number in bytes (not a formatted string like '1.46mbs')"
	invalidType = "Invalid file type. Only video, audio, or image files are allowed."
)

func TestParsePresign(t *testing.T) {
	t.Parallel()
	const missing = "Missing required fields: filename, contentType, fileSize"
	tests := []struct {
		body string
		want Presign
		err  string
	}{
		{body: `{"filename":"a b.mp4","contentType":"video/mp4","fileSize":5}`, want: Presign{"a b.mp4", "video/mp4", 5}},
		{body: `{"filename":"a","contentType":"VIDEO/webm;codecs=vp9","fileSize":1e3}`, want: Presign{"a", "VIDEO/webm;codecs=vp9", 1000}},
		{body: `{"filename":"a","contentType":"video/webm;codecs=vp9,opus","fileSize":1}`, want: Presign{"a", "video/webm;codecs=vp9,opus", 1}},
		{body: `{"filename":"a","contentType":"video/webm;x=é","fileSize":1}`, err: invalidType},
		{body: `{"filename":"a","contentType":"video/mp4","fileSize":2040109465}`, want: Presign{"a", "video/mp4", 2040109465}},
		{body: `{"filename":"a","contentType":"video/mp4","fileSize":2040109466}`, err: "File size too large. Maximum allowed size is 2GB."},
		{body: `{"filename":"a","contentType":"video/mp4","fileSize":1e999}`, err: "File size too large. Maximum allowed size is 2GB."},
		{body: `{}`, err: missing},
		{body: ``, err: missing},
		{body: `{"contentType":"video/mp4","fileSize":5}`, err: missing},
		{body: `{"filename":"a","fileSize":5}`, err: missing},
		{body: `{"filename":"a","contentType":"video/mp4"}`, err: missing},
		{body: `{"filename":"","contentType":"video/mp4","fileSize":5}`, err: missing},
		{body: `{"filename":"a","contentType":null,"fileSize":5}`, err: missing},
		{body: `{"filename":"a","contentType":"video/mp4","fileSize":null}`, err: missing},
		{body: `{"filename":7,"contentType":"video/mp4","fileSize":5}`, err: missing},
		{body: `{"filename":"a","contentType":"video/mp4","fileSize":"5"}`, err: invalidSize},
		{body: `{"filename":"a","contentType":"video/mp4","fileSize":"Inf"}`, err: invalidSize},
		{body: `{"filename":"a","contentType":"video/mp4","fileSize":0}`, err: invalidSize},
		{body: `{"filename":"a","contentType":"video/mp4","fileSize":-1}`, err: invalidSize},
		{body: `{"filename":"a","contentType":"video/mp4","fileSize":-1e999}`, err: invalidSize},
		{body: `{"filename":"a","contentType":"video/mp4","fileSize":1.5}`, err: invalidSize},
		{body: `{"filename":"a","contentType":"video/mp4","fileSize":true}`, err: invalidSize},
		{body: `{"filename":"a","contentType":"video/mp4","fileSize":[5]}`, err: invalidSize},
		{body: `{"filename":"a","contentType":"text/html","fileSize":5}`, err: invalidType},
		{body: `{"filename":"a","contentType":"video/","fileSize":5}`, err: invalidType},
		{body: `{"filename":"a","contentType":"video/mp4\r\nX: y","fileSize":5}`, err: invalidType},
		{body: `[]`, err: "Request body must be a JSON object"},
		{body: `{`, err: "Request body is not valid JSON"},
	}
	for _, test := range tests {
		got, err := ParsePresign([]byte(test.body))
		if got != test.want || text(t, err) != test.err {
			t.Errorf("%s:\n got %v, %v\nwant %v, %s", test.body, got, err, test.want, test.err)
		}
	}
}

func TestParsePresignTakesEveryType(t *testing.T) {
	t.Parallel()
	for kind, names := range map[string]string{
		"video": "mp4 webm quicktime avi x-msvideo mkv x-matroska mpeg", "audio": "mpeg mp4 aac wav x-wav ogg opus flac",
		"image": "jpeg png gif webp", "text": "x-ass", "application": "x-subrip",
	} {
		for _, name := range strings.Fields(names) {
			if _, err := ParsePresign([]byte(`{"filename":"a","contentType":"` + kind + "/" + name + `","fileSize":5}`)); err != nil {
				t.Errorf("%s/%s: %v", kind, name, err)
			}
		}
	}
}

func TestParseConfirm(t *testing.T) {
	t.Parallel()
	const missing = "Missing required fields: filename, fileSize"
	tests := []struct {
		body string
		want Confirm
		err  string
	}{
		{body: `{"filename":"17-r-a.mp4","fileSize":5,"uploadId":"x"}`, want: Confirm{"17-r-a.mp4", 5}},
		{body: `{"filename":"17-r-a.mp4","fileSize":1e300}`, want: Confirm{"17-r-a.mp4", 2040109466}},
		{body: ``, err: missing},
		{body: `{"fileSize":5}`, err: missing},
		{body: `{"filename":"17-r-a.mp4"}`, err: missing},
		{body: `{"filename":"17-r-a.mp4","fileSize":"5"}`, err: invalidSize},
		{body: `{"filename":"17-r-a.mp4","fileSize":0}`, err: invalidSize},
		{body: `{"filename":"../bob/17-r-a.mp4","fileSize":5}`, err: "File not found in GCS bucket"},
		{body: `{"filename":"a.mp4","fileSize":5}`, err: "File not found in GCS bucket"},
		{body: `7`, err: "Request body must be a JSON object"},
	}
	for _, test := range tests {
		got, err := ParseConfirm([]byte(test.body))
		if got != test.want || text(t, err) != test.err {
			t.Errorf("%s:\n got %v, %v\nwant %v, %s", test.body, got, err, test.want, test.err)
		}
	}
}

// text is the message of a 400, or nothing where there is no error.
func text(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Status != http.StatusBadRequest {
		t.Errorf("%#v is no 400", err)
		return "?"
	}
	return e.Message
}

func TestUploadAnswers(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	object := job.Object{Bucket: "media", Key: "uploads/alice/17-a.mp4"}
	video := &job.Media{
		Format: "mov", Duration: 12.5, Bytes: 1000, Width: 1920, Height: 1080, FPS: 30000.0 / 1001,
		VideoCodec: "h264", AudioCodec: "aac", HasVideo: true, HasAudio: true,
	}
	confirmed := func(m *job.Media) Result {
		return Confirmed(object, Confirm{"17-a.mp4", 1000}, "https://h/d?x=1&y=2", at, m)
	}
	const file = `{"success":true,"result":{"fileUrl":"gs://media/uploads/alice/17-a.mp4","gcsUrl":"gs://media/uploads/alice/17-a.mp4",` +
		`"publicUrl":"https://h/d?x=1&y=2","downloadUrl":"https://h/d?x=1&y=2","filename":"17-a.mp4","fileSize":1000,"size":1000,` +
		`"uploadedAt":"2026-01-02T03:04:05.000Z","metadata":`
	tests := []struct {
		name   string
		answer any
		want   string
	}{
		{
			"presigned", Presigned("https://h/u?x=1&y=2", "17-a.mp4", at),
			`{"success":true,"result":{"uploadUrl":"https://h/u?x=1&y=2","filename":"17-a.mp4","expiresAt":"2026-01-02T03:04:05.000Z"}}`,
		},
		{
			"video", confirmed(video),
			file + `{"duration_seconds":12.5,"format":"mov","size_bytes":1000,"width":1920,"height":1080,"fps":29.97003,` +
				`"codec_video":"h264","codec_audio":"aac","has_video":true,"has_audio":true,"video_codec":"h264","audio_codec":"aac"}}}`,
		},
		{
			"audio", confirmed(&job.Media{Format: "mp3", Duration: 3, AudioCodec: "mp3", HasAudio: true}),
			file + `{"duration_seconds":3,"format":"mp3","size_bytes":1000,"codec_audio":"mp3","has_video":false,"has_audio":true,"audio_codec":"mp3"}}}`,
		},
		{"no media", confirmed(nil), file + `{"duration_seconds":0,"format":"unknown","size_bytes":1000}}}`},
	}
	for _, test := range tests {
		got, err := Encode(test.answer)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(test.want, string(got)); d != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, d)
		}
	}
}
