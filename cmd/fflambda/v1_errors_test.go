package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// refusal is a row of the tables of errors in docs/transcodes.md.
type refusal struct {
	status         int
	text, details  string   // as written there; details "" = there are none
	headers        []string // that the answer must have
	pattern, extra *regexp.Regexp
	seen           bool
}

var errorRow = regexp.MustCompile("(?m)^\\| (4\\d\\d) \\| `(.+?)` \\| (?:`(.+?)` )?\\| (?:`(.+?)` )?\\| .*\\|$")

// documented reads the tables below "## Errors".
func documented(t *testing.T) []*refusal {
	t.Helper()
	text, err := os.ReadFile("../../docs/transcodes.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## Errors\n")
	section, _, _ = strings.Cut(section, "\n## ")
	var rows []*refusal
	for _, m := range errorRow.FindAllStringSubmatch(section, -1) {
		r := &refusal{text: m[2], details: m[3], pattern: wording(m[2]), extra: wording(m[3])}
		if r.status, err = strconv.Atoi(m[1]); err != nil {
			t.Fatal(err)
		}
		if m[4] != "" {
			r.headers = strings.Split(m[4], "`, `")
		}
		rows = append(rows, r)
	}
	if want := strings.Count(section, "\n| 4"); len(rows) != want || want < 50 {
		t.Fatalf("%d of %d rows can be read", len(rows), want)
	}
	return rows
}

// wording is what a row's text stands for.
func wording(text string) *regexp.Regexp {
	p := regexp.QuoteMeta(text)
	for sign, means := range map[string]string{
		"…": `(?s:.*)`, `\[N\]`: `\[\d+\]`, "F ": `(?:inputs\[\d+\]\.)?options\[\d+\] `, `F\.`: `(?:inputs\[\d+\]\.)?options\[\d+\]\.`, "F:": `(?:inputs\[\d+\]\.)?options\[\d+\]:`,
	} {
		if strings.HasPrefix(sign, "F") {
			if rest, ok := strings.CutPrefix(p, sign); ok {
				p = means + rest
			}
			continue
		}
		p = strings.ReplaceAll(p, sign, means)
	}
	return regexp.MustCompile("^" + p + "$")
}

// TestErrorTables: each documented refusal is what a running server answers to some request of refused, and each of those
// answers is documented, with its status, its details and its headers.
func TestErrorTables(t *testing.T) {
	t.Parallel()
	rows := documented(t)
	for _, c := range refused(t) {
		a := c.send()
		if row := find(rows, a); row == nil {
			t.Errorf("%s: no row of docs/transcodes.md says %d %s", c.name, a.status, a.body)
		} else {
			row.seen = true
			row.check(t, c.name, a)
		}
	}
	for _, row := range rows {
		if !row.seen && row.text != onlyInAWS {
			t.Errorf("no request gets the documented answer: %d %s (%s)", row.status, row.text, row.details)
		}
	}
}

const onlyInAWS = "The job is too large to be stored (400 KB): use fewer or shorter input URLs, options and filters"

// find is the row for an answer: of several, the one that says the most.
func find(rows []*refusal, a answer) (best *refusal) {
	details := a.text("details")
	switch d := a.field("details").(type) {
	case []any:
		details = fmt.Sprint(d...)
	case object:
		details = string(a.raw("details"))
	}
	for _, r := range rows {
		if r.status != a.status || !r.pattern.MatchString(a.text("error")) || (r.details == "") != (details == "") || !r.extra.MatchString(details) {
			continue
		}
		if best == nil || len(r.text) > len(best.text) {
			best = r
		}
	}
	return best
}

// raw is a member of a JSON answer as it came.
func (a answer) raw(name string) json.RawMessage {
	var members map[string]json.RawMessage
	if json.Unmarshal(a.body, &members) != nil {
		return nil
	}
	return members[name]
}

// check looks at what is the same for every error: JSON of no other members, and the headers.
func (r *refusal) check(t *testing.T, name string, a answer) {
	t.Helper()
	var members map[string]json.RawMessage
	if err := json.Unmarshal(a.body, &members); err != nil {
		t.Errorf("%s: %v: %s", name, err, a.body)
	}
	allowed := "error details"
	if a.status == http.StatusPaymentRequired {
		allowed += " job_id upgrade_url"
	}
	for member := range members {
		if !strings.Contains(allowed, member) {
			t.Errorf("%s: %s in %s", name, member, a.body)
		}
	}
	want := append([]string{"X-Request-Id"}, r.headers...)
	for _, header := range want {
		if a.header.Get(header) == "" {
			t.Errorf("%s: no %s: %v", name, header, a.header)
		}
	}
	for _, header := range []string{"Allow", "Retry-After"} {
		if a.header.Get(header) != "" && !strings.Contains(strings.Join(want, " "), header) {
			t.Errorf("%s: %s is not documented: %v", name, header, a.header)
		}
	}
	if kind := a.header.Get("Content-Type"); kind != "application/json; charset=utf-8" {
		t.Errorf("%s: Content-Type %q", name, kind)
	}
}
