package ingest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/fflambda/fflambda/shared/ingest"
	"github.com/fflambda/fflambda/shared/job"
)

func TestObjectBecomesAJobOfItsOwner(t *testing.T) {
	t.Parallel()
	h := newHome(t, "al")
	key := h.put(t, "in/My clip+ü.mov", "video")
	h.handle(t, key)
	got := h.one(t)
	want := job.Job{
		Owner: "al", API: job.Transcodes, State: job.Queued,
		Inputs:    []job.Input{{Name: "0.mov", URL: "s3://media/inbox/al/in/My clip+ü.mov"}},
		Transcode: &job.Transcode{Format: "mp4", Quality: "medium", Resolution: "720p", HasPreset: true},
		Inbox:     key, BaseURL: "https://api.example", Timeout: 10 * time.Minute,
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(job.Job{}, "ID", "CreatedAt", "UpdatedAt", "SentAt")); diff != "" {
		t.Error(diff)
	}
	m, err := h.queue.Receive(t.Context())
	if err != nil || m.Body != got.ID {
		t.Errorf("message %q, %v, want the job's", m.Body, err)
	}
}

func TestSamePutTwiceToldIsOneJob(t *testing.T) {
	t.Parallel()
	h := newHome(t, "twice")
	key := h.put(t, "a.mov", "video")
	h.handle(t, key)
	h.put(t, "recipe.json", `{"outputFormat":"webm"}`) // changed between two deliveries of one event
	h.handle(t, key)
	if got := h.one(t); got.Transcode.Format != "mp4" {
		t.Errorf("the second delivery changed the job: %s", got.Transcode.Format)
	}
	h.put(t, "a.mov", "another video")
	h.handle(t, key)
	if n := len(h.jobs(t)); n != 2 {
		t.Errorf("after a put of other bytes there are %d jobs, want 2", n)
	}
	// The same bytes again, later: the owner wants it once more.
	if err := os.Chtimes(filepath.Join(fileDir(t), key), time.Time{}, time.Now().Add(2*time.Second)); err != nil {
		t.Fatal(err)
	}
	h.handle(t, key)
	if n := len(h.jobs(t)); n != 3 {
		t.Errorf("after another put of the same bytes there are %d jobs, want 3", n)
	}
}

// fileDir is the bucket's folder.
func fileDir(t *testing.T) string {
	t.Helper()
	f, _, err := store.Load().Open(t.Context(), "inbox/twice/a.mov")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // only its name is looked at
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "media")
}

func TestWhatIsNoInput(t *testing.T) {
	t.Parallel()
	h := newHome(t, "nobody", func(c *ingest.Config) { c.Bucket = blind{c.Bucket.Name()} })
	for _, key := range []string{
		"inbox/nobody/recipe.json", "inbox/nobody/in/recipe.json", "inbox/nobody/a.mov.job.json", "inbox/nobody/in/", "inbox/nobody/",
		"inbox/nobody/.DS_Store", "inbox/a.mov", "inbox//a.mov", "inbox/not an owner/a.mov", "inbox/../a.mov", "inbox/nobody/../other/a.mov",
		"inbox/nobody/./a.mov", "inbox/" + "nobody/" + strings.Repeat("long/", 100) + "a.mov", "uploads/nobody/a.mov", "outbox/nobody/a.mov", "", "inbox",
	} {
		h.handle(t, key)
	}
	if n := len(h.jobs(t)); n > 0 {
		t.Errorf("%d jobs were made", n)
	}
}

// blind is a bucket that nobody may look into.
type blind struct{ name string }

var errBlind = errors.New("the bucket was asked")

func (b blind) Name() string { return b.name }
func (b blind) Head(context.Context, string) (job.ObjectInfo, error) {
	return job.ObjectInfo{}, errBlind
}
func (b blind) Get(context.Context, string) (io.ReadCloser, job.ObjectInfo, error) {
	return nil, job.ObjectInfo{}, errBlind
}
func (b blind) PutBytes(context.Context, string, []byte, string) error { return errBlind }

