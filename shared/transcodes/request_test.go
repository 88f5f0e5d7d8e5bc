package transcodes

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fflambda/fflambda/shared/command"
	"github.com/fflambda/fflambda/shared/job"
)

// open lets every word through.
var open = Rules{Check: func([]string) error { return nil }}

const gs = `"inputs":[{"url":"gs://media/uploads/alice/1-a.mov"}]`

func TestParseCreate(t *testing.T) {
	t.Parallel()
	input := job.Input{Name: "0.mov", URL: "gs://media/uploads/alice/1-a.mov"}
	tests := []struct {
		name, body string
		want       Request
	}{
		{"least", `{` + gs + `,"outputFormat":"mp4"}`, Request{Inputs: []job.Input{input}, Transcode: job.Transcode{Format: "mp4"}}},
		{"format in any case", `{` + gs + `,"outputFormat":"WebM"}`, Request{Inputs: []job.Input{input}, Transcode: job.Transcode{Format: "WebM"}}},
		{
			"unknown fields and null ones",
			`{"webhook":{"a":1},` + gs + `,"outputFormat":"mp4","preset":null,"options":null,"filters":null,"metadata":null}`,
			Request{Inputs: []job.Input{input}, Transcode: job.Transcode{Format: "mp4"}},
		},
		{
			"the last of two fields counts", `{"outputFormat":"nope",` + gs + `,"outputFormat":"mp3"}`,
			Request{Inputs: []job.Input{input}, Transcode: job.Transcode{Format: "mp3"}},
		},
		{
			"empty preset", `{` + gs + `,"outputFormat":"mp4","preset":{}}`,
			Request{Inputs: []job.Input{input}, Transcode: job.Transcode{Format: "mp4", HasPreset: true}},
		},
		{
			"preset", `{` + gs + `,"outputFormat":"mp4","preset":{"quality":"high","resolution":"4k"}}`,
			Request{Inputs: []job.Input{input}, Transcode: job.Transcode{Format: "mp4", HasPreset: true, Quality: "high", Resolution: "4k"}},
		},
		{
			"preset together with options", `{` + gs + `,"outputFormat":"mp4","preset":{"quality":"low"},"options":[{"option":"-an"}]}`,
			Request{Inputs: []job.Input{input}, Transcode: job.Transcode{
				Format: "mp4", HasPreset: true, Quality: "low", Options: []job.Option{{Option: "-an"}},
			}},
		},
		{
			"a preset that is switched off cannot be wrong",
			`{` + gs + `,"outputFormat":"mp4","preset":{"quality":"ultra"},"options":[{"option":"-an"}]}`,
			Request{Inputs: []job.Input{input}, Transcode: job.Transcode{Format: "mp4", Options: []job.Option{{Option: "-an"}}}},
		},
		{
			"empty options leave the preset on", `{` + gs + `,"outputFormat":"mp4","preset":{"quality":"low"},"options":[]}`,
			Request{Inputs: []job.Input{input}, Transcode: job.Transcode{Format: "mp4", HasPreset: true, Quality: "low"}},
		},
		{
			"options in order; flags; numbers and booleans",
			`{` + gs + `,"outputFormat":"mp4","options":[{"option":"-crf","argument":23},{"option":"-an","argument":""},` +
				`{"option":"-sn","argument":null},{"option":"-b:v","argument":1.50},{"option":"-aq-mode","argument":true},{"option":"-map","argument":"-0:d"}]}`,
			Request{Inputs: []job.Input{input}, Transcode: job.Transcode{Format: "mp4", Options: []job.Option{
				{Option: "-crf", Argument: "23"}, {Option: "-an"},
				{Option: "-sn"}, {Option: "-b:v", Argument: "1.50"}, {Option: "-aq-mode", Argument: "true"}, {Option: "-map", Argument: "-0:d"},
			}}},
		},
		{
			"inputs of every kind, with options",
			`{"inputs":[{"url":"https://h.example/a.MP4?sig=1","options":[{"option":"-ss","argument":5}]},{"url":"s3://b/k"},{"url":"HTTP://h/x.thisistoolong1"}],"outputFormat":"mp4"}`,
			Request{Inputs: []job.Input{
				{Name: "0.mp4", URL: "https://h.example/a.MP4?sig=1", Options: []job.Option{{Option: "-ss", Argument: "5"}}},
				{Name: "1", URL: "s3://b/k"},
				{Name: "2.thisistool", URL: "HTTP://h/x.thisistoolong1"},
			}, Transcode: job.Transcode{Format: "mp4"}},
		},
		{
			"filters", `{` + gs + `,"outputFormat":"mp4","filters":[{"filter":"[0:v]hflip[v]"},{"filter":"[0:a]anull[a]"}]}`,
			Request{Inputs: []job.Input{input}, Transcode: job.Transcode{Format: "mp4", Filters: []string{"[0:v]hflip[v]", "[0:a]anull[a]"}}},
		},
		{
			"metadata byte for byte", `{` + gs + `,"outputFormat":"mp4","metadata": {"b": 1.0,` + "\n" + `  "a" : "<é\u00e9>"} }`,
			Request{
				Inputs: []job.Input{input}, Transcode: job.Transcode{Format: "mp4"},
				Metadata: `{"b": 1.0,` + "\n" + `  "a" : "<é\u00e9>"}`,
			},
		},
		{
			"WebM with its own codecs", `{` + gs + `,"outputFormat":"webm","options":[{"option":"-c:v","argument":"libvpx-vp9"},{"option":"-b:a","argument":"aac"}]}`,
			Request{Inputs: []job.Input{input}, Transcode: job.Transcode{Format: "webm", Options: []job.Option{
				{Option: "-c:v", Argument: "libvpx-vp9"}, {Option: "-b:a", Argument: "aac"},
			}}},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := ParseCreate([]byte(test.body), open)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(test.want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestParseCreateTakesEveryFormat(t *testing.T) {
	t.Parallel()
	for _, f := range strings.Fields("mp4 webm mov avi mkv mp3 m4a aac wav ogg opus flac jpg jpeg png gif webp MP4 Jpg") {
		if _, err := ParseCreate([]byte(`{`+gs+`,"outputFormat":"`+f+`"}`), open); err != nil {
			t.Errorf("%s: %v", f, err)
		}
	}
}

// manyInputs is the inputs member with n of them.
func manyInputs(n int) string {
	return `"inputs":[` + strings.TrimSuffix(strings.Repeat(`{"url":"https://h/a"},`, n), ",") + `]`
}

func TestParseCreateRefuses(t *testing.T) {
	t.Parallel()
	const (
		inputs  = `inputs must be an array of 1 to 10 objects {"url": "…"}`
		formats = "Use one of: mp4, webm, mov, avi, mkv, mp3, m4a, aac, wav, ogg, opus, flac, jpg, jpeg, png, gif, webp"
		webm    = "It takes VP8, VP9 or AV1 video (libvpx, libvpx-vp9, libaom-av1, libsvtav1) and Vorbis or Opus audio (libvorbis, libopus)"
		object  = "Request body must be a JSON object"
	)
	with := func(more string) string { return `{` + gs + `,"outputFormat":"mp4",` + more + `}` }
	option := func(o string) string { return with(`"options":[` + o + `]`) }
	url := func(u string) string { return `{"inputs":[{"url":` + u + `}],"outputFormat":"mp4"}` }
	tests := []struct{ body, want string }{
		{"", "Request body is empty. Send a JSON object."},
		{" \n", "Request body is empty. Send a JSON object."},
		{`{"inputs":`, "Request body is not valid JSON"},
		{`{}x`, "Request body is not valid JSON"},
		{`{} {}`, "Request body is not valid JSON"},
		{strings.Repeat(`{"a":`, 20000) + "1" + strings.Repeat("}", 20000), "Request body is not valid JSON"},
		{"{\"a\":\"\xff\"}", "Request body is not valid UTF-8"},
		{`[]`, object},
		{`"x"`, object},
		{`null`, object},
		{`12`, object},

		{`{"outputFormat":"mp4"}`, inputs},
		{`{"Inputs":[{"url":"https://h/a"}],"outputFormat":"mp4"}`, inputs},
		{`{"inputs":null,"outputFormat":"mp4"}`, inputs},
		{`{"inputs":{},"outputFormat":"mp4"}`, inputs},
		{`{"inputs":"https://h/a","outputFormat":"mp4"}`, inputs},
		{`{"inputs":[],"outputFormat":"mp4"}`, inputs},
		{`{` + manyInputs(11) + `,"outputFormat":"mp4"}`, inputs},
		{`{"inputs":["https://h/a"],"outputFormat":"mp4"}`, `inputs[0] must be an object {"url": "…"}`},
		{`{"inputs":[{}],"outputFormat":"mp4"}`, "inputs[0].url is required and must be a string"},
		{url(`1`), "inputs[0].url is required and must be a string"},
		{url(`""`), "inputs[0].url must start with gs://, s3://, http:// or https://"},
		{url(`"ftp://h/a"`), "inputs[0].url must start with gs://, s3://, http:// or https://"},
		{url(`"file:///etc/passwd"`), "inputs[0].url must start with gs://, s3://, http:// or https://"},
		{url(`"/etc/passwd"`), "inputs[0].url must start with gs://, s3://, http:// or https://"},
		{url(`"gs://bucket"`), "inputs[0].url must name a bucket and a key: gs://bucket/key"},
		{url(`"S3://bucket/"`), "inputs[0].url must name a bucket and a key: s3://bucket/key"},
		{url(`"https:///a"`), "inputs[0].url has no host"},
		{url(`"https:a"`), "inputs[0].url has no host"},
		{url(`"https://[::1/a"`), "inputs[0].url is not a valid URL"},
		{url(`"gs://b/a\u0000"`), "inputs[0].url must not contain control characters"},
		{url(`"https://h/a\r\nX: y"`), "inputs[0].url must not contain control characters"},
		{url(`"https://h/` + strings.Repeat("a", 8192) + `"`), "inputs[0].url must be at most 8192 bytes long"},
		{
			`{"inputs":[{"url":"https://h/a"},{"url":"https://h/b","options":[{"option":"-an"},{"option":5}]}],"outputFormat":"mp4"}`,
			"inputs[1].options[1].option is required and must be a string",
		},

		{`{` + gs + `}`, "outputFormat is required. " + formats},
		{`{` + gs + `,"outputformat":"mp4"}`, "outputFormat is required. " + formats},
		{`{` + gs + `,"output_format":"mp4"}`, "outputFormat is required. " + formats},
		{`{` + gs + `,"outputFormat":["mp4"]}`, "outputFormat is required. " + formats},
		{`{` + gs + `,"outputFormat":"exe"}`, `outputFormat "exe" is not supported. ` + formats},
		{`{` + gs + `,"outputFormat":"mp4, webm"}`, `outputFormat "mp4, webm" is not supported. ` + formats},

		{with(`"preset":"high"`), `preset must be an object {"quality": "…", "resolution": "…"}`},
		{with(`"preset":{"quality":"ultra"}`), "preset.quality must be one of: high, medium, low"},
		{with(`"preset":{"quality":18}`), "preset.quality must be one of: high, medium, low"},
		{with(`"preset":{"resolution":"8k"}`), "preset.resolution must be one of: 480p, 720p, 1080p, 4k"},

		{with(`"options":{}`), `options must be an array of objects {"option": "-name", "argument": "…"}`},
		{with(`"options":"-an"`), `options must be an array of objects {"option": "-name", "argument": "…"}`},
		{option(`"-an"`), `options[0] must be an object {"option": "-name", "argument": "…"}`},
		{option(`{"argument":"1"}`), "options[0].option is required and must be a string"},
		{option(`{"option":"crf","argument":"1"}`), `options[0].option "crf" must start with one dash: write "-crf"`},
		{option(`{"option":"out.mp4"}`), `options[0].option "out.mp4" must be the name of an ffmpeg option and start with "-", such as "-crf"`},
		{option(`{"option":"-"}`), `options[0].option "-" must be the name of an ffmpeg option and start with "-", such as "-crf"`},
		{option(`{"option":"-/vf","argument":"x"}`), `options[0].option "-/vf" must be the name of an ffmpeg option and start with "-", such as "-crf"`},
		{option(`{"option":"--help"}`), `options[0].option "--help" must be the name of an ffmpeg option and start with "-", such as "-crf"`},
		{option(`{"option":"-a\u0000"}`), `options[0].option "-a\x00" must be the name of an ffmpeg option and start with "-", such as "-crf"`},
		{option(`{"option":""}`), `options[0].option "" must be the name of an ffmpeg option and start with "-", such as "-crf"`},
		{option(`{"option":"-c:v libx264"}`), `options[0].option "-c:v libx264" must be one word; what follows it belongs in argument`},
		{option(`{"option":"-i","argument":"x"}`), `options[0].option "-i" is refused: source files go into inputs`},
		{option(`{"option":"-n"}`), `options[0].option "-n" is refused: the server names the output file, so there is nothing that could be overwritten`},
		{option(`{"option":"-progress","argument":"x"}`), `options[0].option "-progress" is refused: the server reads the progress itself; it is in the job's progress field`},
		{option(`{"option":"@quote-card","argument":{}}`), `options[0].option: "@quote-card" is not a virtual option; there is @text-overlay`},
		{option(`{"option":"-vf","argument":{}}`), "options[0].argument must be a string; leave it out for a flag"},
		{option(`{"option":"-vf","argument":["x"]}`), "options[0].argument must be a string; leave it out for a flag"},
		{option(`{"option":"-vf","argument":"a\u0000b"}`), "options[0].argument must not contain a NUL character"},
		{option(`{"option":"-vf","argument":"` + strings.Repeat("a", 65537) + `"}`), "options[0].argument must be at most 65536 bytes long"},
		{option(`{"option":"-an","argument":"out.mp4"}`), "options[0]: -an takes no argument; leave argument out"},
		{option(`{"option":"-noautoscale","argument":0}`), "options[0]: -noautoscale takes no argument; leave argument out"},

		{with(`"filters":"hflip"`), `filters must be an array of objects {"filter": "…"}`},
		{with(`"filters":["hflip"]`), `filters[0] must be an object {"filter": "…"} with a filter graph in it`},
		{with(`"filters":[{"filter":"hflip"},{"filter":" "}]`), `filters[1] must be an object {"filter": "…"} with a filter graph in it`},
		{with(`"filters":[{"filter":"a\u0000"}]`), "filters[0].filter must not contain a NUL character"},
		{with(`"filters":[{"filter":"` + strings.Repeat("a", 65536) + `"}]`), "filters must be at most 65536 bytes long together"},

		{with(`"metadata":[]`), "metadata must be a JSON object"},
		{with(`"metadata":"x"`), "metadata must be a JSON object"},
		{with(`"metadata":{"a":"` + strings.Repeat("x", 8185) + `"}`), "metadata must be at most 8192 bytes as JSON; it is 8193"},

		{`{` + gs + `,"outputFormat":"WEBM","options":[{"option":"-c:v","argument":"libx264"}]}`, "options[0]: WebM does not take H.264. " + webm},
		{`{` + gs + `,"outputFormat":"webm","options":[{"option":"-an"},{"option":"-vcodec","argument":"h264_nvenc"}]}`, "options[1]: WebM does not take H.264. " + webm},
		{`{` + gs + `,"outputFormat":"webm","options":[{"option":"-codec:a:0","argument":"AAC"}]}`, "options[0]: WebM does not take AAC. " + webm},
		{`{` + gs + `,"outputFormat":"webm","options":[{"option":"-acodec","argument":"libfdk_aac"}]}`, "options[0]: WebM does not take AAC. " + webm},
	}
	for i, test := range tests {
		_, err := ParseCreate([]byte(test.body), open)
		e, ok := errors.AsType[*Error](err)
		if !ok {
			t.Errorf("%d %.200s: error is %v, want an *Error", i, test.body, err)
			continue
		}
		if e.Status != http.StatusBadRequest || e.Message != test.want {
			t.Errorf("%d %.200s:\n got %d %s\nwant 400 %s", i, test.body, e.Status, e.Message, test.want)
		}
	}
}

func TestParseCreateLimits(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{` + manyInputs(10) + `,"outputFormat":"mp4"}`,
		`{` + gs + `,"outputFormat":"mp4","metadata":{"a":"` + strings.Repeat("x", 8184) + `"}}`,
		`{` + gs + `,"outputFormat":"mp4","options":[{"option":"-vf","argument":"` + strings.Repeat("a", 65536) + `"}]}`,
	} {
		if _, err := ParseCreate([]byte(body), open); err != nil {
			t.Errorf("%.60s: %v", body, err)
		}
	}
}

func TestParseCreateAsksTheRules(t *testing.T) {
	t.Parallel()
	body := `{"inputs":[{"url":"https://h/a","options":[{"option":"-f","argument":"mov"}]}],"outputFormat":"mp4",` +
		`"options":[{"option":"-an"},{"option":"-vf","argument":"hflip"}],"filters":[{"filter":"movie=x"}]}`
	var asked [][]string
	_, err := ParseCreate([]byte(body), Rules{Check: func(words []string) error {
		asked = append(asked, words)
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{{"-f", "mov"}, {"-an"}, {"-vf", "hflip"}, {"-filter_complex", "movie=x"}, {"-filter_complex", "movie=x"}}
	if d := cmp.Diff(want, asked); d != "" {
		t.Errorf("words that were checked (-want +got):\n%s", d)
	}
	for word, message := range map[string]string{
		"mov":     "inputs[0].options[0] is refused: no mov",
		"hflip":   "options[1] is refused: no hflip",
		"movie=x": "filters[0] is refused: no movie=x",
	} {
		_, err := ParseCreate([]byte(body), Rules{Check: func(words []string) error {
			if words[len(words)-1] == word {
				return fmt.Errorf("no %s", word)
			}
			return nil
		}})
		if e, ok := errors.AsType[*Error](err); !ok || e.Status != http.StatusBadRequest || e.Message != message {
			t.Errorf("%s: %v, want %s", word, err, message)
		}
	}
	if e, ok := errors.AsType[*Error](func() error { _, err := ParseCreate([]byte(body), Rules{}); return err }()); !ok || e.Status != 500 {
		t.Errorf("without rules: %v, want a 500: nothing may pass", e)
	}
}

func TestParseCreateWithTheRealRules(t *testing.T) {
	t.Parallel()
	rules := Rules{Check: command.Check}
	const files = "Options and filters cannot name files or URLs: the sources of a job are those in inputs."
	for _, test := range []struct{ more, message, details string }{
		{`"options":[{"option":"-vf","argument":"lut3d=/etc/passwd"}]`, `options[0] is refused: "/etc/passwd" holds an absolute path`, files},
		{`"options":[{"option":"-x264-params","argument":"keyint=../x"}]`, `options[0] is refused: "keyint=../x" holds a path that leads upwards (..)`, files},
		{`"filters":[{"filter":"[0:v]sendcmd=c=x[v]"}]`, `filters[0] is refused: `, "use expressions or the enable option"},
		{`"options":[{"option":"-vf"},{"option":"-hls_base_url","argument":"http://h/"}]`, `options[0]: -vf needs an argument`, ""},
		{`"filters":[{"filter":"[0:v]hflip,drawtext=text='"},{"filter":"',drawtext=textfile=/etc/passwd"}]`, `filters`, files},
		{`"options":[{"option":"-f","argument":"v4l2"}]`, `options[0] is refused: "-f v4l2" is a device`, "use a file format, and one output for each file"},
	} {
		_, err := ParseCreate([]byte(`{`+gs+`,"outputFormat":"mp4",`+test.more+`}`), rules)
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Status != http.StatusBadRequest || !strings.HasPrefix(e.Message, test.message) || e.Details != test.details {
			t.Errorf("%s:\n got %v\nwant %s…: %s", test.more, err, test.message, test.details)
		}
	}
	good := `{` + gs + `,"outputFormat":"mp4","options":[{"option":"-vf","argument":"scale=1280:720,drawtext=text='a b':x=(w-text_w)/2"},` +
		`{"option":"-c:v","argument":"libx264"},{"option":"-metadata","argument":"title=a/b: ../c"},{"option":"-shortest"}],` +
		`"filters":[{"filter":"[0:v][1:v]overlay=W-w-10:10[v]"}]}`
	if _, err := ParseCreate([]byte(good), rules); err != nil {
		t.Error(err)
	}
}

func TestRequestJob(t *testing.T) {
	t.Parallel()
	r, err := ParseCreate([]byte(`{`+gs+`,"outputFormat":"MP4","metadata":{"a": 1}}`), open)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 1, 2, 3, 4, 5, 678999999, time.FixedZone("", 3600))
	at := time.Date(2026, 1, 2, 2, 4, 5, 678000000, time.UTC)
	want := job.Job{
		ID: "id", Owner: "alice", API: job.Transcodes, State: job.Pending, CreatedAt: at, UpdatedAt: at,
		Inputs:    []job.Input{{Name: "0.mov", URL: "gs://media/uploads/alice/1-a.mov"}},
		Transcode: &job.Transcode{Format: "MP4"}, Metadata: `{"a": 1}`, Timeout: time.Minute,
	}
	if d := cmp.Diff(want, r.Job("id", "alice", now, time.Minute)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// FuzzParseCreate: whatever the body, the answer is a job that can be shown, or a 400 that can be.
func FuzzParseCreate(f *testing.F) {
	f.Add([]byte(`{` + gs + `,"outputFormat":"mp4","preset":{"quality":"high"},"metadata":{"a":"\ud800"}}`))
	f.Add([]byte(`{"inputs":[{"url":"http://[::1]:80/%00.mp4","options":[{"option":"-ss","argument":1e9}]}],"outputFormat":"WEBM","filters":[{"filter":"x"}]}`))
	f.Add([]byte(`{"inputs":[null,1,{"url":{}}],"options":[[]]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := ParseCreate(body, open)
		if err != nil {
			e, ok := errors.AsType[*Error](err)
			if !ok || e.Status != http.StatusBadRequest || e.Message == "" {
				t.Fatalf("%#v is no 400", err)
			}
			return
		}
		j := r.Job("id", "alice", time.Unix(0, 0), time.Minute)
		text, err := Encode(Created(j, View{Bucket: "b"}))
		if err != nil || !json.Valid(text) {
			t.Fatalf("cannot show it: %v: %s", err, text)
		}
		if r.Metadata != "" && !bytes.Contains(text, []byte(`"metadata":{"user":`+r.Metadata+`}`)) {
			t.Fatalf("metadata is not as sent: %s", text)
		}
		for i, in := range j.Inputs {
			if !strings.HasPrefix(in.Name, fmt.Sprint(i)) || len(in.Name) > 12 || strings.ContainsAny(in.Name, "/\\ ") {
				t.Fatalf("input %d is named %q", i, in.Name)
			}
		}
	})
}
