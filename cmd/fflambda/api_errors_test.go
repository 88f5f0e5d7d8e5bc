package main

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var apiRow = regexp.MustCompile("(?m)^\\| (4\\d\\d) \\| `(\\w+)` \\| `(.+?)` \\| (?:`(.+?)` )?\\| .*\\|$")

// apiErrors reads the tables below "## Errors" in docs/ffmpeg-api.md. The errorCode stands as details.
func apiErrors(t *testing.T) []*refusal {
	t.Helper()
	section := apiSection(t, "Errors")
	var rows []*refusal
	for _, m := range apiRow.FindAllStringSubmatch(section, -1) {
		status, err := strconv.Atoi(m[1])
		if err != nil {
			t.Fatal(err)
		}
		r := &refusal{status: status, details: m[2], text: m[3], pattern: wording(m[3])}
		if m[4] != "" {
			r.headers = []string{m[4]}
		}
		rows = append(rows, r)
	}
	if want := strings.Count(section, "\n| 4"); len(rows) != want || want < 50 {
		t.Fatalf("%d of %d rows can be read", len(rows), want)
	}
	return rows
}

// apiSection is what docs/ffmpeg-api.md has below a heading.
func apiSection(t *testing.T, heading string) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/ffmpeg-api.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(text), "\n## "+heading+"\n")
	if !ok {
		t.Fatalf("no heading %s", heading)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	return section
}

// TestAPIErrors: each documented refusal is what a running server answers to some request of refusedByAPI, and each of those
// answers is documented, with its status, its code and its headers.
func TestAPIErrors(t *testing.T) {
	t.Parallel()
	rows := apiErrors(t)
	for _, c := range refusedByAPI(t) {
		a := c.send()
		row := findAPI(rows, a)
		if row == nil {
			t.Errorf("%s: no row of docs/ffmpeg-api.md says %d %s", c.name, a.status, a.body)
			continue
		}
		row.seen = true
		checkAPIError(t, c.name, row, a)
	}
	for _, row := range rows {
		if !row.seen && row.text != onlyInAWS {
			t.Errorf("no request gets the documented answer: %d %s", row.status, row.text)
		}
	}
}

// findAPI is the row for an answer: of several, the one that says the most.
func findAPI(rows []*refusal, a answer) (best *refusal) {
	for _, r := range rows {
		if r.status == a.status && r.details == a.text("errorCode") && r.pattern.MatchString(a.text("message")) && (best == nil || len(r.text) > len(best.text)) {
			best = r
		}
	}
	return best
}

// checkAPIError looks at what is the same for every error: JSON of two members, and the headers.
func checkAPIError(t *testing.T, name string, r *refusal, a answer) {
	t.Helper()
	var members map[string]json.RawMessage
	if err := json.Unmarshal(a.body, &members); err != nil || len(members) != 2 {
		t.Errorf("%s: %v: %s", name, err, a.body)
	}
	for _, header := range append([]string{"X-Request-Id"}, r.headers...) {
		if a.header.Get(header) == "" {
			t.Errorf("%s: no %s: %v", name, header, a.header)
		}
	}
	if a.header.Get("Retry-After") != "" && r.status != 429 {
		t.Errorf("%s: Retry-After is not documented: %v", name, a.header)
	}
	if kind := a.header.Get("Content-Type"); kind != "application/json; charset=utf-8" {
		t.Errorf("%s: Content-Type %q", name, kind)
	}
}

