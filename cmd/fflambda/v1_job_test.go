package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// user is metadata that no JSON library would write back as it came.
const user = "{ \"z\": 1.50,  \"a\": \"<b>&\\u00e9é\\/\", \"a\": 1e2 }"

// realTime is a create body for a job that copies a clip in real time, for a minute.
func realTime(url string) string {
	return `{"inputs":[{"url":"` + url + `","options":[{"option":"-re"},{"option":"-stream_loop","argument":"-1"}]}],"outputFormat":"MP4",` +
		`"options":[{"option":"-c","argument":"copy"},{"option":"-t","argument":"60"}],"metadata":` + user + `}`
}

// TestJobAnswers pins every field of a job in each of its states, as a client reads them.
func TestJobAnswers(t *testing.T) {
	t.Parallel()
	requireFFmpeg(t)
	s := start(t, options{args: []string{"--workers", "1"}})
	source := s.upload(t, alice, clip(t), "video/mp4")
	create := func(body string) string {
		a := s.do(t, alice, "POST", "/v1/transcodes", body)
		if a.status != 201 || a.header.Get("Location") != "/v1/transcodes/"+a.text("id") {
			t.Fatalf("%d %v %s", a.status, a.header, a.body)
		}
		return a.header.Get("Location")
	}
	pin(t, "job-created", s.do(t, alice, "POST", "/v1/transcodes", `{"inputs":[{"url":"`+source+`"}],"outputFormat":"Mp4",`+
		`"preset":{"quality":"low","resolution":"480p"},"options":[{"option":"-c","argument":"copy"},{"option":"-sn","argument":null}],"metadata":`+user+`}`), 201)
	done, _ := s.wait(t, alice, s.only(t, alice))
	pin(t, "job-completed", done, 200)

	still := s.upload(t, alice, media(t, "still.png", "-f", "lavfi", "-i", "color=size=64x36", "-frames:v", "1"), "image/png")
	failed, _ := s.wait(t, alice, create(`{"inputs":[{"url":"`+still+`"}],"outputFormat":"mp3","preset":{"quality":"high"}}`))
	pin(t, "job-failed", failed, 200)

	running := create(realTime(source))
	waiting := create(`{"inputs":[{"url":"` + source + `"},{"url":"https://example.com/dir/b%20c.webm?sig=secret"}],"outputFormat":"gif","preset":{},"filters":[{"filter":"[0:v]null"}]}`)
	pin(t, "job-queued", s.do(t, alice, "GET", waiting, nil), 200)
	pin(t, "job-queued-hidden", s.do(t, alice, "GET", waiting, nil, "User-Agent", "OpenAPI-Generator/0.1.1/python"), 200)
	pin(t, "job-canceled", s.do(t, alice, "PATCH", waiting+"/cancel", nil), 200)

	pin(t, "job-processing", s.grows(t, running), 200)
	pin(t, "job-canceled-running", s.do(t, alice, "PATCH", running+"/cancel", "any rubbish", "Content-Type", "text/plain"), 200)
	if again := s.do(t, alice, "GET", running, nil); again.text("status") != "canceled" {
		t.Errorf("after the cancel: %s", again.body)
	}
}

// only is the path of the owner's newest transcode.
func (s *server) only(t *testing.T, key string) string {
	t.Helper()
	items, _ := s.do(t, key, "GET", "/v1/transcodes?limit=1", nil).field("items").([]any)
	if len(items) != 1 {
		t.Fatal("there is no job")
	}
	first, _ := items[0].(map[string]any)
	return fmt.Sprint("/v1/transcodes/", first["id"])
}

// grows polls a job from its wait in the queue until it has shown two percentages, and returns the last answer. Progress
// only grows, and updated_at moves with the status and with nothing else.
func (s *server) grows(t *testing.T, path string) answer {
	t.Helper()
	var last answer
	var percent float64
	moved := map[string]string{} // updated_at by status
	shown := 0
	until(t, func() bool {
		last = s.do(t, alice, "GET", path, nil)
		status, updated := last.text("status"), last.text("updated_at")
		if was, ok := moved[status]; ok && was != updated {
			t.Errorf("updated_at moved from %s to %s while %s", was, updated, status)
		}
		moved[status] = updated
		now, ok := last.field("progress").(float64)
		switch {
		case !ok && (shown > 0 || last.field("progress") != nil), now < percent:
			t.Errorf("progress is %v after %v", last.field("progress"), percent)
		case now > percent:
			shown++
		}
		percent = now
		return shown == 2 || status == "completed" || status == "failed"
	})
	if queued, processing := moved["queued"], moved["processing"]; queued >= processing && queued != "" {
		t.Errorf("updated_at was %s when queued, and is %s", queued, processing)
	}
	return last
}

