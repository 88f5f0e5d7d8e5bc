package api_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fflambda/fflambda/shared/api"
	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/sqlite"
	"github.com/fflambda/fflambda/shared/transcodes"
)

// limited is a Server whose owners have limits.
func limited(t *testing.T, quota job.Quota, rateV1 float64) http.Handler {
	t.Helper()
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "test.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return api.New(api.Config{
		Jobs:  db.Jobs().Metered(job.Meter{Quotas: job.Quotas{Each: quota}, Length: transcodes.Billable}),
		Queue: db.Queue("jobs", sqlite.QueueConfig{}), Keys: oneKey{}, Bucket: remoteBucket{}, BucketName: "bucket",
		Base: func(*http.Request) string { return "https://video.example" }, Timeout: time.Hour, RateV1: rateV1,
		Now: func() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }, Log: slog.New(slog.DiscardHandler),
	})
}

func ask(ctx context.Context, h http.Handler, method, path, key, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(ctx, method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+secret)
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	return rec
}

const (
	transcodeBody = `{"inputs":[{"url":"https://media.example/a.mp4"}],"outputFormat":"mp4"}`
	commandsBody  = `{"input_files":{"in":"https://media.example/a.mp4"},"output_files":["out.mp4"],"ffmpeg_commands":["-i {{in}} {{out.mp4}}"]}`
)

// TestQuota: the create that a quota stops is answered with 402 and leaves a failed job, once for each Idempotency-Key.
func TestQuota(t *testing.T) {
	t.Parallel()
	h := limited(t, job.Quota{job.MetricJobs: 1}, 0)
	if a := ask(t.Context(), h, "POST", "/v1/transcodes", "first", transcodeBody); a.Code != 201 {
		t.Fatalf("within the quota: %d %s", a.Code, a.Body)
	}
	over := ask(t.Context(), h, "POST", "/v1/transcodes", "second", transcodeBody)
	id := job.StableID("alice", job.Transcodes, "second")
	want := `{"error":"The monthly quota of 1 jobs is spent. It begins anew on 2026-12-01 (UTC).","job_id":"` + id +
		`","upgrade_url":"https://video.example","details":{"quotaExceeded":true,"metric":"jobs","required":1,"limit":1,"remaining":0}}`
	if d := cmp.Diff(want, over.Body.String()); over.Code != 402 || d != "" {
		t.Errorf("over the quota: %d (-want +got):\n%s", over.Code, d)
	}
	if got := over.Header(); got.Get("Location") != "" || got.Get("Idempotent-Replayed") != "" || got.Get("Content-Type") != "application/json; charset=utf-8" {
		t.Errorf("headers %v", got)
	}
	again := ask(t.Context(), h, "POST", "/v1/transcodes", "second", transcodeBody)
	if again.Code != 402 || again.Body.String() != want || again.Header().Get("Idempotent-Replayed") != "true" {
		t.Errorf("the same again: %d %s", again.Code, again.Body)
	}
	if a := ask(t.Context(), h, "POST", "/v1/transcodes", "second", strings.Replace(transcodeBody, "mp4\"}", "webm\"}", 1)); a.Code != 409 {
		t.Errorf("the same key with another body: %d", a.Code)
	}
	if a := ask(t.Context(), h, "POST", "/v1/transcodes", "first", transcodeBody); a.Code != 201 {
		t.Errorf("what was let in is refused when it comes again: %d %s", a.Code, a.Body)
	}
	api := ask(t.Context(), h, "POST", "/api/ffmpeg?wait=true", "third", commandsBody)
	want = `{"errorCode":"forbidden","message":"The monthly quota of 1 jobs is spent. It begins anew on 2026-12-01 (UTC). This attempt is job ` +
		job.StableID("alice", job.FFmpeg, "third") + `"}`
	if d := cmp.Diff(want, api.Body.String()); api.Code != 403 || d != "" {
		t.Errorf("/api: %d (-want +got):\n%s", api.Code, d)
	}
	wantRecord(t, h, id)
}

// wantRecord: a refused create is there to be read, and in lists.
func wantRecord(t *testing.T, h http.Handler, id string) {
	t.Helper()
	var got map[string]any
	a := ask(t.Context(), h, "GET", "/v1/transcodes/"+id, "", "")
	if err := json.Unmarshal(a.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	for field, want := range map[string]any{
		"status": "failed", "error_category": "quota", "error_code": "quota_exceeded", "started_at": nil, "completed_at": nil,
		"error_message": "The monthly quota of 1 jobs is spent. It begins anew on 2026-12-01 (UTC).",
	} {
		if got[field] != want {
			t.Errorf("the record's %s is %v, want %v", field, got[field], want)
		}
	}
	updated, _ := got["updated_at"].(string)
	if _, err := time.Parse("2006-01-02T15:04:05.000Z", updated); err != nil || a.Code != 200 {
		t.Errorf("the record: %d, updated_at %v", a.Code, err)
	}
	list := ask(t.Context(), h, "GET", "/v1/transcodes?status=failed&limit=1", "", "")
	if list.Header().Get("X-Total-Count") != "1" || !strings.Contains(list.Body.String(), id) {
		t.Errorf("failed jobs: %s", list.Body)
	}
	if a := ask(t.Context(), h, "PATCH", "/v1/transcodes/"+id+"/cancel", "", ""); a.Code != 400 {
		t.Errorf("cancel: %d", a.Code)
	}
}

// TestRateV1: a key that asks more often than the limit of /v1 is told for how long to wait, and /api is not touched.
func TestRateV1(t *testing.T) {
	t.Parallel()
	h := limited(t, nil, 0.5)
	const burst = 20
	for n := range burst {
		if a := ask(t.Context(), h, "GET", "/v1/transcodes?limit=1", "", ""); a.Code != 200 {
			t.Fatalf("request %d: %d %s", n, a.Code, a.Body)
		}
	}
	a := ask(t.Context(), h, "GET", "/v1/transcodes?limit=1", "", "")
	want := `{"error":"Too many requests. Wait as long as Retry-After says."}`
	if a.Code != 429 || a.Header().Get("Retry-After") != "2" || a.Body.String() != want {
		t.Errorf("request %d: %d, Retry-After %q, %s", burst, a.Code, a.Header().Get("Retry-After"), a.Body)
	}
	if a := ask(t.Context(), h, "GET", "/api/jobs", "", ""); a.Code != 200 {
		t.Errorf("/api: %d", a.Code)
	}
}
