package transcodes

import (
	"net/url"
	"path"
	"strconv"
	"time"

	"github.com/fflambda/fflambda/shared/job"
)

// View is what an answer needs to know besides the job.
type View struct {
	Bucket     string // ours, for gs:// names
	HideQueued bool   // see HideQueued
}

// Job is a job as the API shows it, in the order of the fields. A nil pointer is null.
// Write it with Encode: metadata.user goes out byte for byte as the caller sent it.
type Job struct {
	vendorFields
	User string // metadata.user: raw JSON; empty: null
	ownFields
}

// vendorFields are the API's own, up to metadata.
type vendorFields struct {
	ID             string         `json:"id"`
	Status         string         `json:"status"`
	JobType        string         `json:"job_type"`
	OutputURL      *string        `json:"output_url"`
	OutputFormat   string         `json:"output_format"`
	Duration       *float64       `json:"duration_seconds"`
	ProcessingTime float64        `json:"processing_time_seconds"`
	ErrorMessage   *string        `json:"error_message"`
	ErrorCategory  string         `json:"error_category"`
	CreatedAt      string         `json:"created_at"`
	StartedAt      *string        `json:"started_at"`
	CompletedAt    *string        `json:"completed_at"`
	UpdatedAt      string         `json:"updated_at"`
	Billable       minutes        `json:"billable_minutes"`
	Inputs         []Input        `json:"inputs"`
	Outputs        []Output       `json:"outputs"`
	FFmpegOptions  FFmpegOptions  `json:"ffmpeg_options"`
	VideoMetadata  *VideoMetadata `json:"video_metadata"`
}

// ownFields are ours; a client of the vendor's does not look at them.
type ownFields struct {
	Progress  *float64  `json:"progress"` // 0..100
	ErrorCode *job.Code `json:"error_code"`
	Attempt   int       `json:"attempt"` // how often it was begun
}

// Input is one source of a job. What only a probe can tell is null until then.
type Input struct {
	URL      string   `json:"url"`
	Filename string   `json:"filename"`
	Duration *float64 `json:"duration"` // seconds; 0 for a still image
	Format   *string  `json:"format"`
	Size     *string  `json:"size_bytes"` // decimal digits in a string, as the API has it
}

// Output is one result of a job.
type Output struct {
	URL      string `json:"url"`
	Filename string `json:"filename"`
	Format   string `json:"format"`
	Size     int64  `json:"size_bytes"`
}

// VideoMetadata is what the probe of the first input found.
type VideoMetadata struct {
	Format   string  `json:"format"`
	Duration float64 `json:"duration_seconds"`
	Size     int64   `json:"size_bytes"`
}

// minutes is written with four decimals, so that it is a float to every JSON reader.
type minutes float64

// MarshalJSON writes the four decimals.
func (m minutes) MarshalJSON() ([]byte, error) {
	return strconv.AppendFloat(nil, finite(float64(m)), 'f', 4, 64), nil
}

// Show is the job as get, list and cancel answer it.
func Show(j job.Job, v View) Job {
	work := transcodeOf(j)
	out := Job{User: j.Metadata}
	out.vendorFields = vendorFields{
		ID: j.ID, Status: Status(j.State, v.HideQueued), JobType: "transcode",
		OutputFormat:   work.Format,
		Duration:       durationOf(j),
		ProcessingTime: processingTime(j),
		ErrorCategory:  category(j.Failure),
		CreatedAt:      stamp(j.CreatedAt), StartedAt: stampOrNull(j.StartedAt), UpdatedAt: stamp(j.UpdatedAt),
		Inputs: showInputs(j.Inputs), Outputs: showOutputs(j, v),
		FFmpegOptions: showOptions(j, work), VideoMetadata: videoMetadata(j),
	}
	if billed := inputLength(j); billed != nil {
		out.Billable = minutes(*billed / 60)
	}
	if len(out.Outputs) > 0 {
		out.OutputURL = &out.Outputs[0].URL
	}
	out.Progress, out.Attempt = progress(j), j.Attempt
	switch {
	case j.State == job.Succeeded:
		out.CompletedAt = stampOrNull(j.FinishedAt)
	case j.State == job.Cancelled:
		out.ErrorMessage = pointer("Job canceled by user")
	case j.Failure != nil:
		out.ErrorMessage, out.ErrorCode = &j.Failure.Message, &j.Failure.Code
	}
	return out
}

// transcodeOf spares every caller the nil check; all jobs of this API have one.
func transcodeOf(j job.Job) job.Transcode {
	if j.Transcode == nil {
		return job.Transcode{}
	}
	return *j.Transcode
}

func showInputs(inputs []job.Input) []Input {
	out := make([]Input, 0, len(inputs))
	for _, in := range inputs {
		shown := Input{URL: in.URL, Filename: fileOf(in)}
		if in.Bytes > 0 {
			shown.Size = pointer(strconv.FormatInt(in.Bytes, 10))
		}
		if in.Media != nil {
			shown.Duration, shown.Format = pointer(round(in.Media.Duration)), &in.Media.Format
		}
		out = append(out, shown)
	}
	return out
}

// fileOf is the last part of the input's URL, without query and escapes.
func fileOf(in job.Input) string {
	name := ""
	if o, ok := job.ParseObject(in.URL); ok {
		name = path.Base(o.Key)
	} else if u, err := url.Parse(in.URL); err == nil {
		name = path.Base(u.Path)
	}
	if name == "" || name == "." || name == "/" {
		return in.Name
	}
	return name
}

func showOutputs(j job.Job, v View) []Output {
	out := make([]Output, 0, len(j.Outputs))
	for _, o := range j.Outputs {
		out = append(out, Output{
			URL:      job.Object{Bucket: v.Bucket, Key: o.Key}.URL(),
			Filename: o.Name, Format: transcodeOf(j).Format, Size: o.Bytes,
		})
	}
	return out
}

func videoMetadata(j job.Job) *VideoMetadata {
	if len(j.Inputs) == 0 || j.Inputs[0].Media == nil {
		return nil
	}
	m := j.Inputs[0].Media
	return &VideoMetadata{Format: m.Format, Duration: round(m.Duration), Size: m.Bytes}
}

// progress is the percentage to one decimal. A completed job is at 100 even where its length could not be known.
func progress(j job.Job) *float64 {
	switch {
	case j.State == job.Succeeded:
		return pointer(100.0)
	case j.Progress.Percent == nil:
		return nil
	default:
		return pointer(float64(int(finite(*j.Progress.Percent)*10)) / 10)
	}
}

// stamp writes a time as the API does: RFC 3339, UTC, milliseconds.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

func stampOrNull(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	return pointer(stamp(t))
}

func pointer[T any](v T) *T { return &v }
