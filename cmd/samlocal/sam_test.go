package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/fflambda/fflambda/cmd/internal/samlocal"
	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/jobtest"
	"github.com/fflambda/fflambda/shared/queue"
	"github.com/fflambda/fflambda/shared/table"
)

// stage is real SAM with real containers, on which the tests play. `make sam-build` has built what runs.
type stage struct {
	world  *samlocal.World
	lambda *samlocal.SAM
	api    *samlocal.SAM
	jobs   *table.Jobs
	poison atomic.Value // a job's id: nothing can be written about it
}

// TestSAM starts the stage once, for all the tests below: it is dear. At the end nothing of it may be left.
func TestSAM(t *testing.T) {
	root := needSAM(t)
	s := &stage{}
	s.poison.Store("")
	var err error
	s.world, err = samlocal.Start(t.Context(), samlocal.Config{
		Root: root, Dir: t.TempDir(), Visibility: 30 * time.Second, MaxReceive: 2, Fault: s.fault,
	})
	if err != nil {
		t.Fatal(err)
	}
	down := true
	t.Cleanup(func() {
		if down {
			_ = s.world.Stop(context.WithoutCancel(t.Context()))
		}
	})
	s.jobs = table.New(dynamodb.NewFromConfig(s.world.AWS), table.Config{Name: samlocal.Table}).Jobs()
	if s.lambda, err = s.world.Lambda(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.lambda.Stop)
	if s.api, err = s.world.API(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.api.Stop)

	t.Run("every event", s.testEvents)
	t.Run("sam local invoke", s.testInvoke)
	ctx, stop := context.WithCancel(t.Context())
	pumped := make(chan struct{})
	go func() {
		defer close(pumped)
		(&samlocal.Pump{World: s.world, SAM: s.lambda, Log: slog.New(slog.DiscardHandler)}).Run(ctx)
	}()
	t.Run("pumped", func(t *testing.T) {
		for name, test := range map[string]func(*testing.T){
			"transcode": s.testTranscode, "commands": s.testCommands, "inbox": s.testInbox, "redelivery and dead letter": s.testDeadLetter,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				test(t)
			})
		}
	})
	stop()
	<-pumped

	s.lambda.Stop()
	s.api.Stop()
	left, err := s.world.Left(t.Context())
	if err != nil || len(left) > 0 {
		t.Errorf("containers are left: %q, %v", left, err)
	}
	down = false
	if err := s.world.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}

// fault makes every change of the poisoned job fail.
func (s *stage) fault(r *http.Request, body []byte) bool {
	id, _ := s.poison.Load().(string)
	return id != "" && strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".UpdateItem") && bytes.Contains(body, []byte(id))
}

// needSAM skips the test where SAM cannot run, or fails it where FFLAMBDA_REQUIRE names sam. It returns the repository.
func needSAM(t *testing.T) (root string) {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	_, built := os.Stat(filepath.Join(root, ".aws-sam", "build", "template.yaml"))
	_, sam := samlocal.Tool(root, "sam")
	docker := exec.CommandContext(t.Context(), "docker", "info").Run()
	if err := errors.Join(built, sam, docker); err != nil {
		if slices.Contains(strings.Split(os.Getenv("FFLAMBDA_REQUIRE"), ","), "sam") {
			t.Fatalf("real SAM is required: %v", err)
		}
		t.Skipf("no real SAM here (`make sam-build` says why): %v", err)
	}
	return root
}

// answers are what the functions must say to events/<name>.json: a status and a part of the body for those of API Gateway.
var answers = map[string]struct {
	status int
	body   string
}{
	"cancel":          {200, `"status":"canceled"`},
	"create":          {201, `"status":"pending"`},
	"create-ffmpeg":   {200, `"status":"queued"`},
	"create-health":   {200, `"ok":true`},
	"create-slashes":  {200, `"completed"`},
	"create-unknown":  {404, `"error`},
	"create-validate": {200, `"ok":true`},
	"download":        {200, `X-Amz-Expires=600`},
	"download-link":   {403, `not valid`},
	"probe":           {200, `"codec_audio":"pcm_s16le"`},
	"probe-ffprobe":   {200, `"codec_video":"h264"`},
	"status":          {200, `"status":"completed"`},
	"status-ffmpeg":   {200, `"status":"succeeded"`},
	"status-list":     {200, `"total":`},
	"upload":          {200, `"uploadUrl":"http`},
	"upload-tmp":      {200, `"upload_url":"http`},
}

