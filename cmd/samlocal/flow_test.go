package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/fflambda/fflambda/cmd/internal/samlocal"
	"github.com/fflambda/fflambda/shared/bucket"
)

// testTranscode is README's first flow against real containers: upload, confirm, create, poll, download.
func (s *stage) testTranscode(t *testing.T) {
	video := film(t)
	presigned := s.do(t, "POST", "/v1/upload/presigned-url", map[string]any{"filename": "é b.mp4", "contentType": "video/mp4", "fileSize": len(video)})
	put, err := http.NewRequestWithContext(t.Context(), "PUT", presigned.text(t, "result", "uploadUrl"), bytes.NewReader(video))
	if err != nil {
		t.Fatal(err)
	}
	put.Header.Set("Content-Type", "video/mp4")
	if a := send(t, put); a.status != 200 {
		t.Fatalf("PUT: %d %s", a.status, a.body)
	}
	confirmed := s.do(t, "POST", "/v1/upload/confirm", map[string]any{"filename": presigned.text(t, "result", "filename"), "fileSize": len(video)})
	if codec := confirmed.text(t, "result", "metadata", "codec_video"); codec != "h264" {
		t.Errorf("the upload's codec is %q: %s", codec, confirmed.body)
	}
	source := confirmed.text(t, "result", "fileUrl")
	if got := s.transcode(t, map[string]any{"inputs": inputs(source), "outputFormat": "mp4", "preset": map[string]any{"resolution": "480p"}}); got != "h264 854x480, aac" {
		t.Errorf("the output is %q, want h264 854x480, aac", got)
	}
	// A font, and two clips joined: what the small static ffmpeg in the image has to have.
	overlay := map[string]any{"option": "@text-overlay", "argument": map[string]any{"text": "שלום, 50 %", "style": map[string]any{"font": "Arial"}}}
	if got := s.transcode(t, map[string]any{"inputs": inputs(source), "outputFormat": "png", "options": []any{overlay}}); got != "png 1280x720" {
		t.Errorf("the picture with a text is %q, want png 1280x720", got)
	}
	if got := s.transcode(t, map[string]any{"inputs": inputs(source, source), "outputFormat": "webm"}); got != "vp9 1280x720, opus" {
		t.Errorf("the two clips are %q, want vp9 1280x720, opus", got)
	}
	if spec := fetch(t, s.api.URL+"/openapi/transcodes.yaml"); !bytes.Contains(spec, []byte(s.api.URL)) {
		t.Errorf("the OpenAPI document does not name %s, where it was asked for", s.api.URL)
	}
}

func inputs(urls ...string) []any {
	var list []any
	for _, url := range urls {
		list = append(list, map[string]any{"url": url})
	}
	return list
}

// transcode makes a job, waits for its end and says what the streams of its output are.
func (s *stage) transcode(t *testing.T, body map[string]any) string {
	t.Helper()
	path := "/v1/transcodes/" + s.do(t, "POST", "/v1/transcodes", body).text(t, "id")
	until(t, func() bool {
		status := s.do(t, "GET", path, nil).text(t, "status")
		if status == "failed" {
			t.Fatalf("%s", s.do(t, "GET", path, nil).body)
		}
		return status == "completed"
	})
	return streams(t, fetch(t, s.do(t, "GET", path+"/download", nil).text(t, "url")))
}

// testCommands is the second flow: a command that waits for its end, and a link that leads to the file.
func (s *stage) testCommands(t *testing.T) {
	done := s.do(t, "POST", "/api/ffmpeg?wait=true", map[string]any{
		"input_files": map[string]any{}, "output_files": []string{"tone.flac"},
		"ffmpeg_commands": []string{"-f lavfi -i sine=duration=1 temp.wav", "-i temp.wav {{tone.flac}}"},
	})
	if status := done.text(t, "data", "status"); status != "succeeded" {
		t.Fatalf("%s", done.body)
	}
	link := done.text(t, "data", "output_files", "tone.flac")
	if !strings.HasPrefix(link, s.api.URL+"/d/") {
		t.Errorf("the link %s does not begin with %s, where the client has reached the API", link, s.api.URL)
	}
	if got := streams(t, fetch(t, link)); got != "flac" {
		t.Errorf("the output is %q, want flac", got)
	}
	if again := s.do(t, "GET", "/api//jobs/"+done.text(t, "data", "id"), nil); again.text(t, "data", "status") != "succeeded" {
		t.Errorf("a doubled slash: %d %s", again.status, again.body)
	}
}

