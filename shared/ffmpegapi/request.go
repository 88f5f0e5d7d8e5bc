// Package ffmpegapi is the JSON of the /api API: it turns requests into jobs and jobs into answers.
//
// ParseCreate and ParseList read what a client sends and refuse it with an *Error, which is the answer as it goes out.
// Show makes the job that clients see; One and Many wrap it as every success is wrapped.
// The package is pure: it knows neither HTTP handlers nor tables.
package ffmpegapi

import (
	"slices"
	"strings"
	"time"

	"github.com/fflambda/fflambda/shared/command"
	"github.com/fflambda/fflambda/shared/job"
)

// Limits of a create request.
const (
	maxInputs   = 100
	maxOutputs  = 100
	maxCommands = 10
	maxLines    = 32 << 10 // bytes of all commands together
	maxURL      = 8 << 10  // bytes
	maxTimeout  = 21600    // seconds
)

// machineCPU is the only machine that there is so far.
const machineCPU = "cpu"

// Request is a create request that holds everything it may hold, and whose commands compile.
// Whether gs:// and s3:// inputs are the caller's own is for the handler to decide.
type Request struct {
	Inputs     []job.Input // Name and URL, in the order sent
	Commands   job.Commands
	WebhookURL string        // empty: none was sent
	Machine    string        // "cpu"
	Timeout    time.Duration // 0: none was sent
	Args       [][]string    // the commands as ffmpeg will get them, but for what the worker adds
}

// ParseCreate reads the body of POST /api/ffmpeg, whatever its Content-Type was. Its errors are *Error.
func ParseCreate(body []byte) (Request, error) {
	f, err := parseBody(body)
	if err != nil {
		return Request{}, err
	}
	var r Request
	for _, step := range []func(fields) error{
		r.parseInputs, r.parseOutputs, r.parseCommands, r.parseWebhook, r.parseMachine, r.parseTimeout, r.compile,
	} {
		if err := step(f); err != nil {
			return Request{}, err
		}
	}
	return r, nil
}

// Job is the job that the request asks for, still to be stored. timeout is what applies where the request has none.
func (r Request) Job(id, owner string, now time.Time, timeout time.Duration) job.Job {
	if r.Timeout != 0 {
		timeout = r.Timeout
	}
	at := job.Milli(now)
	work := job.Commands{Lines: slices.Clone(r.Commands.Lines), Outputs: slices.Clone(r.Commands.Outputs)}
	return job.Job{
		ID: id, Owner: owner, API: job.FFmpeg, State: job.Pending,
		CreatedAt: at, UpdatedAt: at,
		Inputs: slices.Clone(r.Inputs), Commands: &work,
		WebhookURL: r.WebhookURL, Machine: r.Machine, Timeout: timeout,
	}
}

func (r *Request) parseOutputs(f fields) error {
	list, err := f.texts("output_files", maxOutputs)
	if err != nil {
		return err
	}
	for i, name := range list {
		if err := command.ValidName(name, true); err != nil {
			return Invalid("output_files[%d]: the name %.80q %v", i, name, err)
		}
		if slices.Contains(list[:i], name) {
			return Invalid("output_files[%d]: %q is there twice", i, name)
		}
		if r.hasInput(name) {
			return Invalid("output_files[%d]: %q is the name of an input; give it another", i, name)
		}
	}
	r.Commands.Outputs = list
	return nil
}

func (r *Request) parseCommands(f fields) error {
	switch one, many := f.has("ffmpeg_command"), f.has("ffmpeg_commands"); {
	case one && many:
		return Invalid("ffmpeg_command: give either this or ffmpeg_commands")
	case one:
		line, err := f.text("ffmpeg_command")
		if err != nil {
			return err
		}
		r.Commands.Lines = []string{line}
	default:
		lines, err := f.texts("ffmpeg_commands", maxCommands)
		if err != nil {
			return err
		}
		r.Commands.Lines = lines
	}
	if n := len(strings.Join(r.Commands.Lines, "")); n > maxLines {
		return Invalid("ffmpeg_commands: must be at most %d bytes together; they are %d", maxLines, n)
	}
	return nil
}

func (r *Request) parseWebhook(f fields) error {
	if !f.has("webhook_url") {
		return nil
	}
	link, err := f.text("webhook_url")
	if err != nil {
		return err
	}
	r.WebhookURL = link
	return checkWebhook("webhook_url", link)
}

func (r *Request) parseMachine(f fields) error {
	r.Machine = machineCPU
	if !f.has("machine") {
		return nil
	}
	switch name, err := f.text("machine"); {
	case err != nil:
		return err
	case name == machineCPU:
		return nil
	case name == "nvidia":
		return BadRequest("machine: no GPU machine is configured on this server; use cpu")
	default:
		return Invalid("machine: must be cpu or nvidia")
	}
}

func (r *Request) parseTimeout(f fields) error {
	if !f.has("timeout_seconds") {
		return nil
	}
	seconds, err := f.whole("timeout_seconds", 1, maxTimeout)
	r.Timeout = time.Duration(seconds) * time.Second
	return err
}

// compile comes last: what it refuses is well-formed.
func (r *Request) compile(fields) error {
	names := make([]string, len(r.Inputs))
	for i, in := range r.Inputs {
		names[i] = in.Name
	}
	args, err := command.Compile(r.Commands, names)
	if err != nil {
		return refused(err)
	}
	r.Args = args
	return nil
}
