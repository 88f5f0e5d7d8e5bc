package ffmpegapi

import (
	"math"
	"time"

	"github.com/fflambda/fflambda/shared/job"
)

// Job is a job as clients see it: always all fields, in this order. A pointer is null where nothing is known yet.
type Job struct {
	ID               string            `json:"id"`
	Status           string            `json:"status"`
	QueuedAt         string            `json:"queued_at"`
	StartedAt        *string           `json:"started_at"`
	FinishedAt       *string           `json:"finished_at"`
	CreatedAt        string            `json:"created_at"`
	UpdatedAt        string            `json:"updated_at"`
	ErrorMessage     string            `json:"error_message"` // "" where nothing failed
	FFmpegCommands   []string          `json:"ffmpeg_commands"`
	InputFiles       map[string]string `json:"input_files"`  // name -> URL as sent
	OutputFiles      map[string]string `json:"output_files"` // name -> link; {} until succeeded
	WebhookURL       *string           `json:"webhook_url"`
	TimeoutSeconds   int               `json:"timeout_seconds"`
	Machine          string            `json:"machine"`
	TotalInputBytes  *int64            `json:"total_input_bytes"`  // null until all inputs are fetched
	TotalOutputBytes *int64            `json:"total_output_bytes"` // null until succeeded
	Progress         *float64          `json:"progress"`           // 0..100
	ETASeconds       *float64          `json:"eta_seconds"`        // only while running
	Speed            *float64          `json:"speed"`              // seconds of media a second
	CommandIndex     *int              `json:"command_index"`      // 1-based
	CommandsTotal    int               `json:"commands_total"`
	Attempt          int               `json:"attempt"` // how often it was begun
	ErrorCode        *string           `json:"error_code"`
	WebhookAttempts  *Attempts         `json:"webhook_attempts"`     // null without a webhook_url
	StderrTail       []string          `json:"stderr_tail,omitzero"` // there only if failed
}

// Answer is how every success but a list is wrapped.
type Answer struct {
	Data Job `json:"data"`
}

// One wraps a job.
func One(j Job) Answer { return Answer{Data: j} }

// Validity is the answer to a body that a create would take.
type Validity struct {
	Data struct {
		OK       bool       `json:"ok"`
		Commands [][]string `json:"commands"` // as ffmpeg would get them, but for what the worker adds
		Outputs  []string   `json:"outputs"`
	} `json:"data"`
}

// Valid is the answer to a validate of r.
func Valid(r Request) Validity {
	var v Validity
	v.Data.OK, v.Data.Commands, v.Data.Outputs = true, r.Args, r.Commands.Outputs
	return v
}

// Show is j as clients see it. link makes the link of an output.
func Show(j job.Job, link func(job.Output) string) Job {
	created := stamp(j.CreatedAt)
	shown := Job{
		ID:              j.ID,
		Status:          status(j.State),
		QueuedAt:        created,
		FinishedAt:      known(stamp(j.FinishedAt)),
		CreatedAt:       created,
		UpdatedAt:       stamp(j.UpdatedAt),
		FFmpegCommands:  []string{},
		InputFiles:      make(map[string]string, len(j.Inputs)),
		OutputFiles:     map[string]string{},
		WebhookURL:      known(j.WebhookURL),
		WebhookAttempts: attempts(j),
		TimeoutSeconds:  int(j.Timeout / time.Second),
		Machine:         machineCPU,
		TotalInputBytes: inputBytes(j.Inputs),
		Attempt:         j.Attempt,
	}
	if j.Machine != "" {
		shown.Machine = j.Machine
	}
	if j.Commands != nil && len(j.Commands.Lines) > 0 {
		shown.FFmpegCommands = j.Commands.Lines
		shown.CommandsTotal = len(j.Commands.Lines)
	}
	for _, in := range j.Inputs {
		shown.InputFiles[in.Name] = in.URL
	}
	shown.addProgress(j)
	switch j.State {
	case job.Succeeded:
		shown.addOutputs(j.Outputs, link)
	case job.Failed:
		shown.addFailure(j.Failure)
	}
	return shown
}

// addProgress leaves all of it null while the job waits, also where an attempt was handed back before.
func (s *Job) addProgress(j job.Job) {
	if j.State == job.Pending || j.State == job.Queued {
		return
	}
	s.StartedAt = known(stamp(j.StartedAt))
	if j.Progress.Percent != nil {
		s.Progress = rounded(*j.Progress.Percent)
	}
	if j.Progress.Speed > 0 {
		s.Speed = rounded(j.Progress.Speed)
	}
	if j.State == job.Running && j.Progress.ETA > 0 {
		s.ETASeconds = rounded(j.Progress.ETA)
	}
	if j.State == job.Succeeded {
		s.Progress = rounded(100)
	}
	if j.Progress.Command > 0 {
		s.CommandIndex = &j.Progress.Command
	}
}

func (s *Job) addOutputs(outputs []job.Output, link func(job.Output) string) {
	var total int64
	for _, o := range outputs {
		s.OutputFiles[o.Name] = link(o)
		total += o.Bytes
	}
	s.TotalOutputBytes = &total
}

func (s *Job) addFailure(f *job.Failure) {
	s.StderrTail = []string{}
	if f == nil {
		return
	}
	s.ErrorMessage = f.Message
	s.ErrorCode = known(string(f.Code))
	s.StderrTail = append(s.StderrTail, f.StderrTail...)
}

// status is the API's word for a state. It is the only place that knows these words.
func status(s job.State) string {
	switch s {
	case job.Running:
		return "running"
	case job.Succeeded:
		return "succeeded"
	case job.Failed:
		return "failed"
	case job.Cancelled:
		return "cancelled"
	default: // pending is ours alone
		return "queued"
	}
}

// inputBytes is nil where an input is not fetched yet.
func inputBytes(inputs []job.Input) *int64 {
	var total int64
	for _, in := range inputs {
		if in.Bytes == 0 {
			return nil
		}
		total += in.Bytes
	}
	return &total
}

// stamp is empty for the zero time.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z07:00")
}

func known(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// rounded keeps two decimals. What is no number (a division by nothing) is unknown.
func rounded(f float64) *float64 {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil
	}
	f = math.Round(f*100) / 100
	return &f
}