// testInbox puts a file into the inbox. S3's own event, with its encoded key, makes a job of it.
func (s *stage) testInbox(t *testing.T) {
	files := bucket.New(s3.NewFromConfig(s.world.AWS), bucket.Config{Name: samlocal.Bucket})
	folder := "inbox/" + samlocal.Owner + "/new/"
	recipe := []byte(`{"ffmpeg_command":"-i {{input}} -vn {{sound.mp3}}","output_files":["sound.mp3"]}`)
	if err := files.PutBytes(t.Context(), folder+"recipe.json", recipe, ""); err != nil {
		t.Fatal(err)
	}
	if err := files.PutBytes(t.Context(), folder+"My clip + été.mp4", film(t), ""); err != nil {
		t.Fatal(err)
	}
	s.wantOutbox(t, files, "outbox/"+samlocal.Owner+"/new/My clip + été.mp3")
}

func (s *stage) wantOutbox(t *testing.T, files *bucket.Bucket, key string) {
	t.Helper()
	report := strings.TrimSuffix(key, ".mp3") + ".mp4.job.json"
	until(t, func() bool {
		_, err := files.Head(t.Context(), report)
		return err == nil
	})
	body, _, err := files.Get(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	sound, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	if got := streams(t, sound); got != "mp3" {
		t.Errorf("the outbox holds %q, want mp3", got)
	}
}

// answer is what the API said.
type answer struct {
	status int
	body   []byte
}

// text is a value of a JSON answer, by its path.
func (a answer) text(t *testing.T, path ...string) string {
	t.Helper()
	var v any
	if err := json.Unmarshal(a.body, &v); err != nil {
		t.Fatalf("%d %s: %v", a.status, a.body, err)
	}
	for _, p := range path {
		object, _ := v.(map[string]any)
		v = object[p]
	}
	text, _ := v.(string)
	return text
}

func (s *stage) do(t *testing.T, method, path string, body any) answer {
	t.Helper()
	sent, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), method, s.api.URL+path, bytes.NewReader(sent))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+samlocal.Secret)
	a := send(t, r)
	if a.status/100 != 2 {
		t.Fatalf("%s %s: %d %s", method, path, a.status, a.body)
	}
	return a
}

func send(t *testing.T, r *http.Request) answer {
	t.Helper()
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	body, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{got.StatusCode, body}
}

// fetch follows a link as a browser does.
func fetch(t *testing.T, url string) []byte {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	a := send(t, r)
	if a.status != 200 {
		t.Fatalf("GET %s: %d %s", url, a.status, a.body)
	}
	return a.body
}

// until polls for something that a container does.
func until(t *testing.T, done func() bool) {
	t.Helper()
	late := time.After(90 * time.Second)
	poll := time.NewTicker(200 * time.Millisecond)
	defer poll.Stop()
	for !done() {
		select {
		case <-poll.C:
		case <-late:
			t.Fatal("it does not happen")
		}
	}
}

// film is a second of video with sound.
func film(t *testing.T) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "film.mp4")
	out, err := exec.CommandContext(t.Context(), "ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=1280x720:rate=25:duration=1",
		"-f", "lavfi", "-i", "sine=duration=1", "-pix_fmt", "yuv420p", "-shortest", path).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// streams says what ffprobe finds in a file.
func streams(t *testing.T, file []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "ffprobe", "-v", "error", "-show_entries", "stream=codec_name,width,height", "-of", "json", path).Output()
	if err != nil {
		t.Fatal(err)
	}
	var probe struct {
		Streams []struct {
			Codec         string `json:"codec_name"`
			Width, Height int
		}
	}
	if err := json.Unmarshal(out, &probe); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, s := range probe.Streams {
		text := s.Codec
		if s.Width > 0 {
			text += " " + strconv.Itoa(s.Width) + "x" + strconv.Itoa(s.Height)
		}
		all = append(all, text)
	}
	return strings.Join(all, ", ")
}
