package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/fflambda/fflambda/shared/ffmpeg"
)

// asProgram makes the test binary be fflambda itself: the tests start it as a process of its own, with real signals,
// a real port and a real folder.
const asProgram = "TEST_BINARY_IS_FFLAMBDA"

func TestMain(m *testing.M) {
	ffmpeg.Main()
	if os.Getenv(asProgram) != "" {
		useNameServer()
		main()
		return
	}
	code := m.Run()
	if shared.server != nil {
		shared.server.stop()
		_ = os.RemoveAll(shared.server.data)
	}
	os.Exit(code)
}

// The keys of every server under test.
const (
	alice = "alice-key"
	bob   = "bob-key"
)

// server is a running fflambda.
type server struct {
	url    string
	data   string
	cmd    *exec.Cmd
	stdout *safeBuffer
	stderr *safeBuffer
	exited chan struct{}
}

// options of a server under test; the zero value is what most tests want.
type options struct {
	data string   // "" = a folder of the test's own
	args []string // after the usual ones
	env  []string
}

// start runs a server of the test's own and stops it at the test's end.
func start(t *testing.T, o options) *server {
	t.Helper()
	if o.data == "" {
		o.data = t.TempDir()
	}
	s, err := launch(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.stop()
		if t.Failed() {
			t.Logf("the server said:\n%s", s.stderr)
		}
	})
	return s
}

var shared struct {
	once   sync.Once
	server *server
	err    error
}

// common is the server that tests share which need nothing of their own.
func common(t *testing.T) *server {
	t.Helper()
	requireFFmpeg(t)
	shared.once.Do(func() {
		var dir string
		if dir, shared.err = os.MkdirTemp("", "fflambda-test-"); shared.err == nil {
			shared.server, shared.err = launch(options{data: dir, args: []string{"--workers", "2"}})
		}
	})
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.server
}

// requireFFmpeg skips a test without ffmpeg, or fails it where FFLAMBDA_REQUIRE names ffmpeg.
func requireFFmpeg(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("ffmpeg"); err == nil {
		return
	}
	if slices.Contains(strings.Split(os.Getenv("FFLAMBDA_REQUIRE"), ","), "ffmpeg") {
		t.Fatal("ffmpeg is required and not installed")
	}
	t.Skip("ffmpeg is not installed")
}

// command is fflambda with args, in an environment without settings of the machine's own.
func command(env []string, args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append([]string{asProgram + "=1", "PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}, env...)
	return cmd
}

func launch(o options) (*server, error) {
	args := append([]string{"serve", "--listen", "127.0.0.1:0", "--data", o.data}, o.args...)
	env := append([]string{
		"FFLAMBDA_API_KEYS=alice:" + alice + ",bob:" + bob,
		"FFLAMBDA_ALLOW_PRIVATE=127.0.0.1/32", "FFLAMBDA_RATE_LIMIT=0",
	}, o.env...)
	s, err := run(command(env, args...))
	if err != nil {
		return nil, err
	}
	s.data = o.data
	return s, nil
}

// run starts the program and waits for its "ready" line.
func run(cmd *exec.Cmd) (*server, error) {
	s := &server{cmd: cmd, stdout: &safeBuffer{}, stderr: &safeBuffer{}, exited: make(chan struct{})}
	s.cmd.Stderr = s.stderr
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	ready := make(chan string, 1)
	go func() {
		defer close(s.exited)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			fmt.Fprintln(s.stdout, lines.Text())
			if url, ok := strings.CutPrefix(lines.Text(), "ready "); ok {
				ready <- url
			}
		}
		_ = s.cmd.Wait()
	}()
	select {
	case s.url = <-ready:
		return s, nil
	case <-s.exited:
		return nil, fmt.Errorf("the server did not start:\n%s", s.stderr)
	case <-time.After(30 * time.Second):
		_ = s.cmd.Process.Kill()
		return nil, fmt.Errorf("the server was not ready in 30 s:\n%s", s.stderr)
	}
}

// stop ends the server as an operator would, and waits for it.
func (s *server) stop() { s.end(syscall.SIGTERM) }

// kill ends it as a power cut would.
func (s *server) kill() { s.end(syscall.SIGKILL) }

func (s *server) end(sig syscall.Signal) {
	_ = s.cmd.Process.Signal(sig)
	select {
	case <-s.exited:
	case <-time.After(60 * time.Second):
		_ = s.cmd.Process.Kill()
		<-s.exited
	}
}

// answer is what came back of a request.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// field reads a value of a JSON answer by its path: field("data", "id").
func (a answer) field(path ...string) any {
	var v any
	if json.Unmarshal(a.body, &v) != nil {
		return nil
	}
	for _, p := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[p]
	}
	return v
}