// testEvents sends every example event to its function.
func (s *stage) testEvents(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(s.world.Root, "events", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no events: %v", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		t.Run(name, func(t *testing.T) {
			event, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			word, _, _ := strings.Cut(name, "-")
			answer, err := s.lambda.Invoke(t.Context(), strings.ToUpper(word[:1])+word[1:], event)
			if err != nil {
				t.Fatal(err)
			}
			if want, ok := answers[name]; ok {
				var got struct {
					StatusCode int
					Body       string
				}
				if err := json.Unmarshal(answer, &got); err != nil || got.StatusCode != want.status || !strings.Contains(got.Body, want.body) {
					t.Errorf("got %s, %v; want %d with %s", answer, err, want.status, want.body)
				}
				return
			}
			if text := strings.TrimSpace(string(answer)); text != "null" && text != `{"batchItemFailures": null}` && text != `{"batchItemFailures":null}` {
				t.Errorf("got %s, want a message that is handled", text)
			}
		})
	}
	for id, want := range map[string]job.State{
		"6f1c2a34-0000-4000-8000-000000000003": job.Succeeded, // the worker's
		"6f1c2a34-0000-4000-8000-000000000004": job.Succeeded, // its message's third delivery
		"6f1c2a34-0000-4000-8000-000000000002": job.Cancelled,
	} {
		if j, err := s.jobs.Find(t.Context(), id); err != nil || j.State != want {
			t.Errorf("job %s is %s, %v; want %s", id, j.State, err, want)
		} else if want == job.Succeeded && !strings.HasSuffix(j.Sandbox, "seccomp on") { // inside of Docker's own filter
			t.Errorf("job %s was held by %q", id, j.Sandbox)
		}
	}
	if j, err := s.jobs.Find(t.Context(), "6f1c2a34-0000-4000-8000-000000000005"); err != nil || !j.Notice.DueAt.IsZero() || j.Notice.Tries != 1 {
		t.Errorf("the notice is %+v, %v; want it told", j.Notice, err)
	}
}

// testInvoke types what README shows, for a zip function and for one of the image.
func (s *stage) testInvoke(t *testing.T) {
	sam, err := samlocal.Tool(s.world.Root, "sam")
	if err != nil {
		t.Fatal(err)
	}
	for function, c := range map[string]struct{ event, want string }{
		"Status": {"status.json", `"statusCode": 200`},
		"Worker": {"worker-foreign.json", `"batchItemFailures": null`},
	} {
		args := append([]string{"local", "invoke", function, "-e", "events/" + c.event}, s.world.Options()...)
		cmd := exec.CommandContext(t.Context(), sam, args...)
		cmd.Dir, cmd.Env = s.world.Root, samlocal.Environment()
		var said bytes.Buffer
		cmd.Stderr = &said
		out, err := cmd.Output()
		if err != nil || !strings.Contains(string(out), c.want) {
			t.Errorf("sam local invoke %s: %v, %s\n%s", function, err, out, &said)
		}
	}
}

// testDeadLetter: a message that cannot be handled comes again, is a dead letter in the end, and rescue fails its job.
func (s *stage) testDeadLetter(t *testing.T) {
	j := jobtest.New(samlocal.Owner, job.FFmpeg)
	s.poison.Store(j.ID)
	if _, _, err := s.jobs.Create(t.Context(), j); err != nil {
		t.Fatal(err)
	}
	messages := queue.New(sqs.NewFromConfig(s.world.AWS), s.world.Jobs)
	if err := messages.Send(t.Context(), j.ID, "", 0); err != nil {
		t.Fatal(err)
	}
	until(t, func() bool {
		c, err := messages.Count(t.Context())
		return err == nil && c.Dead > 0
	})
	s.poison.Store("")
	if _, err := s.lambda.Invoke(t.Context(), "Rescue", []byte("{}")); err != nil {
		t.Fatal(err)
	}
	j, err := s.jobs.Find(t.Context(), j.ID)
	if err != nil || j.State != job.Failed || j.Failure.Code != job.Internal {
		t.Errorf("the job is %s, %+v, %v; want it failed as internal", j.State, j.Failure, err)
	}
}
