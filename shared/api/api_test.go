package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fflambda/fflambda/shared/api"
	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/jobtest"
	"github.com/fflambda/fflambda/shared/link"
	"github.com/fflambda/fflambda/shared/sqlite"
)

// What cmd/fflambda cannot show is tested here: a home whose objects are no files, and parts that fail.
// The table is a real one.

const secret = "alice's secret"

// world is a Server with its surroundings, some of which can be broken.
type world struct {
	api   *api.Server
	table *sqlite.DB
	links *link.Signer
	now   time.Time

	sendErr, tableErr error
	sent              []string
	onSend            func()
	stopping          chan struct{}
	log               bytes.Buffer
}

func newWorld(t testing.TB) *world {
	t.Helper()
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "test.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	links, err := link.New(make([]byte, link.KeyBytes))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{table: db, links: links, onSend: func() {}, stopping: make(chan struct{}), now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
	w.api = api.New(api.Config{
		Jobs: brokenTable{db.Jobs(), w}, Queue: w, Notices: w, Stopping: w.stopping, Poll: 5 * time.Millisecond, Beat: 10 * time.Millisecond, Keys: oneKey{}, Bucket: remoteBucket{}, Links: func(context.Context) (*link.Signer, error) { return links, nil },
		Checks:     map[string]func(context.Context) error{"table": func(context.Context) error { return w.tableErr }},
		BucketName: "bucket", Base: func(*http.Request) string { return "https://video.example" }, Timeout: time.Hour, Retention: 30 * 24 * time.Hour,
		Now: func() time.Time { return w.now }, Log: slog.New(slog.NewTextHandler(&w.log, nil)),
	})
	return w
}

func (w *world) Send(_ context.Context, body, _ string, _ time.Duration) error {
	w.sent = append(w.sent, body)
	w.onSend()
	return w.sendErr
}

type brokenTable struct {
	*sqlite.Jobs
	w *world
}

func (b brokenTable) Create(ctx context.Context, j job.Job) (job.Job, bool, error) {
	if b.w.tableErr != nil {
		return job.Job{}, false, b.w.tableErr
	}
	return b.Jobs.Create(ctx, j)
}

func (b brokenTable) Find(ctx context.Context, id string) (job.Job, error) {
	if b.w.tableErr != nil {
		return job.Job{}, b.w.tableErr
	}
	return b.Jobs.Find(ctx, id)
}

type oneKey struct{}

func (oneKey) Find(_ context.Context, hash string) (job.Key, error) {
	if hash != job.HashKey(secret) {
		return job.Key{}, job.ErrNoKey
	}
	return job.Key{ID: "1", Owner: "alice", Hash: hash}, nil
}

// remoteBucket signs URLs that tell what was signed.
type remoteBucket struct{}

func (remoteBucket) Head(context.Context, string) (job.ObjectInfo, error) {
	return job.ObjectInfo{}, job.ErrNoObject
}

func (remoteBucket) PresignGet(_ context.Context, key string, ttl time.Duration, d job.Download) (string, error) {
	return "https://s3.example/" + key + "?method=GET&ttl=" + ttl.String() + "&name=" + d.FileName, nil
}

func (remoteBucket) PresignHead(_ context.Context, key string, ttl time.Duration, _ job.Download) (string, error) {
	return "https://s3.example/" + key + "?method=HEAD&ttl=" + ttl.String(), nil
}

func (remoteBucket) PresignPut(_ context.Context, key string, _ time.Duration, _ string, _ int64) (string, error) {
	return "https://s3.example/" + key + "?method=PUT", nil
}

func (w *world) do(method, path, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+secret)
	rec := httptest.NewRecorder()
	w.api.ServeHTTP(rec, r)
	return rec
}

// succeeded stores a job that has ended with one output.
func (w *world) succeeded(t *testing.T) job.Job {
	t.Helper()
	j := jobtest.New("alice", job.FFmpeg)
	if _, _, err := w.table.Jobs().Create(t.Context(), j); err != nil {
		t.Fatal(err)
	}
	out := []job.Output{{Name: "out.mp4", Key: job.OutputKey(j.ID, 1, "out.mp4"), ContentType: "video/mp4", Bytes: 3}}
	for _, m := range []job.Move{job.Claim(w.now, time.Minute), job.Succeed(w.now, 1, out)} {
		var err error
		if j, err = w.table.Jobs().Move(t.Context(), j.ID, m); err != nil {
			t.Fatal(err)
		}
	}
	return j
}

