package ingest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fflambda/fflambda/shared/ingest"
	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/jobtest"
)

// ended is a job that was made of the object, and has kept those files.
func ended(t *testing.T, api job.API, key string, declared []string, files ...string) job.Job {
	t.Helper()
	owner, _, _ := strings.Cut(strings.TrimPrefix(key, job.InboxPrefix), "/")
	clean(t, owner)
	j := jobtest.New(owner, api)
	j.State, j.Attempt, j.Inbox = job.Succeeded, 1, key
	j.FinishedAt = job.Milli(time.Now())
	if j.Commands != nil {
		j.Commands.Outputs = declared
	}
	for _, name := range files {
		o := job.Output{Name: name, Key: job.OutputKey(j.ID, 1, name), ContentType: "video/mp4", Bytes: int64(len(name))}
		if err := store.Load().PutBytes(t.Context(), o.Key, []byte(name), o.ContentType); err != nil {
			t.Fatal(err)
		}
		j.Outputs = append(j.Outputs, o)
	}
	return j
}

func fill(t *testing.T, j job.Job) {
	t.Helper()
	if err := ingest.NewOutbox(store.Load()).Fill(t.Context(), j); err != nil {
		t.Fatal(err)
	}
}

func report(t *testing.T, key string) ingest.Report {
	t.Helper()
	text, _ := read(t, key)
	var r ingest.Report
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return r
}

