package main

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/fflambda/fflambda/shared/jobtest"
)

// masks take out of an answer what differs from run to run, and leave its form: a time keeps its milliseconds and its Z by
// being matched at all, a number stays a number, a string keeps its quotes.
var masks = []struct {
	what *regexp.Regexp
	by   string
}{
	{regexp.MustCompile(`http://127\.0\.0\.1:\d+`), "http://HOST"},
	{regexp.MustCompile(`\?X-Amz-[^"]*`), "?SIGNATURE"},
	{regexp.MustCompile(`\b[0-9a-f]{8}-[0-9a-f]{4}-[45][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\b`), "UUID"},
	{regexp.MustCompile(`\b\d{13}-[0-9a-f]{8}-`), "NAME-"},
	{regexp.MustCompile(`"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"`), `"TIME"`},
	{regexp.MustCompile(`"(size_bytes|fileSize|size)":[1-9]\d*([,}])`), `"$1":BYTES$2`},
	{regexp.MustCompile(`"size_bytes":"[1-9]\d*"`), `"size_bytes":"BYTES"`},
	{regexp.MustCompile(`"(duration_seconds|duration)":(1|0\.9\d*|1\.0\d*)([,}])`), `"$1":ABOUT-1$3`},
	{regexp.MustCompile(`"processing_time_seconds":(\d+\.\d+|[1-9]\d*)([,}])`), `"processing_time_seconds":SECONDS$2`},
	{regexp.MustCompile(`"billable_minutes":0\.01\d\d([,}])`), `"billable_minutes":ABOUT-1-SECOND$1`},
	{regexp.MustCompile(`"progress":\d{1,2}(\.\d)?([,}])`), `"progress":PERCENT$2`},
}

// pin compares the status, the type and the bytes of an answer with a golden file. Each member begins a line there.
func pin(t *testing.T, name string, a answer, status int) {
	t.Helper()
	if a.status != status || a.header.Get("Content-Type") != "application/json; charset=utf-8" || a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("%s: %d %v, want %d", name, a.status, a.header, status)
	}
	text := string(a.body)
	for _, m := range masks {
		text = m.what.ReplaceAllString(text, m.by)
	}
	jobtest.Golden(t, name+".golden", append(bytes.ReplaceAll([]byte(text), []byte(`,"`), []byte(",\n\"")), '\n'))
}

// TestMasksKeepTheForm: what is no time, no string or no float of the right form is still to be seen in the golden files.
func TestMasksKeepTheForm(t *testing.T) {
	t.Parallel()
	for _, wrong := range []string{
		`"at":"2026-01-02T03:04:05Z"`, `"at":"2026-01-02T03:04:05.123+00:00"`, `"billable_minutes":0.016`, `"progress":"7"`,
		`"size_bytes":0`, `"size_bytes":1.5`, `"id":"6F2C1A3E-0000-4000-8000-000000000000"`,
	} {
		text := "{" + wrong + "}"
		for _, m := range masks {
			text = m.what.ReplaceAllString(text, m.by)
		}
		if !strings.Contains(text, wrong) {
			t.Errorf("%s becomes %s", wrong, text)
		}
	}
}
