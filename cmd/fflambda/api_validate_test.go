package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// refusedBodies are bodies of POST /api/ffmpeg, each wrong in another way.
func refusedBodies() map[string]any {
	bad := map[string]any{
		"nothing": "", "empty": "{}", "an array": "[]", "two values": "{}{}", "half": `{"input_files":`, "a string": `"x"`, "bad UTF-8": "{\"a\":\"\xff\"}",
		"too large": `{"x":"` + strings.Repeat("x", 1<<20) + `"}`,
	}
	set := func(name string, value any) {
		body := object{"input_files": object{"a.mp4": "https://example.com/a"}, "output_files": []string{"o.mp4"}, "ffmpeg_commands": []string{"-i {{a.mp4}} {{o.mp4}}"}}
		body[name] = value
		bad[fmt.Sprintf("%s %.60v", name, value)] = body
	}
	for _, files := range []any{1, []int{1}, object{"a.mp4": 1}, object{"../a": "https://e.com"}, object{"a.mp4": "ftp://e.com"}, object{"a.mp4": "https://"},
		object{"a.mp4": "gs://elsewhere/a"}, object{"a.mp4": "gs://fflambda/uploads/bob/a.mp4"}, object{"a.mp4": "gs://fflambda/tmp/" + aJob},
		object{"a.mp4": "gs://fflambda/jobs/" + aJob + "/1/a.mp4"}, object{"a.mp4": "https://e.com/" + strings.Repeat("x", 9000)}, object{"o.mp4": "https://e.com"}, object{}} {
		set("input_files", files)
	}
	for _, outputs := range []any{nil, "o.mp4", []string{}, []string{""}, []string{"o.mp4", "o.mp4"}, []string{"-o"}, []string{"a/b"}, []string{"x.mp4"}, []int{1}} {
		set("output_files", outputs)
	}
	for _, commands := range []any{nil, "-i", []string{}, []string{""}, []string{"ffmpeg"}, []int{1}, []string{"-i '{{a.mp4}} {{o.mp4}}"}, []string{"-i {{b}} {{o.mp4}}"},
		[]string{"-i inputs/b {{o.mp4}}"}, []string{"-i /etc/passwd {{o.mp4}}"}, []string{"-i http://e.com {{o.mp4}}"}, []string{"-i {{a.mp4}} ../o.mp4"},
		[]string{"-version"}, make([]string, 11), []string{strings.Repeat("x", 33<<10)}} {
		set("ffmpeg_commands", commands)
	}
	for _, value := range []any{1, "ftp://e.com", "x", ""} {
		set("webhook_url", value)
		set("machine", value)
		set("timeout_seconds", value)
	}
	set("machine", "nvidia")
	set("timeout_seconds", 0)
	set("timeout_seconds", 21601)
	set("timeout_seconds", 1.5)
	set("ffmpeg_command", "-i {{a.mp4}} {{o.mp4}}")
	return bad
}

// TestValidateIsCreate: a body that create refuses is refused by validate, and by `fflambda check`, with the very same answer.
// One that create takes is answered with what would be run, and nothing is stored.
func TestValidateIsCreate(t *testing.T) {
	t.Parallel()
	s := common(t)
	key := s.newcomer(t, "validator")
	good, refused := 0, 0
	for name, body := range refusedBodies() {
		create, validate := s.do(t, key, "POST", "/api/ffmpeg", body), s.do(t, key, "POST", "/api/validate", body)
		if create.status == 200 {
			good++
			if validate.status != 200 || validate.field("data", "ok") != true {
				t.Errorf("%s: create takes it, validate says %d %s", name, validate.status, validate.body)
			}
			continue
		}
		refused++
		if create.status != validate.status || string(create.body) != string(validate.body) || create.status >= 500 {
			t.Errorf("%s: create says %d %s, validate says %d %s", name, create.status, create.body, validate.status, validate.body)
		}
	}
	if refused < 45 {
		t.Errorf("only %d bodies are refused", refused)
	}
	list := s.do(t, key, "GET", "/api/jobs", nil)
	if total, _ := list.field("pagingParams", "total").(float64); int(total) != good {
		t.Errorf("%d creates were taken, and there are %v jobs", good, total)
	}
}

// TestValidateShows: what validate and check show of a good body is the same, and is what ffmpeg would get.
func TestValidateShows(t *testing.T) {
	t.Parallel()
	s := common(t)
	body := object{"input_files": object{"a.mp4": "https://example.com/a"}, "output_files": []string{"o.mp4", "f_%03d.png"},
		"ffmpeg_commands": []string{`ffmpeg -i {{ a.mp4 }} -vf "scale=-2:90" <<o.mp4>>`, "-i outputs/o.mp4 {{f_%03d.png}}"}}
	got := s.do(t, alice, "POST", "/api/validate", body)
	want := object{"data": object{"ok": true, "outputs": []any{"o.mp4", "f_%03d.png"}, "commands": []any{
		[]any{"-i", "inputs/a.mp4", "-vf", "scale=-2:90", "outputs/o.mp4"}, []any{"-i", "outputs/o.mp4", "outputs/f_%03d.png"}}}}
	var shown object
	if err := json.Unmarshal(got.body, &shown); err != nil || got.status != 200 {
		t.Fatalf("%d %s", got.status, got.body)
	}
	if diff := cmp.Diff(want, shown); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	file := filepath.Join(t.TempDir(), "body.json")
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := command(nil, "check", "--json", file).Output()
	if err != nil || strings.TrimSpace(string(out)) != strings.TrimSpace(string(got.body)) {
		t.Errorf("check says %s, %v; validate says %s", out, err, got.body)
	}
}
