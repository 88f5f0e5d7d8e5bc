package functions_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/fflambda/fflambda/shared/job"
)

// TestStart builds the function status as SAM is told to, and runs it as Lambda does.
func TestStart(t *testing.T) {
	t.Parallel()
	program := build(t, "status")
	info, err := os.Stat(program)
	must(t, err)
	if info.Size() > 12_000_000 {
		t.Errorf("it has %d bytes, want 12 MB at most", info.Size())
	}
	t.Run("without an environment", func(t *testing.T) { startsNot(t, program) })
	t.Run("with one", func(t *testing.T) { answers(t, program) })
}

// build is a function's program for this machine, with the flags that the Makefile hands to SAM.
func build(t *testing.T, function string) (program string) {
	t.Helper()
	program = filepath.Join(t.TempDir(), "bootstrap")
	const script = `eval "$(make -s --no-print-directory -C .. sam-env)" && exec go build -o "$0" "$1"`
	out, err := exec.CommandContext(t.Context(), "sh", "-c", script, program, "./"+function).CombinedOutput()
	if err != nil {
		t.Fatalf("build %s: %v: %s", function, err, out)
	}
	return program
}

// startsNot: all that is missing is told in one line, which Lambda shows in the function's log.
func startsNot(t *testing.T, program string) {
	t.Helper()
	var said bytes.Buffer
	cmd := exec.CommandContext(t.Context(), program)
	cmd.Env, cmd.Stderr = []string{}, &said
	var exit *exec.ExitError
	if err := cmd.Run(); !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Errorf("it ended with %v, want exit code 1", err)
	}
	line := said.String()
	if strings.Count(line, "\n") != 1 {
		t.Errorf("it said more or less than one line: %q", line)
	}
	for _, name := range []string{"FFLAMBDA_TABLE", "FFLAMBDA_BUCKET", "FFLAMBDA_LINK_PARAMETER", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"} {
		if !strings.Contains(line, name) {
			t.Errorf("it does not say that %s is missing: %s", name, line)
		}
	}
}

// answers: the program takes an event and answers it.
func answers(t *testing.T, program string) {
	t.Helper()
	s := newSite(t, "")
	j := s.created(t)
	_, err := s.jobs.Move(t.Context(), j.ID, job.Claim(time.Now(), time.Minute))
	must(t, err)
	event, err := json.Marshal(s.request(t, "status", exampleDone, j.ID))
	must(t, err)
	lambda := newLambdaAPI(t, event)
	cmd := exec.CommandContext(t.Context(), program)
	for name, value := range s.env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	cmd.Env = append(cmd.Env, "AWS_LAMBDA_RUNTIME_API="+lambda.address)
	cmd.Stderr = t.Output()
	must(t, cmd.Start())
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	defer func() {
		_ = cmd.Process.Kill()
		lambda.stop()
	}()
	select {
	case err := <-exited:
		t.Fatalf("it ended: %v", err)
	case body := <-lambda.answer:
		var got events.APIGatewayProxyResponse
		if err := json.Unmarshal(body, &got); err != nil || got.StatusCode != http.StatusOK {
			t.Fatalf("it answered %s", body)
		}
		if !strings.Contains(got.Body, j.ID) || !strings.Contains(got.Body, `"status":"processing"`) {
			t.Errorf("the body is %s", got.Body)
		}
	}
}

// lambdaAPI is Lambda's runtime API (AWS Lambda's developer guide, "Using the Lambda runtime API") with one event.
type lambdaAPI struct {
	address string
	answer  chan []byte // what the function answered
	over    chan struct{}
	stop    func()
}

func newLambdaAPI(t *testing.T, event []byte) *lambdaAPI {
	t.Helper()
	const prefix = "/2018-06-01/runtime"
	r := &lambdaAPI{answer: make(chan []byte, 1), over: make(chan struct{})}
	r.stop = sync.OnceFunc(func() { close(r.over) })
	first := make(chan struct{}, 1)
	first <- struct{}{}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+prefix+"/invocation/next", func(w http.ResponseWriter, _ *http.Request) {
		select {
		case <-first:
		case <-r.over:
			return
		}
		h := w.Header()
		h.Set("Lambda-Runtime-Aws-Request-Id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd")
		h.Set("Lambda-Runtime-Deadline-Ms", "9999999999999")
		h.Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:123456789012:function:status")
		_, _ = w.Write(event)
	})
	mux.HandleFunc("POST "+prefix+"/invocation/{id}/{what}", func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		r.answer <- body
		w.WriteHeader(http.StatusAccepted)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(func() {
		r.stop()
		server.Close()
	})
	r.address = server.Listener.Addr().String()
	return r
}
