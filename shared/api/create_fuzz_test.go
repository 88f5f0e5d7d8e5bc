package api_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzCreate gives any bytes to the handlers that make a job, look at one, or take another body. None answers 5xx or anything
// but JSON; create and validate agree; and an accepted body that is read and written again as JSON gives the same answer.
func FuzzCreate(f *testing.F) {
	for _, body := range []string{
		``, `{}`, `[]`, `null`, `{"a":`, "\xff", `{"input_files":{"a":"https://h/a"},"output_files":["b.mp4"],"ffmpeg_command":"-i {{a}} {{b.mp4}}"}`,
		`{"input_files":{"a":"gs://bucket/uploads/alice/a"},"output_files":["b%d.png","b*"],"ffmpeg_commands":["-i <<a>> -vf \"drawtext=text='\u00e9':x=1\" {{b%d.png}}"],"webhook_url":"https://h/","timeout_seconds":6e1,"machine":"cpu"}`,
		`{"output_files":["x"],"ffmpeg_command":"-f lavfi -i color -t 1 x","ffmpeg_command":"-f lavfi -i sine {{x}}"}`,
		`{"inputs":[{"url":"https://h/a.mp4","options":[{"option":"-ss","argument":1e0}]}],"outputFormat":"mp4","preset":{"quality":"high"},"metadata":{"a":"\ud800","b":1e400,"c":{"c":[]}}}`,
		`{"inputs":[{"url":"gs://bucket/uploads/alice/1-a.mov"}],"outputFormat":"WEBM","options":[{"option":"@text-overlay","argument":{"text":"\u0000"}}]}`,
		`{"filename":"a.mp4","contentType":"video/mp4","fileSize":1}`, `{"url":"gs://bucket/uploads/alice/a"}`,
	} {
		f.Add(body)
	}
	w := newWorld(f)
	f.Fuzz(func(t *testing.T, body string) {
		for _, path := range []string{"/v1/upload/presigned-url", "/v1/upload/confirm", "/v1/ffprobe", "/api/tmp-file", "/v1/transcodes"} {
			sane(t, path, body, w.do("POST", path, body))
		}
		created, validated := w.do("POST", "/api/ffmpeg", body), w.do("POST", "/api/validate", body)
		sane(t, "/api/ffmpeg", body, created)
		sane(t, "/api/validate", body, validated)
		if created.Code != validated.Code || created.Code != 200 && created.Body.String() != validated.Body.String() {
			t.Errorf("%q: create answers %d %s, validate %d %s", body, created.Code, created.Body, validated.Code, validated.Body)
		}
		w.again(t, "/api/ffmpeg", body, created)
		w.again(t, "/v1/transcodes", body, w.do("POST", "/v1/transcodes", body))
		w.sent = nil
		w.log.Reset()
	})
}

func sane(t *testing.T, path, body string, got *httptest.ResponseRecorder) {
	t.Helper()
	if got.Code >= 500 || !json.Valid(got.Body.Bytes()) {
		t.Errorf("%s with %q: %d %s", path, body, got.Code, got.Body)
	}
}

// again sends an accepted body once more, as encoding/json writes what it reads in it.
func (w *world) again(t *testing.T, path, body string, first *httptest.ResponseRecorder) {
	t.Helper()
	if first.Code >= 300 {
		return
	}
	read, err := decode([]byte(body))
	if err != nil {
		t.Errorf("%s takes %q: %v", path, body, err)
		return
	}
	written, err := json.Marshal(read)
	if err != nil {
		t.Fatal(err)
	}
	second := w.do("POST", path, string(written))
	was, errWas := decode(first.Body.Bytes())
	is, errIs := decode(second.Body.Bytes())
	if diff := cmp.Diff(timeless(was), timeless(is)); second.Code != first.Code || errWas != nil || errIs != nil || diff != "" {
		t.Errorf("%s with %q, then %q: %d, %d (-first +second):\n%s", path, body, written, first.Code, second.Code, diff)
	}
}

// decode reads one JSON value, with its numbers as they are written.
func decode(text []byte) (v any, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, err
	}
	return v, nil
}

// timeless is an answer without what differs between two jobs.
func timeless(v any) any {
	if list, ok := v.([]any); ok {
		for i := range list {
			list[i] = timeless(list[i])
		}
	}
	fields, ok := v.(map[string]any)
	for name, value := range fields {
		switch name {
		case "id", "job_id":
			delete(fields, name)
		default:
			fields[name] = timeless(value)
		}
	}
	if ok {
		return fields
	}
	return v
}
