package main

import (
	"fmt"
	"strings"
	"testing"
)

var tooLong = strings.Repeat("x", 70_000)

// refusedCreates are of POST /v1/transcodes.
func refusedCreates(t *testing.T, s *server) []request {
	t.Helper()
	all := []request{
		of(t, s, "POST", "/v1/transcodes", aCreate, "Idempotency-Key", tooLong[:300]),
		{"a used Idempotency-Key", func() answer {
			s.do(t, alice, "POST", "/v1/transcodes", aCreate, "Idempotency-Key", "TestErrorTables")
			return s.do(t, alice, "POST", "/v1/transcodes", aCreate+" ", "Idempotency-Key", "TestErrorTables")
		}},
	}
	bodies := []string{``, "  \n", aCreate + "x"}
	for _, inputs := range []string{
		`null`, `[]`, `{"url":"x"}`, `"https://example.com/a"`, `[` + strings.Repeat(`{"url":"https://example.com/a"},`, 10) + `{"url":"https://example.com/a"}]`,
		`["https://example.com/a"]`, `[{}]`, `[{"url":7}]`,
	} {
		bodies = append(bodies, `{"inputs":`+inputs+`,"outputFormat":"mp4"}`)
	}
	for _, url := range []string{
		"https://example.com/" + tooLong[:9000], `https://example.com/a\nb`, "https://exa mple.com/a", "gs://", "gs://fflambda", "s3://fflambda/", "ftp://example.com/a", "file:///etc/passwd",
		"/etc/passwd", "clip.mp4", "data:video/mp4;base64,AAAA", "https:///a", "gs://elsewhere/a", "s3://elsewhere/a", "gs://fflambda/uploads/bob/a.mp4", "gs://fflambda/jobs/" + aJob + "/1/a.mp4", "gs://fflambda/s3.key",
	} {
		bodies = append(bodies, `{"inputs":[{"url":"https://example.com/a"},{"url":"`+url+`"}],"outputFormat":"mp4"}`)
	}
	for _, rest := range []string{
		`"x":1`, `"outputFormat":null`, `"outputFormat":""`, `"outputFormat":["mp4"]`, `"outputFormat":"exe"`, `"outputFormat":".mp4"`,
		`"outputFormat":"mp4","preset":"high"`, `"outputFormat":"mp4","preset":{"quality":"best"}`, `"outputFormat":"mp4","preset":{"quality":"High"}`,
		`"outputFormat":"mp4","preset":{"resolution":"8k"}`, `"outputFormat":"mp4","preset":{"resolution":720}`,
		`"outputFormat":"mp4","metadata":"x"`, `"outputFormat":"mp4","metadata":[]`, `"outputFormat":"mp4","metadata":{"x":"` + tooLong[:8185] + `"}`,
		`"outputFormat":"mp4","filters":"null"`, `"outputFormat":"mp4","filters":["null"]`, `"outputFormat":"mp4","filters":[{"filter":""}]`, `"outputFormat":"mp4","filters":[{"filter":"drawtext=text='\u0000'"}]`,
		`"outputFormat":"mp4","filters":[{"filter":"null"},{"filter":"` + tooLong + `"}]`, `"outputFormat":"mp4","filters":[{"filter":"movie=/etc/passwd"}]`,
		`"outputFormat":"mp4","filters":[` + strings.Repeat(`{"filter":"null"},`, 200) + `{"filter":"null"}]`,
		`"outputFormat":"mp4","filters":[{"filter":"drawtext=text='a"},{"filter":"drawtext=text='[x];movie=/etc/passwd;null'"}]`,
	} {
		bodies = append(bodies, `{"inputs":[{"url":"https://example.com/a"}],`+rest+`}`)
	}
	for _, body := range append(append(bodies, badOptions()...), badOverlays()...) {
		all = append(all, of(t, s, "POST", "/v1/transcodes", body))
	}
	return all
}

