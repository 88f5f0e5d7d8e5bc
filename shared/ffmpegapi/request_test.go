package ffmpegapi_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fflambda/fflambda/shared/ffmpegapi"
	"github.com/fflambda/fflambda/shared/job"
)

// body is a good create body with some members replaced; a value of "" leaves the member out.
func body(replaced ...string) []byte {
	members := map[string]string{
		"input_files":     `{"input":"https://example.com/a.mp4?sig=1"}`,
		"output_files":    `["output.mp4"]`,
		"ffmpeg_commands": `["-i {{input}} -t 5 {{output.mp4}}"]`,
	}
	for i := 0; i < len(replaced); i += 2 {
		members[replaced[i]] = replaced[i+1]
	}
	var parts []string
	for name, value := range members {
		if value != "" {
			parts = append(parts, fmt.Sprintf("%q:%s", name, value))
		}
	}
	return []byte("{" + strings.Join(parts, ",") + "}")
}

func list(n int, format string) string {
	words := make([]string, n)
	for i := range words {
		words[i] = fmt.Sprintf(format, i)
	}
	return strings.Join(words, ",")
}

func TestParseCreate(t *testing.T) {
	t.Parallel()
	r, err := ffmpegapi.ParseCreate([]byte(`{
		"input_files": {"z.mp4": "gs://bucket/uploads/me/a", "a": "http://10.0.0.1:8080/x y?q=1#f", "m": "S3://bucket/k"},
		"output_files": ["out.mp4", "frame_%03d.png", "seg*.ts"],
		"ffmpeg_commands": ["ffmpeg -i {{ z.mp4 }} tmp.mp4", "-i tmp.mp4 <<out.mp4>>"],
		"webhook_url": "https://example.com/hook?a=b&c=d", "machine": "cpu", "timeout_seconds": 60.0,
		"other": [1, {"deep": null}], "Machine": 1
	}`))
	if err != nil {
		t.Fatal(err)
	}
	want := ffmpegapi.Request{
		Inputs: []job.Input{
			{Name: "z.mp4", URL: "gs://bucket/uploads/me/a"}, {Name: "a", URL: "http://10.0.0.1:8080/x y?q=1#f"}, {Name: "m", URL: "S3://bucket/k"},
		},
		Commands: job.Commands{
			Lines:   []string{"ffmpeg -i {{ z.mp4 }} tmp.mp4", "-i tmp.mp4 <<out.mp4>>"},
			Outputs: []string{"out.mp4", "frame_%03d.png", "seg*.ts"},
		},
		WebhookURL: "https://example.com/hook?a=b&c=d",
		Machine:    "cpu",
		Timeout:    time.Minute,
		Args:       [][]string{{"-i", "inputs/z.mp4", "tmp.mp4"}, {"-i", "tmp.mp4", "outputs/out.mp4"}},
	}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}

	now := time.Date(2026, 11, 22, 8, 0, 0, 123456789, time.FixedZone("", 3600))
	at := time.Date(2026, 11, 22, 7, 0, 0, 123000000, time.UTC)
	j := r.Job("id", "alice", now, time.Hour)
	wantJob := job.Job{
		ID: "id", Owner: "alice", API: job.FFmpeg, State: job.Pending, CreatedAt: at, UpdatedAt: at,
		Inputs: want.Inputs, Commands: &want.Commands, WebhookURL: want.WebhookURL, Machine: "cpu", Timeout: time.Minute,
	}
	if diff := cmp.Diff(wantJob, j); diff != "" {
		t.Errorf("Job (-want +got):\n%s", diff)
	}
	r.Timeout = 0
	if got := r.Job("id", "alice", now, time.Hour).Timeout; got != time.Hour {
		t.Errorf("timeout %v, want the default of an hour", got)
	}
}

