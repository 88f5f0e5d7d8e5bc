package main

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"testing"
)

// TestWaitMany: two hundred clients that wait cost the server little memory and no threads, and a server that stops
// answers all of them.
func TestWaitMany(t *testing.T) {
	t.Parallel()
	requireFFmpeg(t)
	s := start(t, options{args: []string{"--workers", "0"}})
	memory, threads := s.status(t, "VmRSS"), s.status(t, "Threads")
	clients := make([]waiting, 200)
	for i := range clients {
		clients[i] = s.waitFor(t, "HTTP/1.1", alice, strconv.Itoa(i), tone(nil))
	}
	until(t, func() bool {
		return s.do(t, alice, "GET", "/api/jobs?limit=1", nil).field("pagingParams", "total") == float64(len(clients))
	})
	if more := s.status(t, "VmRSS") - memory; more > 20_000_000/1024 {
		t.Errorf("%d KiB more for %d clients", more, len(clients))
	}
	if more := s.status(t, "Threads") - threads; more > 20 {
		t.Errorf("%d threads more for %d clients", more, len(clients))
	}
	s.stop()
	for _, c := range clients {
		if a := c.answer(t); a.ContentLength < 0 || finalStatus(t, a.Body) != "queued" {
			t.Fatalf("%s, %d bytes", a.Status, a.ContentLength)
		}
	}
}

// status is a number that the kernel tells of the server: VmRSS in KiB, Threads.
func (s *server) status(t *testing.T, name string) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^` + name + `:\s+(\d+)`).FindSubmatch(text)
	if found == nil {
		t.Fatalf("no %s in\n%s", name, text)
	}
	n, err := strconv.Atoi(string(found[1]))
	if err != nil {
		t.Fatal(err)
	}
	return n
}