// refusedByAPI is at least one request for every row.
func refusedByAPI(t *testing.T) []request {
	t.Helper()
	s := common(t)
	all := []request{
		{"no key", func() answer { return s.do(t, "", "GET", "/api/jobs", nil) }},
		{"no key on a path that is none", func() answer { return s.do(t, "", "GET", "/api/x", nil) }},
		{"another scheme", func() answer { return s.do(t, "", "POST", "/api/ffmpeg", "{}", "Authorization", "Basic YTpi") }},
		{"another's job", func() answer {
			return s.do(t, bob, "GET", "/api/jobs/"+s.do(t, alice, "POST", "/api/ffmpeg", apiBody("")).text("data", "id"), nil)
		}},
		{"half a body", func() answer { return cutBody(t, s, "/api/ffmpeg") }},
		{"a job that has ended", func() answer {
			path := "/api/jobs/" + s.do(t, alice, "POST", "/api/ffmpeg", apiBody(`"output_files":["o.wav"],"ffmpeg_commands":["-version_ {{o.wav}}"]`)).text("data", "id")
			s.wait(t, alice, path)
			return s.do(t, alice, "POST", path+"/cancel", nil)
		}},
		{"a used Idempotency-Key", func() answer {
			s.do(t, alice, "POST", "/api/ffmpeg", apiBody(""), "Idempotency-Key", "TestAPIErrors")
			return s.do(t, alice, "POST", "/api/ffmpeg", apiBody("")+" ", "Idempotency-Key", "TestAPIErrors")
		}},
		of(t, s, "POST", "/api/ffmpeg", apiBody(""), "Idempotency-Key", tooLong[:256]),
		of(t, s, "GET", "/api", nil), of(t, s, "DELETE", "/api/jobs", nil), of(t, s, "GET", "/api/ffmpeg", nil), of(t, s, "PUT", "/api/tmp-file", nil), of(t, s, "POST", "/api/jobs/a%2Fb/cancel/x", nil),
		of(t, s, "GET", "/api/jobs/"+aJob, nil), of(t, s, "GET", "/api/jobs/a%2Fb", nil), of(t, s, "GET", "/api/jobs/%00", nil), of(t, s, "POST", "/api/jobs/x/cancel", nil),
	}
	for _, query := range []string{"limit=0", "limit=-1", "limit=x", "limit=1.5", "limit=", "offset=-1", "offset=x", "limit=10&offset=1e3", "limit=%zz", "limit=1;offset=2"} {
		all = append(all, of(t, s, "GET", "/api/jobs?"+query, nil))
	}
	for _, path := range []string{"/api/ffmpeg", "/api//validate/"} {
		for _, body := range []string{"{\"x\":\"\xff\"}", "{", "a=b", strings.Repeat(`{"a":`, 20_000), "[1]", `"x"`, "7", "null", `{"x":"` + strings.Repeat("x", 1<<20) + `"}`} {
			all = append(all, of(t, s, "POST", path, body))
		}
		for _, body := range append(refusedMembers(), refusedCommands()...) {
			all = append(all, of(t, s, "POST", path, body))
		}
	}
	return append(all, refusedByLimits(t)...)
}

// refusedByLimits need a server with settings of its own.
func refusedByLimits(t *testing.T) []request {
	strict := start(t, options{args: []string{"--workers", "0"}, env: []string{"FFLAMBDA_RATE_LIMIT=0.01", "FFLAMBDA_QUOTA_OWNERS=bob:jobs=1", "FFLAMBDA_MAX_QUEUED_OWNER=2"}})
	return []request{
		{"too many jobs", func() answer {
			strict.do(t, alice, "POST", "/api/ffmpeg", apiBody(""))
			strict.do(t, alice, "POST", "/api/ffmpeg", apiBody(""))
			return strict.do(t, alice, "POST", "/api/ffmpeg", apiBody(""))
		}},
		{"a spent quota", func() answer {
			strict.do(t, bob, "POST", "/api/ffmpeg", apiBody(""))
			return strict.do(t, bob, "POST", "/api/ffmpeg", apiBody(""))
		}},
		{"too many requests", func() answer {
			var a answer
			for range 21 {
				a = strict.do(t, bob, "GET", "/api/jobs?limit=1", nil)
			}
			return a
		}},
	}
}

// apiBody is a good create body with some members replaced: the last of a name counts.
func apiBody(members string) string {
	good := `{"input_files":{},"output_files":["o.wav"],"ffmpeg_commands":["-f lavfi -i sine=d=0.1 {{o.wav}}"]`
	if members != "" {
		good += "," + members
	}
	return good + "}"
}