func TestParseCreateTakes(t *testing.T) {
	t.Parallel()
	lavfi := `["-f lavfi -i testsrc {{output.mp4}}"]`
	for name, b := range map[string][]byte{
		"as documented":       body(),
		"one command":         body("ffmpeg_commands", "", "ffmpeg_command", `"-i {{input}} {{output.mp4}}"`),
		"one command, null":   body("ffmpeg_commands", "null", "ffmpeg_command", `"-i {{input}} {{output.mp4}}"`),
		"null command":        body("ffmpeg_command", "null"),
		"no inputs":           body("input_files", "{}", "ffmpeg_commands", lavfi),
		"inputs left out":     body("input_files", "", "ffmpeg_commands", lavfi),
		"inputs null":         body("input_files", "null", "ffmpeg_commands", lavfi),
		"nulls":               body("webhook_url", "null", "machine", "null", "timeout_seconds", "null"),
		"timeout 1":           body("timeout_seconds", "1"),
		"timeout 21600":       body("timeout_seconds", "2.16e4"),
		"100 inputs":          body("input_files", `{"input":"http://a/b",`+list(99, `"i%d":"http://a/b"`)+"}"),
		"100 outputs":         body("output_files", `["output.mp4",`+list(99, `"o%d"`)+"]"),
		"10 commands":         body("ffmpeg_commands", "["+list(10, `"-i {{input}} t%d.mp4"`)+"]"),
		"32 KiB of commands":  body("ffmpeg_commands", `["-i {{input}} -metadata a=`+strings.Repeat("x", 32<<10-43)+` {{output.mp4}}"]`),
		"twice, last counts":  []byte(`{"output_files":3,` + string(body()[1:])),
		"blanks around":       []byte("\r\n\t " + string(body()) + " \n"),
		"escaped as in JSON":  body("input_files", `{"\u0069nput":"https:\/\/example.com\/a"}`),
		"deep unknown member": body("x", strings.Repeat("[", 9000)+strings.Repeat("]", 9000)),
	} {
		if _, err := ffmpegapi.ParseCreate(b); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestParseCreateRefuses(t *testing.T) {
	t.Parallel()
	const validation, bad = "validationError", "badRequest"
	tests := []struct {
		name string
		body []byte
		code string
		want string // part of the message
	}{
		{"no body", nil, validation, "output_files: must be an array of 1 to 100 strings"},
		{"blank body", []byte(" \n"), validation, "output_files"},
		{"empty object", []byte("{}"), validation, "output_files"},
		{"empty array", []byte("[ ]"), validation, "output_files"},
		{"array", []byte("[{}]"), validation, "body: must be a JSON object"},
		{"text", []byte(`"x"`), validation, "body: must be a JSON object"},
		{"null", []byte("null"), validation, "body: must be a JSON object"},
		{"half", body()[:30], validation, "body: is not valid JSON"},
		{"trailing garbage", append(body(), "{}"...), validation, "body: is not valid JSON"},
		{"form", []byte("a=b&c=d"), validation, "body: is not valid JSON"},
		{"bad UTF-8", body("x", "\"\xff\""), validation, "body: must be UTF-8"},
		{"NUL", []byte{0}, validation, "body: is not valid JSON"},
		{"deep nesting", body("x", strings.Repeat("[", 20000)+strings.Repeat("]", 20000)), validation, "body: is not valid JSON"},
		{"huge number", body("timeout_seconds", "1e999"), validation, "timeout_seconds"},

		{"inputs array", body("input_files", `[]`), validation, "input_files: must be an object"},
		{"inputs text", body("input_files", `"http://a/b"`), validation, "input_files: must be an object"},
		{"inputs number", body("input_files", `1`), validation, "input_files: must be an object"},
		{"101 inputs", body("input_files", "{"+list(101, `"i%d":"http://a/b"`)+"}"), validation, "at most 100"},
		{"input value", body("input_files", `{"input":1}`), validation, "input_files.input: must be a string"},
		{"input null", body("input_files", `{"input":null}`), validation, "input_files.input: must be a string"},
		{"input object", body("input_files", `{"input":{"url":"http://a/b"}}`), validation, "input_files.input: must be a string"},
		{"input twice", body("input_files", `{"input":"http://a/b","input":"http://a/c"}`), validation, "input_files.input: this name is there twice"},
		{"input name", body("input_files", `{"a/b":"http://a/b"}`), validation, `"a/b" may hold only ASCII letters`},
		{"input name empty", body("input_files", `{"":"http://a/b"}`), validation, "must not be empty"},
		{"input name pattern", body("input_files", `{"a*":"http://a/b"}`), validation, "may hold only"},
		{"input name dots", body("input_files", `{"..":"http://a/b"}`), validation, "must not begin with"},
		{"input scheme ftp", body("input_files", `{"input":"ftp://a/b"}`), validation, "input_files.input: must be an http:// or https:// URL"},
		{"input scheme file", body("input_files", `{"input":"file:///etc/passwd"}`), validation, "input_files.input: must be"},
		{"input path", body("input_files", `{"input":"/etc/passwd"}`), validation, "input_files.input: must be"},
		{"input empty", body("input_files", `{"input":""}`), validation, "input_files.input: must be"},
		{"input no host", body("input_files", `{"input":"http:///a"}`), validation, "input_files.input: must be"},
		{"input no key", body("input_files", `{"input":"s3://bucket"}`), validation, "input_files.input: must be"},
		{"input line end", body("input_files", `{"input":"gs://bucket/a\r\nb"}`), validation, "input_files.input: must be"},
		{"input too long", body("input_files", `{"input":"http://a/`+strings.Repeat("a", 8192)+`"}`), validation, "at most 8192 bytes"},

		{"no outputs", body("output_files", ""), validation, "output_files: must be an array of 1 to 100 strings"},
		{"0 outputs", body("output_files", "[]"), validation, "output_files: must be"},
		{"101 outputs", body("output_files", "["+list(101, `"o%d"`)+"]"), validation, "output_files: must be"},
		{"outputs object", body("output_files", `{"a":"b"}`), validation, "output_files: must be"},
		{"outputs text", body("output_files", `"output.mp4"`), validation, "output_files: must be"},
		{"output number", body("output_files", `["output.mp4",1]`), validation, "output_files[1]: must be a string"},
		{"output null", body("output_files", `[null]`), validation, "output_files[0]: must be a string"},
		{"output name", body("output_files", `["out put.mp4"]`), validation, `output_files[0]: the name "out put.mp4" may hold only`},
		{"output folder", body("output_files", `["a/b.mp4"]`), validation, "output_files[0]"},
		{"output hidden", body("output_files", `[".a"]`), validation, "must not begin with"},
		{"output too long", body("output_files", `["`+strings.Repeat("a", 129)+`"]`), validation, "at most 128"},
		{"output twice", body("output_files", `["a","output.mp4","a"]`), validation, `output_files[2]: "a" is there twice`},
		{"output is input", body("output_files", `["output.mp4","input"]`), validation, `output_files[1]: "input" is the name of an input`},

		{"no commands", body("ffmpeg_commands", ""), validation, "ffmpeg_commands: must be an array of 1 to 10 strings"},
		{"0 commands", body("ffmpeg_commands", "[]"), validation, "ffmpeg_commands: must be"},
		{"11 commands", body("ffmpeg_commands", "["+list(11, `"-i {{input}} t%d.mp4"`)+"]"), validation, "ffmpeg_commands: must be"},
		{"commands text", body("ffmpeg_commands", `"-i a b"`), validation, "ffmpeg_commands: must be"},
		{"command number", body("ffmpeg_commands", `[1]`), validation, "ffmpeg_commands[0]: must be a string"},
		{"command array", body("ffmpeg_commands", `[["-i"]]`), validation, "ffmpeg_commands[0]: must be a string"},
		{"one command array", body("ffmpeg_commands", "", "ffmpeg_command", `["-i a b"]`), validation, "ffmpeg_command: must be a string"},
		{"both", body("ffmpeg_command", `"-i {{input}} a.mp4"`), validation, "ffmpeg_command: give either"},
		{"over 32 KiB", body("ffmpeg_commands", `["-i {{input}} `+strings.Repeat("x", 32<<10)+`"]`), validation, "at most 32768 bytes"},

		{"empty command", body("ffmpeg_commands", `["-i {{input}} a.mp4"," "]`), bad, `ffmpeg_commands[1]: " " is an empty command`},
		{"placeholder", body("ffmpeg_commands", `["-i {{inptu}} {{output.mp4}}"]`), bad, `ffmpeg_commands[0]: "{{inptu}}" names no file of this job; did you mean {{input}}? Known names: input, output.mp4`},
		{"quote", body("ffmpeg_commands", `["-i 'a"]`), bad, "never closed"},
		{"absolute path", body("ffmpeg_commands", `["-i /etc/passwd {{output.mp4}}"]`), bad, `ffmpeg_commands[0]: "/etc/passwd" holds an absolute path; use`},
		{"URL", body("ffmpeg_commands", `["-i https://a/b {{output.mp4}}"]`), bad, "add the URL to input_files"},
		{"NUL in a command", body("ffmpeg_commands", `["-i {{input}} a\u0000.mp4"]`), bad, "NUL"},

		{"webhook", body("webhook_url", `"example.com"`), validation, "webhook_url: must be an http:// or https:// URL"},
		{"webhook scheme", body("webhook_url", `"gs://a/b"`), validation, "webhook_url"},
		{"webhook type", body("webhook_url", `{}`), validation, "webhook_url: must be a string"},
		{"webhook empty", body("webhook_url", `""`), validation, "webhook_url"},
		{"nvidia", body("machine", `"nvidia"`), bad, "machine: no GPU machine is configured"},
		{"machine", body("machine", `"tpu"`), validation, "machine: must be cpu or nvidia"},
		{"machine type", body("machine", `true`), validation, "machine: must be a string"},
		{"timeout 0", body("timeout_seconds", "0"), validation, "timeout_seconds: must be a whole number from 1 to 21600"},
		{"timeout 21601", body("timeout_seconds", "21601"), validation, "timeout_seconds"},
		{"timeout negative", body("timeout_seconds", "-1"), validation, "timeout_seconds"},
		{"timeout fraction", body("timeout_seconds", "1.5"), validation, "timeout_seconds"},
		{"timeout text", body("timeout_seconds", `"60"`), validation, "timeout_seconds"},
		{"timeout bool", body("timeout_seconds", `true`), validation, "timeout_seconds"},
		{"timeout huge", body("timeout_seconds", `99999999999999999999`), validation, "timeout_seconds"},
	}
	for _, test := range tests {
		_, err := ffmpegapi.ParseCreate(test.body)
		var e *ffmpegapi.Error
		if !errors.As(err, &e) {
			t.Errorf("%s: error %v, want an *Error", test.name, err)
			continue
		}
		if e.Status != 400 || e.Code != test.code || !strings.Contains(e.Message, test.want) {
			t.Errorf("%s: %d %s %q, want 400 %s %q", test.name, e.Status, e.Code, e.Message, test.code, test.want)
		}
	}
}

func TestParseCreateKeepsSecrets(t *testing.T) {
	t.Parallel()
	_, err := ffmpegapi.ParseCreate(body("input_files", `{"input":"ftp://user:secret@a/b?sig=secret"}`))
	if err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("error %v, want one without the URL", err)
	}
}

func TestParseCreateTooLarge(t *testing.T) {
	t.Parallel()
	_, err := ffmpegapi.ParseCreate(body("x", `"`+strings.Repeat("x", 1<<20)+`"`))
	var e *ffmpegapi.Error
	if !errors.As(err, &e) || e.Status != 413 || e.Code != "validationError" {
		t.Errorf("error %v, want 413 validationError", err)
	}
}

func FuzzParseCreate(f *testing.F) {
	f.Add(string(body()))
	f.Add(string(body("machine", `"nvidia"`, "timeout_seconds", "6e1", "webhook_url", `"http://a"`)))
	f.Add(`{"input_files":{"a":"s3://b/c","a":null},"output_files":["a*","%d"],"ffmpeg_command":"-i <<a>> {{ %d }}"}`)
	f.Add(`[`)
	f.Add(`[]`)
	f.Add("{\"output_files\":[\"\xff\"]}")
	f.Add(`{"output_files":["a"],"ffmpeg_commands":["-i 'x"],"timeout_seconds":1e400}`)
	f.Fuzz(func(t *testing.T, text string) {
		r, err := ffmpegapi.ParseCreate([]byte(text))
		var e *ffmpegapi.Error
		switch {
		case err == nil:
			if len(r.Args) != len(r.Commands.Lines) || len(r.Commands.Outputs) == 0 || r.Machine == "" {
				t.Errorf("%q: incomplete request %+v", text, r)
			}
			if _, err := json.Marshal(ffmpegapi.Show(r.Job("id", "o", time.Now(), time.Hour), nil)); err != nil {
				t.Errorf("%q: %v", text, err)
			}
		case !errors.As(err, &e) || e.Status < 400 || e.Status > 499 || e.Message == "":
			t.Errorf("%q: error %v is no answer", text, err)
		}
	})
}
