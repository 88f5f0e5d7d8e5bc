package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// call is what a receiver of webhooks was sent.
type call struct {
	header http.Header
	body   []byte
}

// signed reports whether secret signed the call. It is written from the text of the Standard Webhooks specification, and
// shares no code with what signs.
func (c call) signed(t *testing.T, secret string) bool {
	t.Helper()
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil || len(key) < 24 || len(key) > 64 {
		t.Fatalf("the secret %q has %d bytes, %v; want 24 to 64", secret, len(key), err)
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(c.header.Get("webhook-id") + "." + c.header.Get("webhook-timestamp") + "."))
	mac.Write(c.body)
	want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	return slices.Contains(strings.Fields(c.header.Get("webhook-signature")), want)
}

// attempts is the member of that name of a job.
func (c call) attempts(t *testing.T) object {
	t.Helper()
	var j struct {
		Attempts object `json:"webhook_attempts"`
	}
	if err := json.Unmarshal(c.body, &j); err != nil {
		t.Fatal(err)
	}
	return j.Attempts
}

// receiver answers with one status after the other, the last one for ever, and tells of every call.
func receiver(t *testing.T, statuses ...int) (url string, calls <-chan call) {
	t.Helper()
	all := make(chan call, 100)
	next := make(chan int, len(statuses))
	for _, s := range statuses {
		next <- s
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		status := statuses[len(statuses)-1]
		select {
		case status = <-next:
		default:
		}
		w.WriteHeader(status)
		all <- call{r.Header, body}
	}))
	t.Cleanup(server.Close)
	return server.URL, all
}

func receive(t *testing.T, s *server, calls <-chan call) call {
	t.Helper()
	select {
	case c := <-calls:
		return c
	case <-time.After(30 * time.Second):
		t.Fatalf("nobody is told\n%s", s.stderr)
		return call{}
	}
}

// attempted waits until so many calls are noted on the job.
func (s *server) attempted(t *testing.T, key, id string, count float64) (attempts object) {
	t.Helper()
	until(t, func() bool {
		attempts, _ = s.do(t, key, "GET", "/api/jobs/"+id, nil).field("data", "webhook_attempts").(object)
		return attempts["count"] == count
	})
	return attempts
}

// cli runs a command beside the server.
func (s *server) cli(t *testing.T, env []string, args ...string) (out, errOut string) {
	t.Helper()
	cmd := command(append([]string{"FFLAMBDA_DATA=" + s.data}, env...), args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%q: %v\n%s", args, err, &stderr)
	}
	return strings.TrimSpace(stdout.String()), stderr.String()
}

func TestWebhookReplay(t *testing.T) {
	t.Parallel()
	requireFFmpeg(t)
	testWebhookReplay(t, nil)
}

func TestWebhookReplayInAWS(t *testing.T) {
	t.Parallel()
	requireFFmpeg(t)
	testWebhookReplay(t, stack(t))
}

// testWebhookReplay is an operator's day: a receiver says 410 and is called no more; the secret is rotated; the webhook is
// sent again, and signed for those who have the new secret and for those who still have the old one.
func testWebhookReplay(t *testing.T, env []string) {
	s := start(t, options{env: env, args: []string{"--workers", "1"}})
	url, calls := receiver(t, http.StatusGone, http.StatusNoContent)
	key, said := s.cli(t, env, "keys", "add", "alice")
	id := strings.Fields(strings.TrimPrefix(said, "This is key "))[0]
	old, _ := s.cli(t, env, "keys", "secret", id)
	if !strings.Contains(said, old) || strings.Contains(key, "whsec_") {
		t.Errorf("keys add says %q and %q, want the secret %q in the first alone", said, key, old)
	}

	created := s.do(t, key, "POST", "/api/ffmpeg", tone(object{"webhook_url": url + "/hook?a=1"}))
	job := created.text("data", "id")
	fresh := object{"count": 0.0, "last_status": nil, "last_error": "", "next_at": nil, "delivered_at": nil}
	if d := cmp.Diff(fresh, created.field("data", "webhook_attempts")); d != "" {
		t.Errorf("webhook_attempts of a new job (-want +got):\n%s", d)
	}
	first := receive(t, s, calls)
	if !first.signed(t, old) || first.header.Get("Content-Type") != "application/json" {
		t.Errorf("the first call: %v", first.header)
	}
	gone := object{"count": 1.0, "last_status": 410.0, "last_error": url + " answered 410 Gone: it is not called again", "next_at": nil, "delivered_at": nil}
	if d := cmp.Diff(gone, s.attempted(t, key, job, 1)); d != "" {
		t.Errorf("webhook_attempts after 410 (-want +got):\n%s", d)
	}
	if list, _ := s.cli(t, env, "webhooks", "list", "alice"); !strings.Contains(list, job) || !strings.Contains(list, "410 Gone") {
		t.Errorf("webhooks list says %s", list)
	}

	secret, said := s.cli(t, env, "keys", "rotate-secret", id)
	if now, _ := s.cli(t, env, "keys", "secret", id); now != secret || secret == old || !strings.Contains(said, "Until ") {
		t.Errorf("rotated from %s to %s, with %q; then the secret is %s", old, secret, said, now)
	}
	s.cli(t, env, "webhooks", "retry", job)
	again := receive(t, s, calls)
	if !again.signed(t, secret) || !again.signed(t, old) || again.header.Get("webhook-id") != first.header.Get("webhook-id") {
		t.Errorf("the call after a rotation: %v, before: %v", again.header, first.header)
	}
	if got := again.attempts(t)["count"]; got != 1.0 {
		t.Errorf("the second call tells of %v before it, want 1", got)
	}
	got := s.attempted(t, key, job, 2)
	if _, ok := got["delivered_at"].(string); !ok {
		t.Errorf("webhook_attempts after the delivery: %v", got)
	}
	delete(got, "delivered_at")
	if d := cmp.Diff(object{"count": 2.0, "last_status": 204.0, "last_error": "", "next_at": nil}, got); d != "" {
		t.Errorf("webhook_attempts after the delivery (-want +got):\n%s", d)
	}
	if list, _ := s.cli(t, env, "webhooks", "list", "alice"); strings.Contains(list, job) {
		t.Errorf("webhooks list says %s", list)
	}
}