func refusedMembers() []string {
	var bodies []string
	add := func(name string, values ...string) {
		for _, v := range values {
			bodies = append(bodies, apiBody(fmt.Sprintf("%q:%s", name, v)))
		}
	}
	many := strings.TrimSuffix(strings.Repeat(`"x",`, 101), ",")
	inputs := make([]string, 101)
	for i := range inputs {
		inputs[i] = fmt.Sprintf(`"i%d":"https://e.com/"`, i)
	}
	add("input_files", `[]`, `"x"`, `7`, "{"+strings.Join(inputs, ",")+"}", `{"a/b":"https://e.com/"}`, `{"":"https://e.com/"}`, `{".a":"https://e.com/"}`, `{"-a":"https://e.com/"}`,
		`{"a*":"https://e.com/"}`, `{"`+tooLong[:129]+`":"https://e.com/"}`, `{"a":"https://e.com/","a":"https://e.com/"}`, `{"a":7}`, `{"a":null}`,
		`{"a":"https://e.com/`+tooLong[:9000]+`"}`, `{"a":"ftp://e.com/"}`, `{"a":"/etc/passwd"}`, `{"a":""}`, `{"a":"https://"}`, `{"a":"s3://b"}`, `{"a":"gs://b/a\nb"}`,
		`{"a":"gs://elsewhere/a"}`, `{"a":"s3://elsewhere/a"}`, `{"a":"gs://fflambda/uploads/bob/a.mp4"}`, `{"a":"gs://fflambda/s3.key"}`)
	add("output_files", `null`, `[]`, `{}`, `"x"`, `[`+many+`]`, `[7]`, `[null]`, `[""]`, `["a/b"]`, `[".a"]`, `["`+tooLong[:129]+`"]`, `["a","a"]`)
	add("input_files", `{"o.wav":"https://e.com/"}`)
	add("ffmpeg_command", `"-i a b"`)
	add("ffmpeg_commands", `null`, `[]`, `"-i a"`, `[7]`, `[["-i"]]`, `["a","a","a","a","a","a","a","a","a","a","a"]`, `["`+tooLong[:33_000]+`"]`, `null,"ffmpeg_command":7`)
	add("webhook_url", `7`, `{}`, `""`, `"e.com"`, `"gs://a/b"`, `"https://e.com/`+tooLong[:9000]+`"`)
	add("machine", `7`, `"tpu"`, `""`, `"nvidia"`)
	add("timeout_seconds", `0`, `-1`, `1.5`, `21601`, `"60"`, `true`, `1e999`)
	return bodies
}

func refusedCommands() []string {
	var bodies []string
	for _, line := range []string{
		``, ` `, `ffmpeg`, `-i 'a`, `-i "a`, `-i {{inptu}} {{o.wav}}`, `-i <<x>> {{o.wav}}`, `-i inputs/x {{o.wav}}`, `-i {{a b}} {{o.wav}}`, `-i {a} {{o.wav}}`,
		"-i a\x00b {{o.wav}}", "-i 'a\nb' {{o.wav}}", "-i a -c:a 'x\ny' {{o.wav}}", `-i /etc/passwd {{o.wav}}`, `-f lavfi -i color -vf drawtext=fontfile=/usr/a.ttf {{o.wav}}`,
		`-i ../x {{o.wav}}`, `-pattern_type glob -i '.*/x' {{o.wav}}`, `-i https://e.com/ {{o.wav}}`, `-i pipe:0 {{o.wav}}`, `-i file:x {{o.wav}}`, `-i a:b {{o.wav}}`,
		`-i '' {{o.wav}}`, `-i - {{o.wav}}`, `-i a -f tee {{o.wav}}`, `-f v4l2 -i a {{o.wav}}`, `-f lavfi -i movie=x:f=lavfi {{o.wav}}`, `-i a -- {{o.wav}}`,
		`-f lavfi -i movie=x:format_opts=a {{o.wav}}`, `-i a -c -f tee {{o.wav}}`, `-i a -/vf x {{o.wav}}`, `-i a -vf drawtext=/text=x {{o.wav}}`,
		`-version`, `-i a -report {{o.wav}}`, `-i a -progress x {{o.wav}}`, `-i a -filter_script x {{o.wav}}`, `-i a -fpre x {{o.wav}}`, `-enable_drefs 1 -i a {{o.wav}}`,
		`-init_hw_device vulkan -i a {{o.wav}}`, `-i a -vf sendcmd=c=x {{o.wav}}`, `-i a -af ladspa=x {{o.wav}}`, `-i a -vf program_opencl=x {{o.wav}}`, `-i a -vf derain=x {{o.wav}}`,
	} {
		quoted, err := json.Marshal(line)
		if err != nil {
			continue
		}
		bodies = append(bodies, apiBody(`"ffmpeg_commands":[`+string(quoted)+`]`))
	}
	named := `"input_files":{"input":"https://e.com/"},"ffmpeg_commands":`
	return append(bodies, apiBody(named+`["-i {{inptu}} {{o.wav}}"]`), apiBody(named+`["-i inputs/x {{o.wav}}"]`))
}
