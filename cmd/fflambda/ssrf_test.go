package main

import (
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"unicode"

	"github.com/fflambda/fflambda/shared/address/addresstest"
)

// nameServer is the environment's name for the address of the DNS server that a server under test asks.
const nameServer = "TEST_DNS"

// useNameServer is the server's part of it.
func useNameServer() {
	if server := os.Getenv(nameServer); server != "" {
		addresstest.Through(net.DefaultResolver, server)
	}
}

// TestSSRFService gives each way to lead a server astray to a whole one: as an input of either API, as where an input
// redirects to, and as a webhook. Each is refused when the job is made, or ends as a failure with a reason, and nothing on
// this machine is reached but the one address that is open.
func TestSSRFService(t *testing.T) {
	t.Parallel()
	requireFFmpeg(t)
	trap := addresstest.NewTrap(t, http.NotFound)
	names := addresstest.Hostile()
	names["rebind.test"] = [][]string{{addresstest.Open}, {"127.0.0.1"}}
	s := start(t, options{args: []string{"--workers", "4", "--max-attempts", "1"}, env: []string{
		nameServer + "=" + names.Listen(t), "FFLAMBDA_ALLOW_PRIVATE=" + addresstest.Open + "/32",
		"HTTP_PROXY=http://127.0.0.1:" + trap.Port, "http_proxy=http://127.0.0.1:" + trap.Port, "ALL_PROXY=http://127.0.0.1:" + trap.Port,
	}})
	cases := append(addresstest.Cases(trap.Port),
		addresstest.Case{URL: "http://rebind.test:" + trap.Port + "/", Means: "a name that changes", Gone: true})
	for _, c := range cases {
		t.Run(c.Means, func(t *testing.T) {
			t.Parallel()
			ends := map[string]func() (code, text string){ // all are made before one is waited for
				"/api input": s.ssrfCommands(t, c.URL), "/v1 input": s.ssrfTranscode(t, c.URL),
				"redirect": s.ssrfCommands(t, trap.RedirectTo(http.StatusFound, c.URL)), "webhook": s.ssrfWebhook(t, c.URL),
			}
			for how, end := range ends {
				code, text := end()
				good := code == "400" || code == "input_forbidden" || how == "webhook" && code == "not delivered" ||
					// What is no URL is refused by its form where we are given it, and leads nowhere where another server says it.
					code == "input_unreachable" && (c.Gone || how == "redirect" && strings.ContainsFunc(c.URL, unicode.IsControl))
				if !good || text == "" || strings.Contains(text, s.data) {
					t.Errorf("%q, %s: %s %s", c.URL, how, code, text)
				}
				t.Logf("%-10s %-50q %s: %s", how, c.URL, code, text)
			}
		})
	}
}

// ssrfCommands makes a job with that input. What it returns waits for how it ends.
func (s *server) ssrfCommands(t *testing.T, url string) func() (code, text string) {
	t.Helper()
	a := s.do(t, alice, "POST", "/api/ffmpeg", ssrfBody(url))
	return func() (code, text string) {
		if a.status == http.StatusBadRequest {
			return "400", a.text("message")
		}
		done, _ := s.wait(t, alice, "/api/jobs/"+a.text("data", "id"))
		return done.text("data", "error_code"), done.text("data", "error_message")
	}
}

// ssrfTranscode does the same in the other API.
func (s *server) ssrfTranscode(t *testing.T, url string) func() (code, text string) {
	t.Helper()
	a := s.do(t, alice, "POST", "/v1/transcodes", object{"inputs": []object{{"url": url}}, "outputFormat": "mp4"})
	return func() (code, text string) {
		if a.status == http.StatusBadRequest {
			return "400", a.text("error") + ": " + a.text("details")
		}
		done, _ := s.wait(t, alice, "/v1/transcodes/"+a.text("id"))
		return done.text("error_code"), done.text("error_message")
	}
}

// ssrfWebhook makes a job that fails at once, and has that webhook called. What it returns waits for the call.
func (s *server) ssrfWebhook(t *testing.T, url string) func() (code, text string) {
	t.Helper()
	body := ssrfBody("http://127.1/")
	body["webhook_url"] = url
	a := s.do(t, alice, "POST", "/api/ffmpeg", body)
	return func() (code, text string) {
		if a.status == http.StatusBadRequest {
			return "400", a.text("message")
		}
		attempts := s.attempted(t, alice, a.text("data", "id"), 1)
		text, _ = attempts["last_error"].(string)
		if attempts["delivered_at"] != nil {
			return "delivered", text
		}
		return "not delivered", text
	}
}

func ssrfBody(url string) object {
	return object{"input_files": object{"a.mp4": url}, "output_files": []string{"a.mkv"}, "ffmpeg_commands": []string{"-i {{a.mp4}} -c copy {{a.mkv}}"}}
}
