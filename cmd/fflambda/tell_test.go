package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/fflambda/fflambda/shared/bucket"
)

// tone is a job of the ffmpeg API that needs no input.
func tone(extra object) object {
	body := object{"input_files": object{}, "output_files": []string{"tone.wav"}, "ffmpeg_commands": []string{"-f lavfi -i sine=duration=0.1 {{tone.wav}}"}}
	for k, v := range extra {
		body[k] = v
	}
	return body
}

// TestWaitMode: the answer to a create that waits is the finished job.
func TestWaitMode(t *testing.T) {
	t.Parallel()
	s := common(t)
	a := s.do(t, alice, "POST", "/api/ffmpeg?wait=true", tone(nil))
	if a.status != 200 || a.text("data", "status") != "succeeded" || a.header.Get("Content-Length") == "" {
		t.Fatalf("%d %v %s", a.status, a.header, a.body)
	}
	failed := s.do(t, alice, "POST", "/api/ffmpeg?wait=true", object{"input_files": object{}, "output_files": []string{"a.wav"}, "ffmpeg_commands": []string{"-f lavfi -i nonsense {{a.wav}}"}})
	if failed.status != 200 || failed.text("data", "status") != "failed" {
		t.Errorf("%d %s", failed.status, failed.body)
	}
	if async := s.do(t, alice, "POST", "/api/ffmpeg?wait=1", tone(nil)); async.text("data", "status") != "queued" {
		t.Errorf("another value of wait: %s", async.body)
	}
}

// TestWebhook: a job's end is told to its webhook, signed with the secret that the operator can print.
func TestWebhook(t *testing.T) {
	t.Parallel()
	requireFFmpeg(t)
	s := start(t, options{args: []string{"--workers", "1"}})
	made, err := command(nil, "keys", "--data", s.data, "add", "alice").Output()
	if err != nil {
		t.Fatal(err)
	}
	key := strings.TrimSpace(string(made))
	list, err := command(nil, "keys", "--data", s.data, "list").Output()
	if err != nil {
		t.Fatal(err)
	}
	id := strings.Fields(strings.Split(string(list), "\n")[1])[0]
	secret, err := command(nil, "keys", "--data", s.data, "secret", id).Output()
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := webhooks.NewWebhook(strings.TrimSpace(string(secret)))
	if err != nil {
		t.Fatal(err)
	}
	type call struct {
		body   []byte
		header http.Header
	}
	calls := make(chan call, 10)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		calls <- call{body, r.Header}
	}))
	t.Cleanup(receiver.Close)

	created := s.do(t, key, "POST", "/api/ffmpeg", tone(object{"webhook_url": receiver.URL + "/hook?a=1"}))
	if created.status != 200 {
		t.Fatalf("%d %s", created.status, created.body)
	}
	var told call
	select {
	case told = <-calls:
	case <-time.After(30 * time.Second):
		t.Fatalf("nobody is told\n%s", s.stderr)
	}
	if err := verifier.Verify(told.body, told.header); err != nil {
		t.Errorf("the signature: %v\n%v", err, told.header)
	}
	var body struct {
		ID, Status string
		Outputs    map[string]string `json:"output_files"`
	}
	if err := json.Unmarshal(told.body, &body); err != nil || body.ID != created.text("data", "id") || body.Status != "succeeded" {
		t.Fatalf("told %s, %v", told.body, err)
	}
	if file := s.do(t, "", "GET", body.Outputs["tone.wav"], nil); file.status != 200 {
		t.Errorf("the link in the webhook: %d %s", file.status, file.body)
	}

	// A cancel is told too.
	long := s.do(t, key, "POST", "/api/ffmpeg", object{"input_files": object{}, "output_files": []string{"a.wav"}, "webhook_url": receiver.URL,
		"ffmpeg_commands": []string{"-re -f lavfi -i sine=duration=600 {{a.wav}}"}})
	s.do(t, key, "POST", "/api/jobs/"+long.text("data", "id")+"/cancel", nil)
	told = <-calls
	if !strings.Contains(string(told.body), `"cancelled"`) {
		t.Errorf("told %s, want the cancelled job", told.body)
	}
}

// TestInbox: a file that an S3 client puts into the inbox becomes a job, and the results lie in the outbox.
func TestInbox(t *testing.T) {
	t.Parallel()
	requireFFmpeg(t)
	s := start(t, options{args: []string{"--workers", "1"}})
	files := s.bucket(t)
	put := func(key string, body []byte) {
		t.Helper()
		if err := files.PutBytes(t.Context(), key, body, ""); err != nil {
			t.Fatal(err)
		}
	}
	video, err := os.ReadFile(clip(t))
	if err != nil {
		t.Fatal(err)
	}
	put("inbox/alice/in/recipe.json", []byte(`{"outputFormat":"mp3","options":[{"option":"-vn"}]}`))
	put("inbox/alice/in/My clip + é 漢.mp4", video)
	put("inbox/alice/bad/recipe.json", []byte(`{"outputFormat":"exe"}`))
	put("inbox/alice/bad/x.mp4", video)
	put("inbox/alice/plain.mp4", video)
	for report, want := range map[string]struct{ status, file string }{
		"outbox/alice/in/My clip + é 漢.mp4.job.json": {"succeeded", "outbox/alice/in/My clip + é 漢.mp3"},
		"outbox/alice/bad/x.mp4.job.json":            {"refused", ""},
		"outbox/alice/plain.mp4.job.json":            {"succeeded", "outbox/alice/plain.mp4"},
	} {
		until(t, func() bool {
			_, err := files.Head(t.Context(), report)
			return err == nil
		})
		body, _, err := files.Get(t.Context(), report)
		if err != nil {
			t.Fatal(err)
		}
		var got struct{ Status string }
		err = json.NewDecoder(body).Decode(&got)
		_ = body.Close()
		if err != nil || got.Status != want.status {
			t.Errorf("%s says %q, %v; want %s", report, got.Status, err, want.status)
		}
		if want.file == "" {
			continue
		}
		if info, err := files.Head(t.Context(), want.file); err != nil || info.Bytes == 0 {
			t.Errorf("%s: %+v, %v", want.file, info, err)
		}
	}
	if list := s.do(t, alice, "GET", "/v1/transcodes", nil); list.field("total") != 2.0 {
		t.Errorf("the owner sees %v jobs, want 2", list.field("total"))
	}
}

// bucket is the server's own S3, for an operator's S3 client.
func (s *server) bucket(t *testing.T) *bucket.Bucket {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(s.data, "s3.key"))
	if err != nil {
		t.Fatal(err)
	}
	var key struct {
		Access string `json:"access_key"`
		Secret string `json:"secret_key"`
	}
	if err := json.Unmarshal(b, &key); err != nil {
		t.Fatal(err)
	}
	client := s3.New(s3.Options{
		Region: "us-east-1", BaseEndpoint: aws.String(s.url), UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(key.Access, key.Secret, ""),
	})
	return bucket.New(client, bucket.Config{Name: "fflambda"})
}

// TestKeysSecretOfNobody: a key that is not there has no secret.
func TestKeysSecretOfNobody(t *testing.T) {
	t.Parallel()
	out, err := command(nil, "keys", "--data", t.TempDir(), "secret", "00000000").CombinedOutput()
	if _, ok := err.(*exec.ExitError); !ok || !strings.Contains(string(out), "no key") { //nolint:errorlint // of exec itself
		t.Errorf("%v: %s", err, out)
	}
}