// TestFailedJobs: what cannot be seen in the body fails the job, which is read with 200 all the same.
func TestFailedJobs(t *testing.T) {
	t.Parallel()
	s := common(t)
	silent := s.upload(t, alice, media(t, "silent.mp4", "-f", "lavfi", "-i", "color=size=64x36:duration=0.2"), "video/mp4")
	sound := s.upload(t, alice, media(t, "tone.wav", "-f", "lavfi", "-i", "sine=duration=0.2"), "audio/wav")
	garbage := s.upload(t, alice, save(t, "no.mp4", answer{body: []byte("no media at all")}), "video/mp4")
	status := func(code int) string {
		return serveHTTP(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) })
	}
	page := serveHTTP(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("<!DOCTYPE html><html>Sign in</html>"))
	})
	nothing := serveHTTP(t, func(http.ResponseWriter, *http.Request) {})
	const notMedia = "inputs[0] is not a video, audio, image or subtitle file that ffmpeg can read. Check that it is complete and really the file that was meant."
	for name, c := range map[string]struct {
		url, format             string
		options                 []object
		code, category, message string // HOST stands for the host of the URL
	}{
		"HTTP 404":       {url: status(404), code: "input_unreachable", category: "upload", message: "inputs[0]: HOST answered 404 Not Found: check the URL"},
		"HTTP 403":       {url: status(403), code: "input_forbidden", category: "upload", message: "inputs[0]: HOST answered 403 Forbidden: the URL has to be readable by everybody, or presigned and not yet expired"},
		"no such host":   {url: "https://does-not-exist.invalid/a.mp4", code: "input_unreachable", category: "upload", message: "inputs[0]: HOST does not exist: its name has no address; check the spelling"},
		"a private host": {url: "http://10.1.2.3/a.mp4", code: "input_forbidden", category: "upload", message: "inputs[0]: HOST leads to a private or special address"},
		"an HTML page":   {url: page, code: "input_not_media", category: "validation", message: "inputs[0]: HOST sent an HTML page instead of a media file: give the address of the file itself"},
		"an empty file":  {url: nothing, code: "input_not_media", category: "validation", message: "inputs[0]: the file at HOST is empty"},
		"garbage":        {url: garbage, code: "input_not_media", category: "validation", message: notMedia},
		"not uploaded":   {url: "gs://fflambda/uploads/alice/1767323045678-00000000-never.mp4", code: "input_unreachable", category: "upload", message: "inputs[0]: gs://fflambda has no such file: it was not uploaded, or its retention is over"},
		"no audio":       {url: silent, format: "mp3", code: "input_not_media", category: "validation", message: "The input has no audio, so no mp3 can be made of it."},
		"no video":       {url: sound, format: "gif", code: "input_not_media", category: "validation", message: "The input has no video or image, so no gif can be made of it."},
		"ffmpeg refuses": {url: silent, options: []object{{"option": "-vf", "argument": "crop=6400:3600"}}, code: "ffmpeg_failed", category: "processing", message: ": [Parsed_crop_0] "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.format == "" {
				c.format = "mp4"
			}
			done := s.transcode(t, object{"inputs": []object{{"url": c.url}}, "outputFormat": c.format, "options": c.options})
			got := strings.ReplaceAll(done.text("error_message"), strings.TrimSuffix(strings.TrimSuffix(c.url, "/file"), "/a.mp4"), "HOST")
			if done.text("status") != "failed" || done.text("error_code") != c.code || done.text("error_category") != c.category || !strings.Contains(got, c.message) {
				t.Errorf("%s", done.body)
			}
			for field, want := range map[string]any{"output_url": nil, "completed_at": nil} {
				if got := done.field(field); got != want {
					t.Errorf("%s is %v", field, got)
				}
			}
			if outputs, _ := done.field("outputs").([]any); len(outputs) != 0 || done.text("started_at") == "" {
				t.Errorf("%s", done.body)
			}
			a := s.do(t, alice, "GET", "/v1/transcodes/"+done.text("id")+"/download", nil)
			if string(a.body) != `{"error":"Transcode not completed"}` || a.status != 400 {
				t.Errorf("download: %d %s", a.status, a.body)
			}
		})
	}
}

// TestFractions: billable_minutes is written with four decimals, whatever they are, and counts the inputs after their trims.
func TestFractions(t *testing.T) {
	t.Parallel()
	s := common(t)
	source := s.upload(t, alice, media(t, "tone.wav", "-f", "lavfi", "-i", "sine=duration=3:sample_rate=8000"), "audio/wav")
	done := s.transcode(t, object{"outputFormat": "wav", "inputs": []object{{"url": source, "options": []object{{"option": "-ss", "argument": "1"}}}}})
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(done.body, &raw); err != nil {
		t.Fatal(err)
	}
	if got := string(raw["billable_minutes"]) + " " + string(raw["duration_seconds"]); got != "0.0333 2" {
		t.Errorf("billable_minutes and duration_seconds are %s", got)
	}
	created, _ := time.Parse(time.RFC3339, done.text("created_at"))
	ended, _ := time.Parse(time.RFC3339, done.text("completed_at"))
	if took, ok := done.field("processing_time_seconds").(float64); !ok || took <= 0 || took > ended.Sub(created).Seconds()+0.002 {
		t.Errorf("processing_time_seconds: %s", done.body)
	}
}
