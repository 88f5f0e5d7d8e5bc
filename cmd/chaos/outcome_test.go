package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/fflambda/fflambda/shared/job"
)

func TestJudge(t *testing.T) {
	t.Parallel()
	encode := task{kind: kind{want: job.Succeeded}}
	broken := task{kind: kind{want: job.Failed, code: job.FFmpegFailed}}
	unwanted := task{kind: kind{want: job.Cancelled, cancel: atOnce}}
	for name, c := range map[string]struct {
		a      accepted
		e      ending
		fault  string // a part of it
		excuse bool
	}{
		"as it must":                {accepted{task: encode}, ending{Status: "succeeded"}, "", false},
		"/v1's word":                {accepted{task: encode}, ending{Status: "completed"}, "", false},
		"by a lost worker":          {accepted{task: encode}, ending{Status: "failed", Code: job.WorkerLost}, "", true},
		"by ffmpeg, which is sound": {accepted{task: encode}, ending{Status: "failed", Code: job.FFmpegFailed}, "want succeeded", false},
		"cancelled by nobody":       {accepted{task: encode}, ending{Status: "cancelled"}, "want succeeded", false},
		"fails as it must":          {accepted{task: broken}, ending{Status: "failed", Code: job.FFmpegFailed}, "", false},
		"fails otherwise":           {accepted{task: broken}, ending{Status: "failed", Code: job.OutputMissing}, "want failed", false},
		"does not fail":             {accepted{task: broken}, ending{Status: "succeeded"}, "want failed", false},
		"cancelled":                 {accepted{unwanted, "", http.StatusOK}, ending{Status: "canceled"}, "", false},
		"cancelled, and done":       {accepted{unwanted, "", http.StatusOK}, ending{Status: "succeeded"}, "answered with 200", false},
		"too late, and cancelled":   {accepted{unwanted, "", http.StatusConflict}, ending{Status: "cancelled"}, "answered with 409", false},
		"too late":                  {accepted{unwanted, "", http.StatusConflict}, ending{Status: "succeeded"}, "", false},
	} {
		fault, excuse := judge(c.a, c.e)
		if (fault == "") != (c.fault == "") || !strings.Contains(fault, c.fault) || excuse != c.excuse {
			t.Errorf("%s: %q, excused %v", name, fault, excuse)
		}
	}
}

// TestRecord: what a record may not show is found.
func TestRecord(t *testing.T) {
	t.Parallel()
	const id = "5c1d360e-2f4b-4d6a-9a27-61b70ffa3bda"
	output := func(attempt int) []job.Output {
		return []job.Output{{Name: "out.mp4", Key: job.OutputKey(id, attempt, "out.mp4")}}
	}
	for name, c := range map[string]struct {
		j    job.Job
		told delivery
		want []string
	}{
		"sound":                   {job.Job{ID: id, State: job.Succeeded, Attempt: 2, Outputs: output(2)}, delivery{}, nil},
		"a lost attempt's output": {job.Job{ID: id, State: job.Succeeded, Attempt: 2, Outputs: output(1)}, delivery{}, []string{half}},
		"failed with an output":   {job.Job{ID: id, State: job.Failed, Attempt: 1, Outputs: output(1)}, delivery{}, []string{half}},
		"not ended":               {job.Job{ID: id, State: job.Queued}, delivery{}, []string{stuck}},
		"told":                    {job.Job{ID: id, State: job.Failed, WebhookURL: "x"}, delivery{2, "failed"}, nil},
		"not told":                {job.Job{ID: id, State: job.Failed, WebhookURL: "x"}, delivery{}, []string{silent}},
		"told otherwise":          {job.Job{ID: id, State: job.Failed, WebhookURL: "x"}, delivery{1, "succeeded"}, []string{forged}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newReport()
			checkRecord(c.j, c.told, r)
			if (r.err() == nil) != (c.want == nil) {
				t.Errorf("err: %v", r.err())
			}
			wantFound(t, r, c.want...)
		})
	}
}

// TestReceiver: only what is signed with the owner's secret counts.
func TestReceiver(t *testing.T) {
	t.Parallel()
	const secret, other = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_AAAQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	body := []byte(`{"id":"1","status":"succeeded"}`)
	header := func(secret, id string) http.Header {
		signer, err := standardwebhooks.NewWebhook(secret)
		if err != nil {
			t.Fatal(err)
		}
		signature, err := signer.Sign(id, time.Now(), body)
		if err != nil {
			t.Fatal(err)
		}
		h := http.Header{}
		h.Set(standardwebhooks.HeaderWebhookID, id)
		h.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(time.Now().Unix(), 10))
		h.Set(standardwebhooks.HeaderWebhookSignature, signature)
		return h
	}
	r := newReceiver()
	r.secrets["alice"] = secret
	for name, h := range map[string]http.Header{"another's secret": header(other, "msg_1"), "another job's id": header(secret, "msg_2")} {
		if r.take("alice", h, body) == nil {
			t.Errorf("%s is taken", name)
		}
	}
	for range 2 {
		if err := r.take("alice", header(secret, "msg_1"), body); err != nil {
			t.Error(err)
		}
	}
	d := &driver{world: &world{receiver: r}, jobs: []accepted{
		{task: task{webhook: true}, id: "1"}, {task: task{webhook: true}, id: "2"}, {id: "3"},
	}}
	found := newReport()
	d.checkWebhooks(found)
	wantFound(t, found, silent) // of 2
	if got, _ := r.delivered(); got["1"] != (delivery{2, "succeeded"}) {
		t.Errorf("%v", got)
	}
}

// TestFolders: what a server leaves is found.
func TestFolders(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	if left, err := workFolders(data); err != nil || len(left) != 0 {
		t.Errorf("%v %v", left, err)
	}
	key := filepath.Join(data, bucketFolder, job.OutputPrefix, "id", "1", "out.mp4")
	for _, path := range []string{key, filepath.Join(data, "work", "id-1", "x")} {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if left, err := workFolders(data); err != nil || len(left) != 1 {
		t.Errorf("%v %v", left, err)
	}
	s := &localStore{bucket: filepath.Join(data, bucketFolder)}
	if keys, err := s.Objects(t.Context()); err != nil || len(keys) != 1 || keys[0] != "jobs/id/1/out.mp4" {
		t.Errorf("%v %v", keys, err)
	}
}

// TestCompare: what grows is told, and what holds the jobs may grow.
func TestCompare(t *testing.T) {
	t.Parallel()
	flat, up := make([]float64, 60), make([]float64, 60)
	for i := range up {
		flat[i], up[i] = 100+float64(i%3), 100+float64(i)
	}
	_, grown := compare([]series{{name: "flat", values: flat}, {name: "up", values: up}, {name: "kept", values: up, per: true}}, 1)
	if len(grown) != 1 || grown[0] != "up" {
		t.Errorf("grows: %v", grown)
	}
	if _, grown := compare([]series{{name: "few", values: flat[:4]}}, 1); len(grown) != 1 {
		t.Error("two samples are taken for a comparison")
	}
}
