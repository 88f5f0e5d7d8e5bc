package ffmpegapi_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/fflambda/fflambda/shared/ffmpegapi"
	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/jobtest"
)

func encode(t *testing.T, v any) []byte {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func golden(t *testing.T, name string, v any) {
	t.Helper()
	jobtest.Golden(t, name+".golden", encode(t, v))
}

// example is a job in the given state, with all that such a job can hold.
func example(s job.State) job.Job {
	at := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	j := job.Job{
		ID: "6f1c1d36-0e2f-4b4d-8a9a-2761b70ffa3b", Owner: "alice", API: job.FFmpeg, State: s,
		CreatedAt: at, UpdatedAt: at,
		Inputs:   []job.Input{{Name: "input", URL: "https://example.com/a.mp4?x=1&y=<2>"}, {Name: "b.png", URL: "gs://bucket/uploads/alice/b"}},
		Commands: &job.Commands{Lines: []string{"ffmpeg -i {{input}} tmp.mp4", "-i tmp.mp4 {{output.mp4}}"}, Outputs: []string{"output.mp4", "f%d.png"}},
		Machine:  "cpu", Timeout: 840 * time.Second,
	}
	if s == job.Pending || s == job.Queued {
		return j
	}
	percent := 41.666666
	j.Attempt = 1
	j.StartedAt = at.Add(1500 * time.Millisecond)
	j.UpdatedAt = j.StartedAt
	j.Inputs[0].Bytes, j.Inputs[1].Bytes = 1000, 24
	j.Progress = job.Progress{Percent: &percent, Speed: 2.345, ETA: 12.5, Command: 2}
	if s == job.Running {
		return j
	}
	j.FinishedAt = at.Add(time.Minute)
	j.UpdatedAt = j.FinishedAt
	j.WebhookURL = "https://example.com/hook?a=b&c=d"
	switch s {
	case job.Succeeded:
		j.Outputs = []job.Output{{Name: "output.mp4", Key: "k1", Bytes: 500}, {Name: "f1.png", Key: "k2", Bytes: 20}}
	case job.Failed:
		j.Failure = job.Failf(job.FFmpegFailed, "ffmpeg exited with code 1: Unknown encoder 'x'")
		j.Failure.StderrTail = []string{"a", "b"}
	}
	return j
}

func link(o job.Output) string { return "https://files.example/d/" + o.Key + "?a=1&b=2" }

func TestShow(t *testing.T) {
	t.Parallel()
	for _, s := range job.States() {
		golden(t, string(s), ffmpegapi.One(ffmpegapi.Show(example(s), link)))
	}
}

// A job that was handed back shows nothing of the attempt before.
func TestShowHandedBack(t *testing.T) {
	t.Parallel()
	j := example(job.Running)
	j.State = job.Queued
	got := ffmpegapi.Show(j, link)
	if got.Status != "queued" || got.StartedAt != nil || got.Progress != nil || got.Speed != nil || got.CommandIndex != nil {
		t.Errorf("got %+v, want no trace of the attempt", got)
	}
}

// Whatever the job, the set of fields is full, and only the documented ones may be null.
func TestShowFields(t *testing.T) {
	t.Parallel()
	fields := strings.Fields("id status queued_at started_at finished_at created_at updated_at error_message ffmpeg_commands input_files " +
		"output_files webhook_url timeout_seconds machine total_input_bytes total_output_bytes progress eta_seconds speed command_index " +
		"commands_total attempt error_code webhook_attempts")
	nullable := strings.Fields("started_at finished_at webhook_url total_input_bytes total_output_bytes progress eta_seconds speed command_index error_code webhook_attempts")
	nan := math.NaN()
	jobs := []job.Job{{CreatedAt: time.Now(), UpdatedAt: time.Now()}, {State: job.Failed}, {State: job.Running, Progress: job.Progress{Percent: &nan, Speed: math.Inf(1)}}}
	for _, s := range job.States() {
		jobs = append(jobs, example(s))
	}
	for _, j := range jobs {
		var got map[string]any
		text := encode(t, ffmpegapi.Show(j, link))
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatal(err)
		}
		last := 0
		for _, name := range fields {
			value, ok := got[name]
			if !ok {
				t.Errorf("%s: no %s", j.State, name)
			}
			if value == nil && !strings.Contains(" "+strings.Join(nullable, " ")+" ", " "+name+" ") {
				t.Errorf("%s: %s is null", j.State, name)
			}
			if at := bytes.Index(text, []byte("\n  \""+name+"\":")); at < last {
				t.Errorf("%s: %s is out of order", j.State, name)
			} else {
				last = at
			}
			delete(got, name)
		}
		if tail, ok := got["stderr_tail"]; ok != (j.State == job.Failed) || ok && tail == nil {
			t.Errorf("%s: stderr_tail is %v, want it in a failed job only", j.State, tail)
		}
		delete(got, "stderr_tail")
		if len(got) > 0 {
			t.Errorf("%s: unknown fields %v", j.State, got)
		}
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	golden(t, "list-empty", ffmpegapi.Many(nil, 50, 0, 0))
	three := []ffmpegapi.Job{{ID: "a"}, {ID: "b"}, {ID: "c"}}
	for _, test := range []struct {
		offset, total int
		more          bool
	}{{0, 3, false}, {0, 4, true}, {7, 10, false}, {6, 10, true}, {10, 5, false}} {
		got := ffmpegapi.Many(three, 3, test.offset, test.total).Paging
		if want := (ffmpegapi.Paging{Limit: 3, Offset: test.offset, Total: test.total, HasMore: test.more}); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
}

func TestParseList(t *testing.T) {
	t.Parallel()
	tests := []struct {
		query         string
		limit, offset int
		refused       string // the field
	}{
		{"", 50, 0, ""},
		{"limit=1", 1, 0, ""},
		{"limit=100&offset=200", 100, 200, ""},
		{"limit=101", 100, 0, ""},
		{"limit=99999999999999999999999", 100, 0, ""},
		{"offset=99999999999999999999999", 50, math.MaxInt32, ""},
		{"other=x", 50, 0, ""},
		{"limit=0", 0, 0, "limit"},
		{"limit=-1", 0, 0, "limit"},
		{"limit=-99999999999999999999999", 0, 0, "limit"},
		{"limit=", 0, 0, "limit"},
		{"limit=ten", 0, 0, "limit"},
		{"limit=1.5", 0, 0, "limit"},
		{"limit=1e2", 0, 0, "limit"},
		{"limit=0x10", 0, 0, "limit"},
		{"offset=-1", 0, 0, "offset"},
		{"offset=x", 0, 0, "offset"},
		{"limit=10&offset=", 0, 0, "offset"},
	}
	for _, test := range tests {
		q, err := url.ParseQuery(test.query)
		if err != nil {
			t.Fatal(err)
		}
		limit, offset, err := ffmpegapi.ParseList(q)
		var e *ffmpegapi.Error
		if test.refused != "" {
			if !errors.As(err, &e) || e.Status != 400 || e.Code != "validationError" || !strings.HasPrefix(e.Message, test.refused+":") {
				t.Errorf("%q: %v, want validationError of %s", test.query, err, test.refused)
			}
			continue
		}
		if err != nil || limit != test.limit || offset != test.offset {
			t.Errorf("%q: %d, %d, %v; want %d, %d", test.query, limit, offset, err, test.limit, test.offset)
		}
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		err    *ffmpegapi.Error
		status int
		body   string
	}{
		{ffmpegapi.Invalid("a: must be %d", 1), 400, `{"errorCode":"validationError","message":"a: must be 1"}`},
		{ffmpegapi.BadRequest("no"), 400, `{"errorCode":"badRequest","message":"no"}`},
		{ffmpegapi.KeyReused(), 409, `{"errorCode":"badRequest","message":"This Idempotency-Key was already used with another body. Send the same body for the first answer, or another key for another job"}`},
		{ffmpegapi.TooLarge(), 413, `{"errorCode":"validationError","message":"The body is too large: at most 1048576 bytes"}`},
		{ffmpegapi.BadAPIKey(), 401, `{"errorCode":"badApiKey","message":"The API key is missing, wrong or revoked. Send it as Authorization: Bearer <key>"}`},
		{ffmpegapi.Forbidden("not yours"), 403, `{"errorCode":"forbidden","message":"not yours"}`},
		{ffmpegapi.NotFound(), 404, `{"errorCode":"notFound","message":"Job not found"}`},
		{ffmpegapi.NoRoute(), 404, `{"errorCode":"notFound","message":"Not found: this path and method are not part of this server"}`},
		{ffmpegapi.TooManyRequests(), 429, `{"errorCode":"tooManyRequests","message":"Rate limit exceeded"}`},
		{ffmpegapi.Unknown("r1"), 500, `{"errorCode":"unknownError","message":"Internal error. Request id: r1"}`},
		{ffmpegapi.CannotCancel(job.Job{State: job.Cancelled}), 400, `{"errorCode":"badRequest","message":"The job is already cancelled"}`},
	} {
		var got bytes.Buffer
		e := json.NewEncoder(&got)
		e.SetEscapeHTML(false)
		if err := e.Encode(test.err); err != nil {
			t.Fatal(err)
		}
		if test.err.Status != test.status || got.String() != test.body+"\n" {
			t.Errorf("%d %s, want %d %s", test.err.Status, got.String(), test.status, test.body)
		}
	}
}