// TestLinksRedirect: where objects are no files, a link leads to a URL presigned for the method that was used.
func TestLinksRedirect(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	j := w.succeeded(t)
	w.now = j.FinishedAt
	token := w.links.Sign(j.ID, "out.mp4", w.now.Add(7*24*time.Hour))
	for _, method := range []string{"GET", "HEAD"} {
		rec := w.do(method, "/d/"+token, "")
		want := "https://s3.example/" + j.Outputs[0].Key + "?method=" + method + "&ttl=10m0s"
		if got := rec.Header().Get("Location"); rec.Code != http.StatusFound || !strings.HasPrefix(got, want) {
			t.Errorf("%s: %d to %q, want %s", method, rec.Code, got, want)
		}
	}
	for name, c := range map[string]struct {
		token  string
		after  time.Duration
		status int
	}{
		"expired":          {token, 7*24*time.Hour + time.Second, 410},
		"after retention":  {w.links.Sign(j.ID, "out.mp4", w.now.Add(90*24*time.Hour)), 31 * 24 * time.Hour, 410},
		"another file":     {w.links.Sign(j.ID, "other.mp4", w.now.Add(time.Hour)), 0, 410},
		"a job that is no": {w.links.Sign(job.NewID(), "out.mp4", w.now.Add(time.Hour)), 0, 410},
		"cut":              {token[:len(token)-2], 0, 403},
	} {
		w.now = j.FinishedAt.Add(c.after)
		if rec := w.do("GET", "/d/"+c.token, ""); rec.Code != c.status || !json.Valid(rec.Body.Bytes()) {
			t.Errorf("%s: %d %s, want %d", name, rec.Code, rec.Body, c.status)
		}
	}
}

var creates = map[string]string{
	"/v1/transcodes": `{"inputs":[{"url":"https://media.example/a.mp4"}],"outputFormat":"mp4"}`,
	"/api/ffmpeg":    `{"input_files":{},"output_files":["o.wav"],"ffmpeg_commands":["-f lavfi -i sine=d=1 {{o.wav}}"]}`,
}

// TestUnsentMessage: a job whose record is written is accepted, even though its message could not be sent. It stays
// pending, where rescue finds it.
func TestUnsentMessage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sendErr = errors.New("the queue is down")
	for path, body := range creates {
		if rec := w.do("POST", path, body); rec.Code/100 != 2 {
			t.Errorf("%s: %d %s", path, rec.Code, rec.Body)
		}
	}
	if len(w.sent) != 2 {
		t.Fatalf("%d messages were tried", len(w.sent))
	}
	for _, id := range w.sent {
		if j, err := w.table.Jobs().Find(t.Context(), id); err != nil || j.State != job.Pending {
			t.Errorf("the job is %s, %v; want pending", j.State, err)
		}
	}
}

// TestInternalErrors: what is our fault is a 500 with the request's id, and never says what broke.
func TestInternalErrors(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tableErr = errors.New("disk /var/secret is full")
	token := w.links.Sign(job.NewID(), "out.mp4", w.now.Add(time.Hour))
	paths := map[string]string{"/d/" + token: "", "/v1/transcodes/" + job.NewID(): "", "/api/jobs/" + job.NewID(): "", "/health-check": ""}
	for path, body := range creates {
		paths[path] = body
	}
	for path, body := range paths {
		method := "GET"
		if body != "" {
			method = "POST"
		}
		rec := w.do(method, path, body)
		text := rec.Body.String()
		if rec.Code != 500 || !json.Valid(rec.Body.Bytes()) || strings.Contains(text, "secret") {
			t.Errorf("%s: %d %s", path, rec.Code, text)
		}
		if id := rec.Header().Get("X-Request-Id"); path != "/health-check" && !strings.Contains(text, id) {
			t.Errorf("%s: the answer does not name its request %s: %s", path, id, text)
		}
	}
	if log := w.log.String(); !strings.Contains(log, "/d/{token}") || strings.Contains(log, token) {
		t.Errorf("the log names a link by its token, or not at all:\n%s", log)
	}
}

// TestPresignedUpload: the upload URL is for the owner's own folder.
func TestPresignedUpload(t *testing.T) {
	t.Parallel()
	rec := newWorld(t).do("POST", "/v1/upload/presigned-url", `{"filename":"../../bob/x.mp4","contentType":"video/mp4","fileSize":5}`)
	var answer struct {
		Result struct{ UploadURL, Filename string }
	}
	if err := json.Unmarshal(rec.Body.Bytes(), &answer); err != nil || rec.Code != 200 {
		t.Fatalf("%d %s: %v", rec.Code, rec.Body, err)
	}
	if want := "https://s3.example/uploads/alice/" + answer.Result.Filename + "?method=PUT"; answer.Result.UploadURL != want || strings.Contains(answer.Result.Filename, "/") {
		t.Errorf("got %s, want %s", answer.Result.UploadURL, want)
	}
}