func TestEmptyAndDeletedObjects(t *testing.T) {
	t.Parallel()
	h := newHome(t, "empty")
	h.handle(t, h.put(t, "a.mov", ""))
	h.handle(t, "inbox/empty/deleted.mov")
	if n := len(h.jobs(t)); n > 0 {
		t.Errorf("%d jobs were made", n)
	}
	if keys := listed(t, "outbox/empty/"); len(keys) > 0 {
		t.Errorf("the outbox has %q", keys)
	}
}

func TestTranscodeRecipe(t *testing.T) {
	t.Parallel()
	h := newHome(t, "recipe")
	h.put(t, "in/recipe.json", "\xef\xbb\xbf "+`{ "outputFormat": "WebM", "metadata": {"a":  "<&>", "n": 1.0}, "options": [] }`)
	h.handle(t, h.put(t, "in/a.mov", "video"))
	got := h.one(t)
	if got.Transcode.Format != "WebM" || got.Transcode.HasPreset || got.Metadata != `{"a":  "<&>", "n": 1.0}` {
		t.Errorf("got %+v, metadata %s", got.Transcode, got.Metadata)
	}
	// Another folder has a recipe of its own, or none: this one's does not count there.
	key := h.put(t, "in/deeper/a.mov", "video")
	h.handle(t, key)
	for _, j := range h.jobs(t) {
		if j.Inbox == key && j.Transcode.Format != "mp4" {
			t.Errorf("a folder without a recipe got %s", j.Transcode.Format)
		}
	}
}