func TestWhereOutputsGo(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ü", 125)
	for owner, c := range map[string]struct {
		api      job.API
		file     string
		declared []string
		files    []string
		want     []string // under outbox/<owner>/in/
	}{
		"t1":  {job.Transcodes, "My clip.mov", nil, []string{"output.mp4"}, []string{"My clip.mov.job.json", "My clip.mp4"}},
		"t2":  {job.Transcodes, "a+b ü 日本.mov", nil, []string{"output.MP4"}, []string{"a+b ü 日本.MP4", "a+b ü 日本.mov.job.json"}},
		"t3":  {job.Transcodes, "noextension", nil, []string{"o.mp4"}, []string{"noextension.job.json", "noextension.mp4"}},
		"t4":  {job.Transcodes, "Talk 2026.05.01", nil, []string{"o.mp4"}, []string{"Talk 2026.05.01.job.json", "Talk 2026.05.01.mp4"}},
		"one": {job.FFmpeg, "a.mov", []string{"out.mp4"}, []string{"out.mp4"}, []string{"a.mov.job.json", "a.mp4"}},
		"two": {job.FFmpeg, "a.mov", []string{"x.mp4", "x.jpg"}, []string{"x.mp4", "x.jpg"}, []string{"a.mov.job.json", "a/x.jpg", "a/x.mp4"}},
		"pat": {job.FFmpeg, "a.mov", []string{"f%03d.png"}, []string{"f001.png"}, []string{"a.mov.job.json", "a/f001.png"}},
		"len": {job.Transcodes, long + ".mov", nil, []string{"o.mp4"}, []string{strings.Repeat("ü", 101) + "~1c85de5f.job.json", strings.Repeat("ü", 103) + "~fefa2790.mp4"}},
	} {
		t.Run(owner, func(t *testing.T) {
			t.Parallel()
			j := ended(t, c.api, "inbox/"+owner+"/in/"+c.file, c.declared, c.files...)
			for range 2 { // doing it again does no harm
				fill(t, j)
			}
			var got []string
			for _, key := range listed(t, "outbox/"+owner+"/") {
				got = append(got, strings.TrimPrefix(key, "outbox/"+owner+"/in/"))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			for _, f := range report(t, "outbox/"+owner+"/in/"+c.want[index(c.want)]).Outputs {
				content, contentType := read(t, f.Key)
				if content != f.Name || contentType != "video/mp4" || f.ContentType != contentType || f.Bytes != int64(len(content)) {
					t.Errorf("%+v holds %q, %s", f, content, contentType)
				}
			}
		})
	}
}

// index is where the report is among the names.
func index(names []string) int {
	for i, name := range names {
		if strings.HasSuffix(name, ".job.json") {
			return i
		}
	}
	return 0
}

func TestReportOfASuccess(t *testing.T) {
	t.Parallel()
	j := ended(t, job.FFmpeg, "inbox/report/a.mov", []string{"out.mp4"}, "out.mp4")
	fill(t, j)
	got := report(t, "outbox/report/a.mov.job.json")
	var shown struct {
		ID          string            `json:"id"`
		Status      string            `json:"status"`
		OutputFiles map[string]string `json:"output_files"`
	}
	if err := json.Unmarshal(got.Job, &shown); err != nil {
		t.Fatal(err)
	}
	if shown.ID != j.ID || shown.Status != "succeeded" || shown.OutputFiles["out.mp4"] != "gs://media/outbox/report/a.mp4" {
		t.Errorf("the job is shown as %s", got.Job)
	}
	want := ingest.Report{
		Input: "inbox/report/a.mov", ID: j.ID, Status: "succeeded", At: j.FinishedAt, Job: got.Job,
		Outputs: []ingest.File{{Name: "out.mp4", Key: "outbox/report/a.mp4", ContentType: "video/mp4", Bytes: 7}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestReportsOfOtherEnds(t *testing.T) {
	t.Parallel()
	for owner, end := range map[string]func(*job.Job) *ingest.Problem{
		"failed": func(j *job.Job) *ingest.Problem {
			j.State, j.Failure = job.Failed, job.Failf(job.InputNotMedia, "the file is <empty> & more")
			return &ingest.Problem{Code: "input_not_media", Message: "the file is <empty> & more"}
		},
		"cancelled": func(j *job.Job) *ingest.Problem {
			j.State = job.Cancelled
			return nil
		},
	} {
		t.Run(owner, func(t *testing.T) {
			t.Parallel()
			j := ended(t, job.Transcodes, "inbox/"+owner+"/a.mov", nil)
			j.Metadata = `{"k":"<v>"}`
			problem := end(&j)
			fill(t, j)
			key := "outbox/" + owner + "/a.mov.job.json"
			if diff := cmp.Diff([]string{key}, listed(t, "outbox/"+owner+"/")); diff != "" {
				t.Error(diff)
			}
			got := report(t, key)
			want := ingest.Report{Input: j.Inbox, ID: j.ID, Status: owner, At: j.FinishedAt, Error: problem, Outputs: []ingest.File{}, Job: got.Job}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			if text, _ := read(t, key); !strings.Contains(text, `"k": "<v>"`) {
				t.Errorf("the metadata is lost or escaped: %s", text)
			}
		})
	}
}

// The report's presence means that all is there.
func TestNoReportWhereACopyFailed(t *testing.T) {
	t.Parallel()
	j := ended(t, job.Transcodes, "inbox/swept/a.mov", nil, "o.mp4")
	if err := store.Load().Delete(t.Context(), j.Outputs[0].Key); err != nil {
		t.Fatal(err)
	}
	if err := ingest.NewOutbox(store.Load()).Fill(t.Context(), j); !errors.Is(err, job.ErrNoObject) {
		t.Errorf("got %v", err)
	}
	if keys := listed(t, "outbox/swept/"); len(keys) > 0 {
		t.Errorf("the outbox has %q", keys)
	}
	if err := ingest.NewOutbox(store.Load()).Fill(t.Context(), job.Job{Inbox: "uploads/x"}); err == nil {
		t.Error("filled the outbox for an object that was not in the inbox")
	}
}

func TestManyOutputs(t *testing.T) {
	t.Parallel()
	var files []string
	for i := range 50 {
		files = append(files, fmt.Sprintf("seg%03d.ts", i))
	}
	fill(t, ended(t, job.FFmpeg, "inbox/many/a.mov", []string{"seg*.ts"}, files...))
	if n := len(listed(t, "outbox/many/a/")); n != len(files) {
		t.Errorf("%d of %d files are there", n, len(files))
	}
}