// TestWebhookSurvivesKill: a server that is killed while it calls a webhook calls it again when it is back. The secret of a
// key that the operator has chosen can be printed where the keys are known.
func TestWebhookSurvivesKill(t *testing.T) {
	t.Parallel()
	requireFFmpeg(t)
	stuck := make(chan struct{})
	calls := make(chan call, 10)
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		first := len(calls) == 0
		calls <- call{r.Header, body}
		if first {
			<-stuck
		}
	}))
	t.Cleanup(hook.Close)
	t.Cleanup(func() { close(stuck) })
	data := t.TempDir()
	s := start(t, options{data: data})
	s.do(t, alice, "POST", "/api/ffmpeg", tone(object{"webhook_url": hook.URL}))
	until(t, func() bool { return len(calls) == 1 })
	s.kill()
	s = start(t, options{data: data})
	until(t, func() bool { return len(calls) == 2 })
	first, again := <-calls, <-calls

	env := []string{"FFLAMBDA_API_KEYS=alice:" + alice}
	list, _ := s.cli(t, env, "keys", "list")
	id := strings.Fields(strings.Split(list, "\n")[1])[0]
	secret, _ := s.cli(t, env, "keys", "secret", id)
	if !first.signed(t, secret) || !again.signed(t, secret) || first.header.Get("webhook-id") != again.header.Get("webhook-id") {
		t.Errorf("signed for %s: %v and %v", id, first.header, again.header)
	}
}

// TestWebhookToPrivateAddress: without the operator's leave nobody inside is called, and the job says so.
func TestWebhookToPrivateAddress(t *testing.T) {
	t.Parallel()
	requireFFmpeg(t)
	s := start(t, options{env: []string{"FFLAMBDA_ALLOW_PRIVATE="}})
	url, calls := receiver(t, http.StatusOK)
	created := s.do(t, alice, "POST", "/api/ffmpeg", tone(object{"webhook_url": url}))
	id := created.text("data", "id")
	got := s.attempted(t, alice, id, 1)
	if text, _ := got["last_error"].(string); !strings.Contains(text, "FFLAMBDA_ALLOW_PRIVATE") || got["last_status"] != nil || got["delivered_at"] != nil {
		t.Errorf("%v", got)
	}
	next, err := time.Parse(time.RFC3339, got["next_at"].(string))
	if ahead := time.Until(next); err != nil || ahead > 5*time.Second || ahead < 0 {
		t.Errorf("the next try is in %s, %v; want 5 s", ahead, err)
	}
	if len(calls) > 0 {
		t.Error("the private address was called")
	}
}

// TestWebhooksRefusals: what cannot be told again is refused with the reason.
func TestWebhooksRefusals(t *testing.T) {
	t.Parallel()
	s := common(t)
	quiet := s.do(t, alice, "POST", "/api/ffmpeg?wait=true", tone(nil)).text("data", "id")
	running := s.do(t, alice, "POST", "/api/ffmpeg", object{"input_files": object{}, "output_files": []string{"a.wav"}, "webhook_url": "http://127.0.0.1:1/",
		"ffmpeg_commands": []string{"-re -f lavfi -i sine=duration=600 {{a.wav}}"}}).text("data", "id")
	for _, c := range []struct{ arg, want string }{
		{"nonsense", "is no job's id"},
		{"00000000-0000-4000-8000-000000000000", "there is no job"},
		{quiet, "has no webhook_url"},
		{running, "when it ends"},
	} {
		out, err := command(nil, "webhooks", "--data", s.data, "retry", c.arg).CombinedOutput()
		if err == nil || !strings.Contains(string(out), c.want) {
			t.Errorf("retry %s: %v: %s, want %q", c.arg, err, out, c.want)
		}
	}
	s.do(t, alice, "POST", "/api/jobs/"+running+"/cancel", nil)
	if out, err := command(nil, "webhooks", "--data", s.data).CombinedOutput(); err == nil || !strings.Contains(string(out), "usage: fflambda webhooks") {
		t.Errorf("%v: %s", err, out)
	}
}
