package main

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/fflambda/fflambda/shared/sandbox"
	"github.com/fflambda/fflambda/shared/sandbox/attack"
)

// assault is a whole server under attack, with a host for the strangers' files and a receiver for its webhooks.
type assault struct {
	*server
	tool  string // ffmpeg
	host  *httptest.Server
	files sync.Map // path to bytes, that host serves
	calls sync.Map // path to the bodies that were sent to it
	tally attack.Tally
}

func newAssault(t *testing.T) *assault {
	t.Helper()
	requireFFmpeg(t)
	if !sandbox.Detect().Seccomp {
		if sandboxRequired() {
			t.Fatal("this kernel has no seccomp")
		}
		t.Skip("this kernel has no seccomp")
	}
	tool, err := exec.LookPath("ffmpeg")
	if err != nil {
		t.Fatal(err)
	}
	a := &assault{tool: tool}
	a.host = httptest.NewServer(a)
	t.Cleanup(a.host.Close)
	a.server = start(t, options{env: []string{"SECRET=" + attack.Canary}, args: []string{"--workers", "4", "--max-output-bytes", "8MB"}})
	return a
}

// ServeHTTP gives the files away and takes webhooks.
func (a *assault) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost {
		body, _ := io.ReadAll(r.Body)
		a.calls.Store(r.URL.Path, body)
		return
	}
	data, ok := a.files.Load(r.URL.Path)
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	_, _ = w.Write(data.([]byte))
}

// TestAttackService tries on a whole server, over HTTP, what strangers may try: policy and sandbox together. What each
// case reaches is looked for in the answers, in the webhook, in every output, in a folder of secrets, and behind doors that
// nobody may open. In verbose runs it prints what became of each case, and the sums.
func TestAttackService(t *testing.T) {
	t.Parallel()
	cases, err := attack.Cases()
	if err != nil {
		t.Fatal(err)
	}
	a := newAssault(t)
	lines := make([]string, len(cases))
	t.Cleanup(func() { show(lines, &a.tally) })
	for i, c := range cases {
		if c.Hostile() || !thorough() && c.Refused == "" && i%5 != 0 {
			continue // ffmpeg cannot be made to do it, or a fifth of those that run will do
		}
		t.Run(c.Group+"/"+c.Name, func(t *testing.T) {
			t.Parallel()
			field := attack.NewField(t, a.tool, a.cmd.Process.Pid, c)
			said, verdict, how := a.suffer(t, field, i)
			breaches := append(field.Breaches(t, said), a.leaks(said, verdict != attack.Refused)...)
			if len(breaches) > 0 {
				verdict = attack.Reached
				t.Errorf("NOT CONTAINED: %s (%s)", strings.Join(breaches, ", "), how)
			}
			if refused := verdict == attack.Refused; refused != (c.Refused != "") {
				t.Errorf("%s: %s; the policy alone refuses it for %q", verdict, how, c.Refused)
			}
			a.tally.Add(c.Group, "3 HTTP", verdict)
			lines[i] = fmt.Sprintf("%-11s  %-47s  HTTP: %-9s  %s", c.Group, c.Name, verdict, how)
		})
	}
}

// thorough is whether every case is tried, and not a part of those that need an ffmpeg or two each.
func thorough() bool { return testing.Verbose() || sandboxRequired() }

func sandboxRequired() bool {
	return slices.Contains(strings.Split(os.Getenv("FFLAMBDA_REQUIRE"), ","), "sandbox")
}

func show(lines []string, tally *attack.Tally) {
	if !testing.Verbose() {
		return
	}
	fmt.Println("attacks on a whole server over HTTP")
	for _, line := range lines {
		if line != "" {
			fmt.Println(line)
		}
	}
	fmt.Print(tally)
}

// suffer runs a case as one job with a webhook. It returns all that the service gave away, and what became of the job.
func (a *assault) suffer(t *testing.T, field *attack.Field, number int) (said []byte, v attack.Verdict, how string) {
	t.Helper()
	hook := fmt.Sprintf("/hook/%d", number)
	body := object{
		"input_files": a.offer(t, field, number), "output_files": []string{"*"}, "ffmpeg_commands": field.Lines(),
		"timeout_seconds": 3, "webhook_url": a.host.URL + hook,
	}
	done := a.do(t, alice, "POST", "/api/ffmpeg?wait=true", body)
	if done.status != 200 {
		return done.body, attack.Refused, done.text("message")
	}
	said = done.body
	files, _ := done.field("data", "output_files").(map[string]any)
	for _, link := range files {
		said = append(said, a.do(t, "", "GET", link.(string), nil).body...)
	}
	until(t, func() bool { _, ok := a.calls.Load(hook); return ok })
	told, _ := a.calls.Load(hook)
	verdict := attack.Contained
	if code := done.text("data", "error_code"); slices.Contains([]string{"timed_out", "output_too_large", "out_of_memory"}, code) {
		verdict = attack.Limited
	}
	return append(said, told.([]byte)...), verdict, done.text("data", "status") + ": " + cmp.Or(done.text("data", "error_message"), "it ran")
}