func TestCommandRecipe(t *testing.T) {
	t.Parallel()
	for owner, c := range map[string]struct{ recipe, file, input, line string }{
		"one": {
			`{"ffmpeg_command":"-i {{ input }} -vf \"scale=-2:720\" {{out.mp4}}","output_files":["out.mp4"]}`,
			"My clip+ü (1).MOV", "My_clip_1.MOV", `-i {{My_clip_1.MOV}} -vf "scale=-2:720" {{out.mp4}}`,
		},
		"several": {
			`{"ffmpeg_commands":["-i <<input>> {{out.mp4}}"],"output_files":["out.mp4"],"ffmpeg_command":null,"timeout_seconds":60}`,
			"日本語.mov", "file.mov", "-i {{file.mov}} {{out.mp4}}",
		},
		"own-name": {
			`{"ffmpeg_command":"-i {{a_b.mov}} {{out.mp4}}","output_files":["out.mp4"]}`,
			"a b.mov", "a_b.mov", "-i {{a_b.mov}} {{out.mp4}}",
		},
		"same-name": {
			`{"ffmpeg_command":"-i {{input}} {{out.mp4}}","output_files":["out.mp4"]}`,
			"out.mp4", "input-out.mp4", "-i {{input-out.mp4}} {{out.mp4}}",
		},
	} {
		t.Run(owner, func(t *testing.T) {
			t.Parallel()
			h := newHome(t, owner)
			h.put(t, "recipe.json", c.recipe)
			key := h.put(t, c.file, "video")
			h.handle(t, key)
			got := h.one(t)
			if got.API != job.FFmpeg || got.Inbox != key {
				t.Errorf("got a job of %s for %q", got.API, got.Inbox)
			}
			if diff := cmp.Diff([]job.Input{{Name: c.input, URL: "s3://media/" + key}}, got.Inputs); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff([]string{c.line}, got.Commands.Lines); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWrongRecipesAreToldInTheOutbox(t *testing.T) {
	t.Parallel()
	for owner, c := range map[string]struct{ recipe, want string }{
		"no-json":   {`{"outputFormat":}`, "recipe.json is not valid JSON: invalid character '}' looking for beginning of value"},
		"no-object": {`[]`, "recipe.json is not a JSON object"},
		"nothing":   {` `, "recipe.json is not a JSON object"},
		"format":    {`{}`, "recipe.json: outputFormat is required. Use one of: mp4, webm, mov, avi, mkv, mp3, m4a, aac, wav, ogg, opus, flac, jpg, jpeg, png, gif, webp"},
		"inputs":    {`{"outputFormat":"mp4","inputs":null}`, "recipe.json: leave inputs out, the object is the input"},
		"files":     {`{"ffmpeg_command":"-version","input_files":{}}`, "recipe.json: leave input_files out, the object is the input"},
		"outputs":   {`{"ffmpeg_command":"-i {{input}} {{out.mp4}}"}`, "recipe.json: output_files: must be an array of 1 to 100 strings"},
		"type":      {`{"ffmpeg_commands":"-i {{input}}","output_files":["a.mp4"]}`, "recipe.json: ffmpeg_commands: must be an array of 1 to 10 strings"},
		"long":      {strings.Repeat(" ", 1<<20) + "{}", "recipe.json has 1048578 bytes, at most 1048576 are read"},
	} {
		t.Run(owner, func(t *testing.T) {
			t.Parallel()
			h := newHome(t, owner)
			h.put(t, "in/recipe.json", c.recipe)
			key := h.put(t, "in/a b.mov", "video")
			h.handle(t, key)
			if n := len(h.jobs(t)); n > 0 {
				t.Errorf("%d jobs were made", n)
			}
			text, contentType := read(t, "outbox/"+owner+"/in/a b.mov.job.json")
			var got ingest.Report
			if err := json.Unmarshal([]byte(text), &got); err != nil {
				t.Fatal(err)
			}
			want := ingest.Report{
				Input: key, Status: "refused", At: got.At, Outputs: []ingest.File{}, Job: json.RawMessage("null"),
				Error: &ingest.Problem{Code: "recipe_refused", Message: c.want},
			}
			if diff := cmp.Diff(want, got); diff != "" || contentType != "application/json" || got.At.IsZero() {
				t.Errorf("%s: %s", contentType, diff)
			}
		})
	}
}

// faulty is a bucket of which one call fails.
type faulty struct {
	blind
	head, get, put error
}

func (f faulty) Head(context.Context, string) (job.ObjectInfo, error) {
	return job.ObjectInfo{Bytes: 1}, f.head
}
func (f faulty) Get(context.Context, string) (io.ReadCloser, job.ObjectInfo, error) {
	return io.NopCloser(strings.NewReader("no recipe")), job.ObjectInfo{}, f.get
}
func (f faulty) PutBytes(context.Context, string, []byte, string) error { return f.put }

// A store that is out of reach is no answer: the event must come again.
func TestBusyBucket(t *testing.T) {
	t.Parallel()
	busy := fmt.Errorf("throttled: %w", job.ErrBusy)
	for _, bucket := range []faulty{{head: busy}, {get: busy}, {put: busy}} {
		h := newHome(t, "busy", func(c *ingest.Config) { c.Bucket = bucket })
		if err := h.Handle(t.Context(), "inbox/busy/a.mov"); !errors.Is(err, job.ErrBusy) {
			t.Errorf("%+v: got %v", bucket, err)
		}
	}
}

// full is a table that has no room for the job, or is out of reach.
type full struct{ err error }

func (f full) Create(context.Context, job.Job) (job.Job, bool, error)  { return job.Job{}, false, f.err }
func (f full) Move(context.Context, string, job.Move) (job.Job, error) { return job.Job{}, f.err }

func TestTableThatRefuses(t *testing.T) {
	t.Parallel()
	h := newHome(t, "table", func(c *ingest.Config) { c.Jobs = full{job.ErrBusy} })
	key := h.put(t, "a.mov", "video")
	if err := h.Handle(t.Context(), key); !errors.Is(err, job.ErrBusy) {
		t.Errorf("got %v", err)
	}
	h = newHome(t, "table", func(c *ingest.Config) { c.Jobs = full{fmt.Errorf("put item: %w", job.ErrTooLarge)} })
	h.handle(t, key)
	if text, _ := read(t, "outbox/table/a.mov.job.json"); !strings.Contains(text, "too large to be stored") {
		t.Errorf("got %s", text)
	}
}

func TestEvent(t *testing.T) {
	t.Parallel()
	h := newHome(t, "event")
	record := func(source, name, bucket, key string) string {
		return fmt.Sprintf(`{"eventVersion":"2.1","eventSource":%q,"awsRegion":"eu-central-1","eventTime":"2026-11-22T10:00:00.000Z","eventName":%q,`+
			`"s3":{"s3SchemaVersion":"1.0","bucket":{"name":%q,"arn":"arn:aws:s3:::%[3]s"},`+
			`"object":{"key":%q,"size":5,"eTag":"0cc175b9c0f1b6a831c399e269772661","sequencer":"0055AED6DCD90281E5"}}}`, source, name, bucket, key)
	}
	var keys, records []string
	for _, file := range []string{"plain.mov", "with blank.mov", "a+b.mov", "100%.mov", "für élan & 日本語 (1).mov", strings.Repeat("ü", 120) + ".mov"} {
		key := h.put(t, "in/"+file, "video")
		keys = append(keys, key)
		// As S3 writes it: blanks are "+", slashes stay.
		records = append(records, record("aws:s3", "ObjectCreated:Put", "media", strings.ReplaceAll(url.QueryEscape(key), "%2F", "/")))
	}
	post := h.put(t, "in/form.mov", "video")
	passed := h.put(t, "in/passed.mov", "video")
	records = append(records,
		record("aws:s3", "s3:ObjectCreated:CompleteMultipartUpload", "media", post),
		record("aws:s3", "ObjectRemoved:Delete", "media", passed),
		record("aws:s3", "ObjectCreated:Put", "another", passed),
		record("aws:sqs", "ObjectCreated:Put", "media", passed),
		record("aws:s3", "ObjectCreated:Put", "media", passed+"%zz"),
		record("aws:s3", "ObjectCreated:Put", "media", "inbox/event/%ff.mov"),
		records[0])
	event := `{"Records":[` + strings.Join(records, ",") + `]}`
	for range 2 { // it is delivered twice
		if err := h.Event(t.Context(), []byte(event)); err != nil {
			t.Fatal(err)
		}
	}
	made := map[string]int{}
	for _, j := range h.jobs(t) {
		made[j.Inbox]++
	}
	want := map[string]int{post: 1}
	for _, key := range keys {
		want[key] = 1
	}
	if diff := cmp.Diff(want, made); diff != "" {
		t.Error(diff)
	}
}

func TestForeignEvents(t *testing.T) {
	t.Parallel()
	h := newHome(t, "foreign")
	for _, raw := range []string{
		`{"Service":"Amazon S3","Event":"s3:TestEvent","Time":"2026-11-22T10:00:00.000Z","Bucket":"media","RequestId":"5582815E1AEA5ADF","HostId":"8cLeGAmw098X5cv4Zkwcmo8vvZa3eH3eKxsPzbB9wrR+YstdA6Knx4Ip8EXAMPLE"}`,
		`{}`, `null`, `[]`, ``, `{"Records":5}`, `{"Records":[{}]}`, `{"Records":[null]}`, `{"version":"0","detail-type":"Object Created"}`, "\x00",
	} {
		if err := h.Event(t.Context(), []byte(raw)); err != nil {
			t.Errorf("%.40q: %v", raw, err)
		}
	}
}

// One object that cannot be looked at does not keep the others of its event waiting.
func TestEventGoesOnAfterAFailure(t *testing.T) {
	t.Parallel()
	h := newHome(t, "goes-on", func(c *ingest.Config) { c.Bucket = half{c.Bucket.(wide)} })
	h.put(t, "good.mov", "video")
	err := h.Event(t.Context(), []byte(`{"Records":[`+
		`{"eventSource":"aws:s3","eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"media"},"object":{"key":"inbox/goes-on/bad.mov"}}},`+
		`{"eventSource":"aws:s3","eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"media"},"object":{"key":"inbox/goes-on/good.mov"}}}]}`))
	if !errors.Is(err, job.ErrBusy) {
		t.Errorf("got %v", err)
	}
	h.one(t)
}

type wide interface {
	Name() string
	Head(ctx context.Context, key string) (job.ObjectInfo, error)
	Get(ctx context.Context, key string) (io.ReadCloser, job.ObjectInfo, error)
	PutBytes(ctx context.Context, key string, body []byte, contentType string) error
}

// half cannot look at bad.mov.
type half struct{ wide }

func (h half) Head(ctx context.Context, key string) (job.ObjectInfo, error) {
	if strings.HasSuffix(key, "bad.mov") {
		return job.ObjectInfo{}, job.ErrBusy
	}
	return h.wide.Head(ctx, key)
}
