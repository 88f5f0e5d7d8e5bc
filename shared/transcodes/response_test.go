package transcodes

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/jobtest"
)

var (
	view = View{Bucket: "media"}
	born = time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC)
)

const (
	someID = "0192f0c4-5d3e-4c00-8a00-0123456789ab"
	// user is what encoding/json would change: spaces, line feeds, <, &, escapes, the order of names, and a double one.
	user = "{ \"z\": 1.50,\n  \"a\": \"<b>&\\u00e9é\\/\", \"a\": 1e2 }"
)

// pending is a job with everything that a create can set.
func pending() job.Job {
	return job.Job{
		ID: someID, Owner: "alice", API: job.Transcodes, State: job.Pending, CreatedAt: born, UpdatedAt: born,
		Inputs: []job.Input{
			{Name: "0.mov", URL: "gs://media/uploads/alice/17-a.mov", Options: []job.Option{{Option: "-ss", Argument: "5"}}},
			{Name: "1.mp4", URL: "https://h.example/dir/b%20c.mp4?sig=x&y"},
		},
		Transcode: &job.Transcode{Format: "MP4", HasPreset: true, Quality: "high", Resolution: "720p"}, Metadata: user,
	}
}

func running() job.Job {
	j := pending()
	j.State, j.Attempt = job.Running, 1
	j.StartedAt, j.UpdatedAt = born.Add(time.Second), born.Add(time.Second)
	j.Inputs[0].Bytes, j.Inputs[0].Media = 4e9, &job.Media{Format: "mov", Duration: 15, Bytes: 4e9, VideoCodec: "h264", HasVideo: true}
	j.Inputs[1].Bytes, j.Inputs[1].Media = 1000, &job.Media{Format: "mov", Duration: 9, Bytes: 1000}
	percent := 42.19
	j.Progress = job.Progress{Percent: &percent}
	j.Ran = []job.Option{{Option: "-c:v", Argument: "libx264"}, {Option: "-an"}}
	return j
}

func succeeded() job.Job {
	j := running()
	j.State = job.Succeeded
	j.FinishedAt, j.UpdatedAt = born.Add(3500*time.Millisecond), born.Add(3500*time.Millisecond)
	j.Outputs = []job.Output{{
		Name: someID + ".MP4", Key: job.OutputKey(someID, 1, someID+".MP4"), ContentType: "video/mp4", Bytes: 12345,
		Media: &job.Media{Format: "mov", Duration: 19.000000400001, Bytes: 12345},
	}}
	return j
}

func failed() job.Job {
	j := running()
	j.State = job.Failed
	j.FinishedAt, j.UpdatedAt = born.Add(2*time.Second), born.Add(2*time.Second)
	j.Failure = job.Failf(job.FFmpegFailed, "ffmpeg could not open the <first> input")
	return j
}

func cancelled() job.Job {
	j := pending()
	j.State = job.Cancelled
	j.FinishedAt, j.UpdatedAt = born.Add(time.Second), born.Add(time.Second)
	j.Metadata = ""
	return j
}

func queued() job.Job {
	j := pending()
	j.State = job.Queued
	j.Transcode = &job.Transcode{Format: "webm", Options: []job.Option{{Option: "-b:v", Argument: "1M"}, {Option: "-an"}}}
	return j
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	generated := View{Bucket: "media", HideQueued: true}
	answers := map[string]any{
		"pending":         Show(pending(), view),
		"queued":          Show(queued(), view),
		"queued-hidden":   Show(queued(), generated),
		"processing":      Show(running(), view),
		"completed":       Show(succeeded(), view),
		"failed":          Show(failed(), view),
		"canceled":        Show(cancelled(), view),
		"created":         Created(pending(), view),
		"cancel":          Cancelled(cancelled(), view),
		"list":            ShowPage(List{Page: 2, Limit: 2}, job.Page{Jobs: []job.Job{queued(), pending()}, Total: 4}, generated),
		"list-empty":      ShowPage(List{Page: 1, Limit: 20, None: true}, job.Page{}, view),
		"download":        Download{URL: "https://h/d/token?x=1&y=2"},
		"error-forbidden": ForeignBucket(2, job.Object{Bucket: "theirs", Key: "k"}),
	}
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Encode(answer)
			if err != nil {
				t.Fatal(err)
			}
			if !json.Valid(got) {
				t.Fatalf("no JSON: %s", got)
			}
			if _, isJob := answer.(Job); isJob && strings.Contains(string(got), `"result":`) {
				t.Error("a transcode route must not carry a result key")
			}
			jobtest.Golden(t, name+".golden", readable(got))
			// json.Marshal may compact the metadata, but must not lose anything.
			again, err := json.Marshal(answer)
			if err != nil {
				t.Fatal(err)
			}
			var a, b any
			if json.Unmarshal(got, &a) != nil || json.Unmarshal(again, &b) != nil || !cmp.Equal(a, b) {
				t.Errorf("json.Marshal gives something else: %s", again)
			}
		})
	}
}

