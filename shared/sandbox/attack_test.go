//go:build linux && (amd64 || arm64)

package sandbox_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fflambda/fflambda/shared/command"
	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/sandbox"
	"github.com/fflambda/fflambda/shared/sandbox/attack"
)

// What an attack gets of the machine, and how long it may take before it counts as one that never ends.
const patience = time.Minute

func small() sandbox.Limits {
	return sandbox.Limits{FileBytes: 8 << 20, MemoryBytes: 512 << 20, CPU: time.Second, Files: 256}
}

// outcome is how one case went.
type outcome struct {
	breaches   []string
	layer, how string
}

// verdict is Limited only where something had to end.
func (o outcome) verdict() attack.Verdict {
	switch {
	case len(o.breaches) > 0:
		return attack.Reached
	case o.layer == "limits":
		return attack.Limited
	}
	return attack.Contained
}

// TestAttack tries everything in the sandbox alone, without the policy that would refuse most of it beforehand. In verbose
// runs it prints what the policy alone says of each case, what the sandbox alone made of it, and their sums.
func TestAttack(t *testing.T) {
	t.Parallel()
	needKernel(t)
	cases, err := attack.Cases()
	if err != nil {
		t.Fatal(err)
	}
	pid, alive := victim(t)
	for _, tool := range tools(t) {
		lines := make([]string, len(cases))
		t.Run(tool.name, func(t *testing.T) {
			var tally attack.Tally
			t.Cleanup(func() { show(tool, lines, &tally) })
			for i, c := range cases {
				if !thorough() && tool.name == "system" && i%4 != 0 && c.Group != "network out" {
					continue
				}
				t.Run(c.Group+"/"+c.Name, func(t *testing.T) {
					t.Parallel()
					policy := "-"
					if !c.Hostile() {
						verdict, word := judged(t, c)
						tally.Add(c.Group, "1 policy", verdict)
						policy = strings.TrimSpace(string(verdict) + " " + job.Clip(word, 30))
					}
					o := try(t, tool, c, pid, true)
					tally.Add(c.Group, "2 sandbox", o.verdict())
					lines[i] = fmt.Sprintf("%-11s  %-47s  policy: %-38s  sandbox: %-9s  %s", c.Group, c.Name, policy, o.layer, o.how)
					if len(o.breaches) > 0 {
						t.Errorf("NOT CONTAINED: %s (%s)", strings.Join(o.breaches, ", "), o.how)
					}
				})
			}
		})
	}
	if !alive() {
		t.Error("the decoy was killed")
	}
}

// judged is what the policy alone says of a case, and the word for which it refuses it.
func judged(t *testing.T, c attack.Case) (v attack.Verdict, word string) {
	t.Helper()
	_, err := command.Compile(job.Commands{Lines: c.Example(), Outputs: []string{"*"}}, c.Inputs())
	var refusal *command.Refusal
	switch {
	case errors.As(err, &refusal):
		return attack.Refused, refusal.Word
	case err != nil:
		t.Fatal(err)
	}
	return attack.Passed, ""
}

// The policy refuses each case for the word that the table names, and lets no other pass.
func TestAttackPolicy(t *testing.T) {
	t.Parallel()
	cases, err := attack.Cases()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		if c.Hostile() {
			continue
		}
		if _, word := judged(t, c); strings.Join(strings.Fields(word), " ") != c.Refused {
			t.Errorf("%s/%s is refused for %q, the table says %q", c.Group, c.Name, word, c.Refused)
		}
	}
}

// thorough is whether every case is tried with every ffmpeg. The system's, which loads 200 libraries at each start, gets
// a quarter of them otherwise, with all that is about the network, which the static one has not.
func thorough() bool { return required("sandbox") || testing.Verbose() }

// show prints the suite's table in verbose runs.
func show(tool tool, lines []string, tally *attack.Tally) {
	if !testing.Verbose() {
		return
	}
	fmt.Printf("attacks on the sandbox alone, ffmpeg: %s, %s\n", tool.name, sandbox.Detect())
	for _, line := range lines {
		if line != "" {
			fmt.Println(line)
		}
	}
	fmt.Print(tally)
}