// badOptions are bodies with options that the output, or an input, cannot have.
func badOptions() []string {
	var bodies []string
	for _, c := range []struct{ format, options string }{ // of the output
		{"mp4", `{}`}, {"mp4", `"-an"`}, {"mp4", `["-an"]`}, {"mp4", `[{}]`}, {"mp4", `[{"option":7}]`}, {"mp4", `[` + strings.Repeat(`{"option":"-an"},`, 200) + `{"option":"-an"}]`},
		{"mp4", `[{"option":"-c:v libx264"}]`}, {"mp4", `[{"option":"crf","argument":"23"}]`}, {"mp4", `[{"option":"out.mp4"}]`}, {"mp4", `[{"option":""}]`},
		{"mp4", `[{"option":"-crff","argument":"23"}]`}, {"mp4", `[{"option":"-qqqqqqqqqqqqqq","argument":"23"}]`}, {"mp4", `[{"option":"-i","argument":"a"}]`},
		{"mp4", `[{"option":"-stream_loop","argument":"1"}]`}, {"mp4", `[{"option":"-crf","argument":{}}]`}, {"mp4", `[{"option":"-crf","argument":["23"]}]`}, {"mp4", `[{"option":"-metadata","argument":"a=\u0000"}]`},
		{"mp4", `[{"option":"-vf","argument":"` + tooLong + `"}]`}, {"mp4", `[{"option":"-crf"}]`}, {"mp4", `[{"option":"-crf","argument":""}]`}, {"mp4", `[{"option":"-metadata","argument":"title"}]`},
		{"mp4", `[{"option":"-shortest","argument":"1"}]`}, {"mp4", `[{"option":"-map_metadata","argument":"tags.txt"}]`}, {"mp4", `[{"option":"-vf","argument":"movie=/etc/passwd"}]`},
		{"mp4", `[{"option":"-x264-params","argument":"qpfile=a"}]`}, {"mp4", `[{"option":"-x264-params","argument":"crf=20:pass=2"}]`},
		{"webm", `[{"option":"-c:v","argument":"libx264"}]`}, {"webm", `[{"option":"-c:a","argument":"aac"}]`}, {"mp4", `[{"option":"-f","argument":"webm"}]`},
		{"png", `[{"option":"-frames:v","argument":"5"}]`}, {"mp3", `[{"option":"-an"}]`}, {"png", `[{"option":"-vn"}]`},
	} {
		bodies = append(bodies, fmt.Sprintf(`{"inputs":[{"url":"https://example.com/a"}],"outputFormat":"%s","options":%s}`, c.format, c.options))
	}
	for _, options := range []string{ // of an input
		`"-re"`, `[` + strings.Repeat(`{"option":"-re"},`, 200) + `{"option":"-re"}]`, `[{"option":"-ss"}]`, `[{"option":"-crf","argument":"23"}]`, `[{"option":"@text-overlay"}]`,
		`[{"option":"-f","argument":"lavfi"}]`, `[{"option":"-f","argument":"concat"}]`,
	} {
		bodies = append(bodies, `{"inputs":[{"url":"https://example.com/a","options":`+options+`}],"outputFormat":"mp4"}`)
	}
	return bodies
}

// badOverlays are bodies with a text overlay that cannot be drawn.
func badOverlays() []string {
	var bodies []string
	body := func(format, options, rest string) {
		bodies = append(bodies, fmt.Sprintf(`{"inputs":[{"url":"https://example.com/a"}],"outputFormat":"%s","options":[%s]%s}`, format, options, rest))
	}
	for _, argument := range []string{`null`, `7`, `"text"`, `[]`, `{}`, `{"text":7}`, `{"text":""}`, `{"text":" \n "}`, `{"text":"` + tooLong[:10001] + `"}`,
		`{"text":"a","style":"white"}`, `{"text":"a","style":{"fontSize":11}}`, `{"text":"a","style":{"fontColor":"#12"}}`, `{"text":"a","style":{"x":"w':textfile=a"}}`} {
		body("mp4", `{"option":"-an"},{"option":"@text-overlay","argument":`+argument+`}`, "")
	}
	const good = `{"option":"@text-overlay","argument":{"text":"Hi"}}`
	body("mp4", `{"option":"@quote-card","argument":{}}`, "")
	body("mp4", strings.TrimSuffix(strings.Repeat(good+",", 200), ","), "")
	body("mp3", good, "")
	body("mp4", good+`,{"option":"-vn"}`, "")
	body("mp4", good+`,{"option":"-c:v","argument":"copy"}`, "")
	body("mp4", good, `,"filters":[{"filter":"[0:a]anull[a]"}]`)
	body("mp4", good, `,"filters":[{"filter":"[0:v]split[a][b]"}]`)
	body("mp4", good, `,"filters":[{"filter":"[0:v]drawbox=color='red"}]`)
	return bodies
}
