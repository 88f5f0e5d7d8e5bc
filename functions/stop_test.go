package functions_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/jobtest"
)

// TestShutdown: a worker whose environment is shut down hands its job back, with a fresh message and no try spent.
func TestShutdown(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed")
	}
	s := newSite(t, "")
	j, event := s.long(t)
	lambda := newLambdaAPI(t, event)
	front := httptest.NewServer(withExtensions(lambda.address))
	t.Cleanup(front.Close)
	cmd := exec.CommandContext(t.Context(), build(t, "worker"))
	for name, value := range s.env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	path, err := exec.LookPath("ffmpeg")
	must(t, err)
	cmd.Env = append(cmd.Env, "AWS_LAMBDA_RUNTIME_API="+front.Listener.Addr().String(), "TMPDIR="+t.TempDir(), "FFLAMBDA_FFMPEG="+path, "PATH="+filepath.Dir(path),
		"AWS_SAM_LOCAL=true") // any ffmpeg will do
	cmd.Stderr = t.Output()
	must(t, cmd.Start())
	exited := make(chan struct{})
	go func() {
		_ = cmd.Wait() // killed
		close(exited)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-exited
	})

	if got := s.until(t, j.ID, job.Running).Sandbox; !strings.Contains(got, "sandbox") && !strings.Contains(got, "seccomp on") {
		t.Errorf("the record says that it is held by %q", got)
	}
	must(t, cmd.Process.Signal(syscall.SIGTERM))
	if got := s.until(t, j.ID, job.Queued); got.Tries() != 0 || got.Attempt != 1 {
		t.Errorf("%d tries of attempt %d are spent, want none of the first", got.Tries(), got.Attempt)
	}
	if c, err := s.queue.Count(t.Context()); err != nil || c.Waiting != 1 {
		t.Errorf("%+v messages, %v; want a fresh one", c, err)
	}
	select {
	case answer := <-lambda.answer:
		if string(answer) != `{"batchItemFailures":null}` {
			t.Errorf("it answered %s, want the message handled", answer)
		}
	case <-time.After(patience):
		t.Error("it did not answer")
	}
}

// long makes a job that runs for ten minutes, and the event that starts it.
func (s *site) long(t *testing.T) (j job.Job, event []byte) {
	t.Helper()
	j = jobtest.New(owner, job.FFmpeg)
	j.Inputs = nil
	j.Commands = &job.Commands{Lines: []string{"-re -f lavfi -i sine=duration=600 {{long.wav}}"}, Outputs: []string{"long.wav"}}
	_, _, err := s.jobs.Create(t.Context(), j)
	must(t, err)
	event, err = json.Marshal(events.SQSEvent{Records: []events.SQSMessage{{MessageId: "1", ReceiptHandle: "1", Body: j.ID}}})
	must(t, err)
	return j, event
}

// until waits for a job to be in a state.
func (s *site) until(t *testing.T, id string, want job.State) (j job.Job) {
	t.Helper()
	poll(t, func() (done bool) {
		var err error
		j, err = s.jobs.Find(t.Context(), id)
		must(t, err)
		return j.State == want
	})
	return j
}

// poll asks until something is done, which comes soon where nothing is wrong.
func poll(t *testing.T, done func() bool) {
	t.Helper()
	late := time.After(patience)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatal("it does not happen")
		}
	}
}

// withExtensions is the runtime API at address, and beside it as much of Lambda's extensions API as a function needs
// that wants to be told of its end.
func withExtensions(address string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /2020-01-01/extension/register", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Lambda-Extension-Identifier", "1")
	})
	mux.HandleFunc("GET /2020-01-01/extension/event/next", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	mux.Handle("/2018-06-01/", httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: address}))
	return mux
}