// readable breaks the lines of an answer before each member, and changes nothing else, so that the golden files
// can be read and still hold every byte.
func readable(text []byte) []byte {
	return append(bytes.ReplaceAll(text, []byte(`,"`), []byte(",\n\"")), '\n')
}

func TestMetadataIsAsSent(t *testing.T) {
	t.Parallel()
	for _, answer := range []any{
		Show(pending(), view), Created(pending(), view), Cancelled(pending(), view),
		ShowPage(List{}, job.Page{Jobs: []job.Job{pending()}}, view),
	} {
		got, err := Encode(answer)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(got), `"metadata":{"user":`+user+`}`) {
			t.Errorf("%T: %s", answer, got)
		}
	}
}

func TestKeysAreInOrder(t *testing.T) {
	t.Parallel()
	text, err := Encode(Show(succeeded(), view))
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Fields(`id status job_type output_url output_format duration_seconds processing_time_seconds error_message
		error_category created_at started_at completed_at updated_at billable_minutes inputs outputs ffmpeg_options
		video_metadata metadata progress error_code attempt`)
	var got []string
	d := json.NewDecoder(bytes.NewReader(text))
	if _, err := d.Token(); err != nil {
		t.Fatal(err)
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, name.(string)) //nolint:forcetypeassert // a member's name
		var value any
		if err := d.Decode(&value); err != nil {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// A create that comes again is answered from the job as it is by then, and must not differ by a byte.
func TestCreatedIsTheSameForEver(t *testing.T) {
	t.Parallel()
	first, err := Encode(Created(pending(), view))
	if err != nil {
		t.Fatal(err)
	}
	for _, later := range []job.Job{running(), succeeded(), failed()} {
		again, err := Encode(Created(later, view))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first, again) {
			t.Errorf("%s:\n got %s\nwant %s", later.State, again, first)
		}
	}
}

func TestShowOfBrokenNumbers(t *testing.T) {
	t.Parallel()
	j := running()
	nan, inf := math.NaN(), math.Inf(1)
	j.Inputs[0].Media.Duration, j.Inputs[1].Media.Duration, j.Progress.Percent = nan, inf, &nan
	text, err := Encode(Show(j, view))
	if err != nil || !json.Valid(text) {
		t.Fatalf("%v: %s", err, text)
	}
}

func TestSource(t *testing.T) {
	t.Parallel()
	an := []job.Option{{Option: "-an"}}
	for want, works := range map[string][]job.Transcode{
		"defaults":        {{}},
		"preset":          {{HasPreset: true}},
		"raw_options":     {{Options: an}, {Options: an, HasPreset: true}, {Filters: []string{"x"}, HasPreset: true}},
		"virtual_options": {{Options: append(an, job.Option{Option: "@text-overlay"})}},
	} {
		for _, work := range works {
			if got := source(work); got != want {
				t.Errorf("%+v: %s, want %s", work, got, want)
			}
		}
	}
}

func TestCategory(t *testing.T) {
	t.Parallel()
	for code, want := range map[job.Code]string{
		job.InputUnreachable: "upload", job.InputForbidden: "upload", job.InputTooLarge: "file_size", job.OutputTooLarge: "file_size",
		job.InputNotMedia: "validation", job.FFmpegFailed: "processing", job.OutputMissing: "processing", job.TimedOut: "processing",
		job.OutOfMemory: "processing", job.WorkerLost: "transient", job.QuotaExceeded: "quota", job.Internal: "unknown", "new": "unknown",
	} {
		if got := category(&job.Failure{Code: code}); got != want {
			t.Errorf("%s: %s, want %s", code, got, want)
		}
	}
	if got := category(nil); got != "unknown" {
		t.Errorf("no failure: %s", got)
	}
}

func TestDownloadable(t *testing.T) {
	t.Parallel()
	if o, err := Downloadable(succeeded()); err != nil || o.Key != "jobs/"+someID+"/1/"+someID+".MP4" {
		t.Errorf("%v, %v", o, err)
	}
	empty := succeeded()
	empty.Outputs = nil
	if _, err := Downloadable(empty); text(t, err) != "No output available for this transcode" {
		t.Error(err)
	}
	for _, j := range []job.Job{pending(), queued(), running(), failed(), cancelled()} {
		if _, err := Downloadable(j); text(t, err) != "Transcode not completed" {
			t.Errorf("%s: %v", j.State, err)
		}
	}
}
