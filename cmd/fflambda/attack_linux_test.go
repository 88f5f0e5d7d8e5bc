package main

import (
	"cmp"
	"os/exec"
	"strings"
	"testing"

	"github.com/fflambda/fflambda/shared/sandbox"
	"github.com/fflambda/fflambda/shared/sandbox/attack"
)

// TestAttackService tries on a whole server, over HTTP, what strangers may try: policy and sandbox together. What each
// case reaches is looked for in the answer, in every output, in a folder of secrets, and behind doors that nobody may open.
func TestAttackService(t *testing.T) {
	t.Parallel()
	requireFFmpeg(t)
	if !sandbox.Detect().Seccomp {
		t.Skip("this kernel has no seccomp")
	}
	tool, err := exec.LookPath("ffmpeg")
	if err != nil {
		t.Fatal(err)
	}
	cases, err := attack.Cases()
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, options{env: []string{"SECRET=" + attack.Canary}, args: []string{"--workers", "2", "--max-output-bytes", "8MB"}})
	for _, c := range cases {
		if hostile(c) {
			continue // ffmpeg cannot be made to do it
		}
		t.Run(c.Group+"/"+c.Name, func(t *testing.T) {
			t.Parallel()
			field := attack.NewField(t, tool, s.cmd.Process.Pid)
			said, how := s.suffer(t, field, c)
			if breaches := field.Breaches(t, said); len(breaches) > 0 {
				t.Errorf("NOT CONTAINED: %s (%s)", strings.Join(breaches, ", "), how)
			}
			t.Log(how)
		})
	}
}

// hostile reports whether a case needs a program that is no ffmpeg.
func hostile(c attack.Case) bool {
	for _, command := range c.Commands {
		if command.Program != "" {
			return true
		}
	}
	return false
}

// suffer runs a case as one job. It returns all that the service gave away, and what ended it.
func (s *server) suffer(t *testing.T, field *attack.Field, c attack.Case) (said []byte, how string) {
	t.Helper()
	var lines []string
	for _, command := range c.Commands {
		var words []string
		for _, word := range field.Words(command) {
			words = append(words, "'"+strings.ReplaceAll(word, "'", `'"'"'`)+"'")
		}
		lines = append(lines, strings.Join(words, " "))
	}
	created := s.do(t, alice, "POST", "/api/ffmpeg", object{"input_files": object{}, "output_files": []string{"*"}, "ffmpeg_commands": lines, "timeout_seconds": 5})
	if created.status != 200 {
		return created.body, "refused: " + created.text("message")
	}
	done, _ := s.wait(t, alice, "/api/jobs/"+created.text("data", "id"))
	said = done.body
	files, _ := done.field("data", "output_files").(map[string]any)
	for _, link := range files {
		said = append(said, s.do(t, "", "GET", link.(string), nil).body...)
	}
	return said, done.text("data", "status") + ": " + cmp.Or(done.text("data", "error_message"), "it ran")
}
