package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestMain lets the test binary play the server.
func TestMain(m *testing.M) {
	switch os.Getenv("FFLAMBDA_TEST_PLAY") {
	case "":
		os.Exit(m.Run())
	case "refuse":
		fmt.Fprintln(os.Stderr, "port taken")
		os.Exit(1)
	default:
		stop := make(chan os.Signal, 1)
		signal.Notify(stop, syscall.SIGTERM)
		fmt.Println("first a word\nready http://127.0.0.1:4711")
		<-stop
		if os.Getenv("FFLAMBDA_TEST_PLAY") == "crash" {
			os.Exit(3)
		}
	}
}

func play(t *testing.T, role string, log io.Writer) (*Server, error) {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return StartServer(t.Context(), ServerOptions{
		Binary: binary, Data: t.TempDir(), Owner: "demo", Key: "k", Env: []string{"FFLAMBDA_TEST_PLAY=" + role}, Log: log,
	})
}

func TestServer(t *testing.T) {
	t.Parallel()
	s, err := play(t, "serve", nil)
	if err != nil {
		t.Fatal(err)
	}
	if s.URL != "http://127.0.0.1:4711" || s.Ready <= 0 {
		t.Errorf("URL %q after %s", s.URL, s.Ready)
	}
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
}

func TestServerEndsBadly(t *testing.T) {
	t.Parallel()
	s, err := play(t, "crash", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Stop(); err == nil || !strings.Contains(err.Error(), "exit status 3") {
		t.Errorf("Stop: %v", err)
	}
	var log bytes.Buffer
	if _, err := play(t, "refuse", &log); err == nil || !strings.Contains(err.Error(), "before it was ready") {
		t.Errorf("StartServer: %v", err)
	}
	if !strings.Contains(log.String(), "port taken") {
		t.Errorf("log: %q", &log)
	}
}

// fake answers as the server does, and finishes a job at the third look.
type fake struct {
	uploaded bytes.Buffer
	looks    int
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer := func(status int, body string) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, strings.ReplaceAll(body, "HOST", "http://"+r.Host))
	}
	switch route := r.Method + " " + r.URL.Path; {
	case route == "PUT /files/1-in.mkv" && r.Header.Get("Content-Type") == "video/x-matroska" && r.ContentLength == 5:
		_, _ = f.uploaded.ReadFrom(r.Body)
	case route == "GET /files/out":
		answer(200, "a file")
	case r.Header.Get("Authorization") != "Bearer k":
		answer(401, `{"error":"unauthorized"}`)
	case route == "POST /v1/upload/presigned-url":
		answer(200, `{"success":true,"result":{"uploadUrl":"HOST/files/1-in.mkv","filename":"1-in.mkv"}}`)
	case route == "POST /v1/upload/confirm":
		answer(200, `{"success":true,"result":{"fileUrl":"gs://files/1-in.mkv"}}`)
	case route == "GET /v1/transcodes/1/download":
		answer(200, `{"url":"HOST/files/out"}`)
	case route == "GET /v1/transcodes/1":
		f.looks++
		answer(200, fmt.Sprintf(`{"id":"1","status":%q}`, []string{"pending", "processing", "completed"}[f.looks-1]))
	case route == "GET /api/jobs/2":
		answer(200, `{"data":{"id":"2","status":"failed","error_message":"no such filter: 'x'"}}`)
	default:
		answer(404, `{"error":"no such route"}`)
	}
}

func TestUpload(t *testing.T) {
	t.Parallel()
	f := &fake{}
	server := httptest.NewServer(f)
	defer server.Close()
	path := filepath.Join(t.TempDir(), "in.mkv")
	if err := os.WriteFile(path, []byte("video"), 0o600); err != nil {
		t.Fatal(err)
	}
	name, err := New(server.URL+"/", "k").Upload(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if name != "gs://files/1-in.mkv" || f.uploaded.String() != "video" {
		t.Errorf("name %q, uploaded %q", name, &f.uploaded)
	}
	_, err = New(server.URL, "wrong").Upload(t.Context(), path)
	if err == nil || !strings.Contains(err.Error(), `401 Unauthorized: {"error":"unauthorized"}`) {
		t.Errorf("with a wrong key: %v", err)
	}
}

func TestFollow(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(&fake{})
	defer server.Close()
	c := New(server.URL, "k")
	var seen []string
	_, err := c.FollowTranscode(t.Context(), "1", time.Millisecond, func(j Job) { seen = append(seen, j.Status) })
	if diff := cmp.Diff([]string{"pending", "processing", "completed"}, seen); diff != "" || err != nil {
		t.Errorf("error %v, statuses (-want +got)\n%s", err, diff)
	}
	if _, err := c.FollowCommands(t.Context(), "2", time.Millisecond, nil); err == nil || err.Error() != "job 2 is failed: no such filter: 'x'" {
		t.Errorf("a failed job: %v", err)
	}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.FollowTranscode(canceled, "1", time.Hour, nil); err == nil {
		t.Error("following goes on when the context has ended")
	}
}

func TestDownload(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(&fake{})
	defer server.Close()
	c := New(server.URL, "k")
	link, err := c.TranscodeURL(t.Context(), "1")
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if n, err := c.Download(t.Context(), link, &got); err != nil || n != 6 || got.String() != "a file" {
		t.Errorf("%d bytes, %q, %v", n, &got, err)
	}
	if _, err := c.Download(t.Context(), link+"/gone", io.Discard); err == nil {
		t.Error("a refused link gives no error")
	}
}

func TestBodies(t *testing.T) {
	t.Parallel()
	got, err := json.Marshal(Transcode{Inputs: []Input{{URL: "gs://a/b"}}, OutputFormat: "mp4", Preset: &Preset{Resolution: "720p"}})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"inputs":[{"url":"gs://a/b"}],"outputFormat":"mp4","preset":{"resolution":"720p"}}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
