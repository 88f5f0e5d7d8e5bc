package main

import (
	"fmt"
	"math/rand/v2"

	"github.com/fflambda/fflambda/shared/job"
)

// object is any JSON object.
type object = map[string]any

// kind is a sort of job, and how one has to end.
type kind struct {
	name   string
	weight int
	api    job.API
	body   func(s *source, n int) object
	want   job.State
	code   job.Code // with Failed
	cancel cancel
	like   string // the kind whose file its own is equal to, where it is not run without faults itself
}

// cancel is when its owner does not want a job any more.
type cancel int

const (
	never cancel = iota
	atOnce
	whileRunning
)

// kinds are all sorts of jobs: real work, but as little of it as there can be.
func kinds() []kind {
	const encode = "-i {{in.mp4}} -t 0.2 -c:v libx264 -preset ultrafast -threads 1 -bitexact -an {{out.mp4}}"
	clip := func(line, out string) func(*source, int) object {
		return func(s *source, _ int) object { return commands(s.url+"/"+clipName, line, out) }
	}
	transcode := func(s *source, _ int) object {
		return object{"inputs": []object{{"url": s.url + "/" + clipName}}, "outputFormat": "mp4", "preset": object{"quality": "low", "resolution": "480p"}}
	}
	flaky := func(s *source, n int) object {
		return commands(fmt.Sprintf("%s/flaky/%d/%s", s.url, n, clipName), encode, "out.mp4")
	}
	return []kind{
		{name: "encode", weight: 24, api: job.FFmpeg, body: clip(encode, "out.mp4"), want: job.Succeeded},
		{name: "copy", weight: 20, api: job.FFmpeg, body: clip("-i {{in.mp4}} -c copy -bitexact {{out.mkv}}", "out.mkv"), want: job.Succeeded},
		{name: "slow copy", weight: 16, api: job.FFmpeg, body: clip("-re -i {{in.mp4}} -c copy -bitexact {{out.mkv}}", "out.mkv"), want: job.Succeeded},
		{name: "/v1 transcode", weight: 12, api: job.Transcodes, body: transcode, want: job.Succeeded},
		{name: "input answers 503 first", weight: 6, api: job.FFmpeg, body: flaky, want: job.Succeeded, like: "encode"},
		{name: "bad filter", weight: 6, api: job.FFmpeg, body: clip("-i {{in.mp4}} -vf crop=9999:9999 {{out.mp4}}", "out.mp4"), want: job.Failed, code: job.FFmpegFailed},
		{name: "input is missing", weight: 5, api: job.FFmpeg, want: job.Failed, code: job.InputUnreachable,
			body: func(s *source, _ int) object { return commands(s.url+"/gone.mp4", encode, "out.mp4") }},
		{name: "cancelled at once", weight: 4, api: job.FFmpeg, body: clip("-re -i {{in.mp4}} -c copy {{out.mkv}}", "out.mkv"), want: job.Cancelled, cancel: atOnce},
		{name: "/v1 cancelled at once", weight: 3, api: job.Transcodes, body: transcode, want: job.Cancelled, cancel: atOnce},
		{name: "cancelled while running", weight: 4, api: job.FFmpeg, want: job.Cancelled, cancel: whileRunning,
			body: func(*source, int) object {
				return commands("", "-re -f lavfi -i sine=duration=600 {{out.wav}}", "out.wav")
			}},
	}
}

// commands is a create body of the ffmpeg API.
func commands(input, line, out string) object {
	inputs := object{}
	if input != "" {
		inputs["in.mp4"] = input
	}
	return object{"input_files": inputs, "ffmpeg_commands": []string{line}, "output_files": []string{out}}
}

// task is one job that is to be created.
type task struct {
	kind
	n       int
	owner   owner
	key     string // Idempotency-Key; empty: it is asked for once, whatever comes of it
	webhook bool
	wait    bool // ?wait=true
	copies  int  // identical requests at the same time
}

// request is the task's create, as it is sent.
func (t task) request(w *world) (path string, body object) {
	body = t.body(w.source, t.n)
	if t.webhook {
		body["webhook_url"] = w.receiver.url + "/" + t.owner.name
	}
	switch {
	case t.api == job.Transcodes:
		return "/v1/transcodes", body
	case t.wait:
		return "/api/ffmpeg?wait=true", body
	}
	return "/api/ffmpeg", body
}

// path is where the job is shown.
func (t task) path(id string) string {
	if t.api == job.Transcodes {
		return "/v1/transcodes/" + id
	}
	return "/api/jobs/" + id
}

// plan draws n tasks.
func plan(r *rand.Rand, n int, owners []owner) []task {
	all := kinds()
	total := 0
	for _, k := range all {
		total += k.weight
	}
	tasks := make([]task, n)
	for i := range tasks {
		at := r.IntN(total)
		for _, k := range all {
			if at -= k.weight; at < 0 {
				tasks[i] = draw(r, k, i, owners)
				break
			}
		}
	}
	return tasks
}

func draw(r *rand.Rand, k kind, n int, owners []owner) task {
	t := task{kind: k, n: n, owner: owners[r.IntN(len(owners))], copies: 1}
	chance := func(percent int) bool { return r.IntN(100) < percent }
	t.webhook = k.api == job.FFmpeg && chance(35)
	t.wait = k.api == job.FFmpeg && k.cancel == never && chance(12)
	if t.wait || chance(85) {
		t.key = fmt.Sprintf("key-%d", n)
		if chance(15) {
			t.copies = 3
		}
	}
	return t
}