// offer makes the case's files inputs: every other case's are uploaded as temporary files, the others' served.
func (a *assault) offer(t *testing.T, field *attack.Field, number int) object {
	t.Helper()
	urls := object{}
	for name, data := range field.Inputs() {
		if number%2 == 0 {
			upload, download := a.tempFile(t, alice, nil)
			if put := a.do(t, "", "PUT", upload, data); put.status != 200 {
				t.Fatalf("PUT %s: %d %s", name, put.status, put.body)
			}
			urls[name] = download
			continue
		}
		path := fmt.Sprintf("/%d/%s", number, name)
		a.files.Store(path, data)
		urls[name] = a.host.URL + path
	}
	return urls
}

// leaks lists what an answer tells of the server itself. A refusal quotes the caller's own words, with what they guess.
func (a *assault) leaks(said []byte, ran bool) []string {
	secrets := []string{a.data, alice, bob, asProgram}
	if ran {
		secrets = append(secrets, os.Getenv("HOME")+"/", "/usr/bin/ff", "/usr/lib/")
	}
	var found []string
	for _, secret := range secrets {
		if bytes.Contains(said, []byte(secret)) {
			found = append(found, "says "+secret)
		}
	}
	return found
}

// TestAttackProbe gives each of the files to the other API: uploaded and looked into, probed, and as the input of a job.
func TestAttackProbe(t *testing.T) {
	t.Parallel()
	cases, err := attack.Cases()
	if err != nil {
		t.Fatal(err)
	}
	a := newAssault(t)
	lines := make([]string, len(cases))
	t.Cleanup(func() { show(lines, &a.tally) })
	seen := map[string]bool{}
	for i, c := range cases {
		name := firstInput(c)
		if name == "" || seen[name] {
			continue
		}
		if seen[name] = true; !thorough() && len(seen)%8 != 0 {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			field := attack.NewField(t, a.tool, a.cmd.Process.Pid, c)
			said, how := a.look(t, save(t, name, answer{body: field.Inputs()[name]}))
			breaches := append(field.Breaches(t, said), a.leaks(said, true)...)
			verdict := attack.Contained
			if len(breaches) > 0 {
				verdict = attack.Reached
				t.Errorf("NOT CONTAINED: %s (%s)", strings.Join(breaches, ", "), how)
			}
			a.tally.Add("probes", "3 HTTP", verdict)
			lines[i] = fmt.Sprintf("%-11s  %-47s  HTTP: %-9s  %s", "probes", name, verdict, how)
		})
	}
	if len(seen) < 60 {
		t.Errorf("only %d files", len(seen))
	}
}

// firstInput is the name of the first file that a case's commands name.
func firstInput(c attack.Case) string {
	for _, command := range c.Commands {
		for _, word := range command.Words {
			if _, rest, ok := strings.Cut(word, "{{"); ok {
				name, _, _ := strings.Cut(rest, "}}")
				return name
			}
		}
	}
	return ""
}

// look uploads a file, has it probed, and makes a job of it.
func (a *assault) look(t *testing.T, file string) (said []byte, how string) {
	t.Helper()
	url := a.upload(t, alice, file, "video/mp4")
	probed := a.do(t, alice, "POST", "/v1/ffprobe", object{"url": url})
	created := a.do(t, alice, "POST", "/v1/transcodes", object{"inputs": []object{{"url": url}}, "outputFormat": "mp4"})
	said = slices.Concat(probed.body, created.body)
	if created.status != 201 {
		return said, "refused: " + created.text("message")
	}
	done, _ := a.wait(t, alice, "/v1/transcodes/"+created.text("id"))
	if done.text("status") == "completed" {
		link := a.do(t, alice, "GET", "/v1/transcodes/"+created.text("id")+"/download", nil)
		said = append(said, link.body...)
		if link.status == 200 {
			said = append(said, a.do(t, "", "GET", link.text("url"), nil).body...)
		}
	}
	return append(said, done.body...), done.text("status") + ": " + cmp.Or(done.text("error_message"), "it ran")
}