// Without the sandbox the same cases do reach what they are after: what finds breaches works.
func TestBareAttacksReach(t *testing.T) {
	t.Parallel()
	cases, err := attack.Cases()
	if err != nil {
		t.Fatal(err)
	}
	tool := tools(t)[0]
	names := []string{
		"secret as data", "secret as drawtext's text", "secret by a planted link", "the jobs' database", "worker's environment", "http input", "udp output",
		"unix socket output", "a file outside", "over another job's file", "x264 statistics", "descriptor in proc", "program opens the secret",
		"program changes the secret's mode", "program kills the worker", "program forks", "program makes a socket", "program links the secret in",
		"program writes without end", "playlist as film", "playlist with the secret as key", "list of an unsafe list", "list that allows everything",
		"manifest with a base", "film that refers to a file, followed", "list that follows references", "subtitles that are a playlist", "playlist by a copy",
	}
	if os.Getenv("FFLAMBDA_ATTACK_BARE") != "" { // every ffmpeg command that does no harm, for the figure of what the sandbox is good for
		names = names[:0]
		for _, c := range cases {
			if words := fmt.Sprint(c.Commands); c.Commands[0].Program == "" && c.Group != attack.Limits && !strings.Contains(words, "$FFMPEG") && !strings.Contains(words, "$HOME") {
				names = append(names, c.Name)
			}
		}
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := slices.IndexFunc(cases, func(c attack.Case) bool { return c.Name == name })
			if i < 0 {
				t.Fatal("no such case")
			}
			if tool.name == "static" && slices.Contains([]string{"http input", "udp output", "unix socket output", "manifest with a base"}, name) {
				t.Skip("this ffmpeg has no network and no DASH")
			}
			pid, _ := victim(t)
			if o := try(t, tool, cases[i], pid, false); len(o.breaches) == 0 {
				t.Errorf("reaches nothing without the sandbox: %s", o.how)
			}
		})
	}
}

// try runs a case on a field of its own.
func try(t *testing.T, tool tool, c attack.Case, decoy int, inside bool) outcome {
	t.Helper()
	field := attack.NewField(t, tool.path, decoy, c)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var o outcome
	var said bytes.Buffer
	var err error
	for _, command := range c.Commands {
		cmd := exec.CommandContext(ctx, tool.path, slices.Concat([]string{"-nostdin", "-y", "-hide_banner"}, field.Words(command))...)
		if command.Program != "" {
			self, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			cmd = exec.CommandContext(ctx, self, slices.Concat([]string{hostileWord, command.Program}, field.Words(command))...)
		}
		cmd.Dir, cmd.Stdout, cmd.Stderr = field.Folder, &said, &said
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
		cmd.WaitDelay = time.Second
		if inside {
			if err := (sandbox.Config{Folder: field.Folder, Limits: small()}).Wrap(cmd); err != nil {
				t.Fatal(err)
			}
		}
		err = cmd.Run()
		var exit *exec.ExitError
		if errors.As(err, &exit) && (exit.ExitCode() == reachedCode || exit.ExitCode() == sandbox.ExitCode) {
			o.breaches = append(o.breaches, strings.TrimSpace(said.String()))
		}
	}
	if ctx.Err() != nil {
		o.breaches = append(o.breaches, "does not end")
	}
	o.breaches = append(o.breaches, field.Breaches(t, said.Bytes())...)
	text := strings.NewReplacer(filepath.Dir(field.Folder), "", field.Outside, "").Replace(said.String())
	o.layer, o.how = containedBy(text, err)
	return o
}

// containedBy reads from what a program said, and from how it ended, what kept it.
func containedBy(said string, err error) (layer, how string) {
	for _, sign := range []struct{ text, layer string }{
		{"Unsafe file name", "ffmpeg"}, {"Protocol '", "ffmpeg"}, {"blocked for security reasons", "ffmpeg"}, {"option not allowed if safe", "ffmpeg"},
		{"File too large", "limits"}, {"Cannot allocate memory", "limits"}, {"Too many open files", "limits"}, {"Received signal 24", "limits"}, {"system signals, hard exiting", "limits"},
		{"Operation not permitted", "seccomp"}, {"Function not implemented", "seccomp"}, {"Ignored", "seccomp"},
		{"Permission denied", "landlock"}, {"Invalid cross-device link", "landlock"}, {"Text file busy", "kernel"},
		{"Nothing there", "sandbox"}, {"Bad file descriptor", "sandbox"}, {"No such file", "sandbox"}, {"Input/output error", "sandbox"},
	} {
		for line := range strings.Lines(said) {
			if strings.Contains(strings.ToLower(line), strings.ToLower(sign.text)) {
				return sign.layer, strings.TrimSpace(line)
			}
		}
	}
	for line := range strings.Lines(said) { // silent about why, but not about what
		if low := strings.ToLower(line); strings.Contains(low, "/outside/") && (strings.Contains(low, "open") || strings.Contains(low, "read")) {
			return "landlock", strings.TrimSpace(line)
		}
	}
	if err != nil {
		lines := strings.Split(strings.TrimSpace(said), "\n")
		return "ffmpeg", strings.TrimSpace(lines[len(lines)-1]) + " (" + err.Error() + ")"
	}
	return "harmless", "it ran and reached nothing"
}