func (a answer) text(path ...string) string {
	s, _ := a.field(path...).(string)
	return s
}

// do makes a request with a key ("" = none). A body that is a string or bytes is sent as it is, else as JSON.
func (s *server) do(t *testing.T, key, method, path string, body any, header ...string) answer {
	t.Helper()
	a, err := s.try(key, method, path, body, header...)
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", method, path, err, s.stderr)
	}
	return a
}

func (s *server) try(key, method, path string, body any, header ...string) (answer, error) {
	var r io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		r = strings.NewReader(b)
	case []byte:
		r = bytes.NewReader(b)
	default:
		data, err := json.Marshal(b)
		if err != nil {
			return answer{}, err
		}
		r = bytes.NewReader(data)
	}
	if !strings.HasPrefix(path, "http") {
		path = s.url + path
	}
	req, err := http.NewRequest(method, path, r)
	if err != nil {
		return answer{}, err
	}
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, res.Header, data}, err
}

// client follows no redirect: there must be none where a client would not expect it.
var client = &http.Client{
	Timeout:       time.Minute,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// object is any JSON object.
type object = map[string]any

// upload takes a file through the upload flow and returns its gs:// name.
func (s *server) upload(t *testing.T, key, file, contentType string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	a := s.do(t, key, "POST", "/v1/upload/presigned-url", object{"filename": filepath.Base(file), "contentType": contentType, "fileSize": len(data)})
	if a.status != 200 {
		t.Fatalf("presigned-url: %d %s", a.status, a.body)
	}
	if put := s.do(t, "", "PUT", a.text("result", "uploadUrl"), data, "Content-Type", contentType); put.status != 200 {
		t.Fatalf("PUT: %d %s", put.status, put.body)
	}
	a = s.do(t, key, "POST", "/v1/upload/confirm", object{"filename": a.text("result", "filename"), "fileSize": len(data)})
	if a.status != 200 {
		t.Fatalf("confirm: %d %s", a.status, a.body)
	}
	return a.text("result", "fileUrl")
}

// wait polls a job until it is terminal and returns the last answer with every status that was seen.
func (s *server) wait(t *testing.T, key, path string) (last answer, seen []string) {
	t.Helper()
	until(t, func() bool {
		last = s.do(t, key, "GET", path, nil)
		status := last.text("status") + last.text("data", "status")
		if len(seen) == 0 || seen[len(seen)-1] != status {
			seen = append(seen, status)
		}
		return slices.Contains([]string{"completed", "failed", "canceled", "succeeded", "cancelled"}, status)
	})
	return last, seen
}

// running waits until a job of the ffmpeg API of alice's runs.
func (s *server) running(t *testing.T, path string) {
	t.Helper()
	until(t, func() bool { return s.do(t, alice, "GET", path, nil).text("data", "status") == "running" })
}

// until polls for something that another process does.
func until(t *testing.T, done func() bool) {
	t.Helper()
	deadline := time.After(90 * time.Second)
	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	for !done() {
		select {
		case <-poll.C:
		case <-deadline:
			t.Fatal("it does not happen")
		}
	}
}

// run creates a job of the ffmpeg API and waits for its end.
func (s *server) run(t *testing.T, body object) answer {
	t.Helper()
	a := s.do(t, alice, "POST", "/api/ffmpeg", body)
	if a.status != 200 {
		t.Fatalf("create: %d %s", a.status, a.body)
	}
	last, _ := s.wait(t, alice, "/api/jobs/"+a.text("data", "id"))
	return last
}

// transcode creates a job of the transcodes API and waits for its end.
func (s *server) transcode(t *testing.T, body object) answer {
	t.Helper()
	a := s.do(t, alice, "POST", "/v1/transcodes", body)
	if a.status != 201 {
		t.Fatalf("create: %d %s", a.status, a.body)
	}
	last, _ := s.wait(t, alice, "/v1/transcodes/"+a.text("id"))
	return last
}

// safeBuffer collects a process's output while it is being read.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
