package main

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestLoad(t *testing.T) {
	t.Parallel()
	var connections, requests atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || string(body) != createBody || r.Header.Get("Authorization") != "Bearer k" || r.URL.Path != "/v1/transcodes" {
			t.Errorf("%s %s: %q, %v", r.Method, r.URL, body, err)
		}
		requests.Add(1)
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, strings.Repeat("x", 10_000)) // in chunks
	}))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			connections.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	request, err := createRequest(server.URL, "k")
	if err != nil {
		t.Fatal(err)
	}
	l := load{url: server.URL, request: always(request), want: http.StatusCreated, clients: 4, count: 100, atMost: time.Minute}
	got, err := l.run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if requests.Load() != 100 || len(got.latencies) != 100 || connections.Load() != 4 {
		t.Errorf("%d requests, %d latencies, %d connections", requests.Load(), len(got.latencies), connections.Load())
	}
	l.want = http.StatusOK
	if _, err := l.run(t.Context()); err == nil || !strings.HasPrefix(err.Error(), "201 Created: xxx") {
		t.Errorf("another status than wanted: %v", err)
	}
}

func TestLoadEndsInTime(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	request, err := wire(http.MethodGet, server.URL+"/", "k", "")
	if err != nil {
		t.Fatal(err)
	}
	l := load{url: server.URL, request: always(request), want: http.StatusOK, clients: 2, count: maxLoad, atMost: 50 * time.Millisecond}
	got, err := l.run(t.Context())
	if err != nil || got.elapsed > 10*time.Second || got.perSecond() <= 0 {
		t.Errorf("%s, %.0f/s, %v", got.elapsed, got.perSecond(), err)
	}
}

func TestPercentile(t *testing.T) {
	t.Parallel()
	var all taken
	for ms := range 100 {
		all.latencies = append(all.latencies, time.Duration(ms+1)*time.Millisecond)
	}
	for p, want := range map[float64]float64{0: 1, 0.5: 51, 0.99: 100, 1: 100} {
		if got := all.percentile(p); got != want {
			t.Errorf("percentile %v is %v, want %v", p, got, want)
		}
	}
}

func TestVerdict(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		f    figure
		want string
	}{
		{figure{value: 1.01, must: 1.05, aim: 1.02}, "pass, aim reached"},
		{figure{value: 1.05, must: 1.05, aim: 1.02}, "pass"},
		{figure{value: 1.06, must: 1.05, aim: 1.02}, "**miss**"},
		{figure{value: 1999, must: 2000, aim: 5000, atLeast: true}, "**miss**"},
		{figure{value: 6000, must: 2000, aim: 5000, atLeast: true}, "pass, aim reached"},
		{figure{value: 6000, aim: 10_000, atLeast: true}, "reported"},
		{figure{value: 3}, "reported"},
	} {
		if got := c.f.verdict(); got != c.want {
			t.Errorf("%+v: %s, want %s", c.f, got, c.want)
		}
	}
}

func TestKeep(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "doc.md")
	begin, end := marks("aws")
	old := "# T\n" + begin + "\nold\n" + end + "\nend\n"
	if err := os.WriteFile(path, []byte(old), 0o600); err != nil {
		t.Fatal(err)
	}
	table := markdown([]figure{{name: "ready", value: 0.0824, unit: "s", must: 0.3, aim: 0.1}, {name: "get", value: 9000, unit: "/s", atLeast: true}})
	for range 2 { // the second time finds its own marks
		if err := keep(path, "aws", table); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := "# T\n" + begin + `
| measure | measured | must | aim | |
| --- | ---: | ---: | ---: | --- |
| ready | 0.082 s | ≤ 0.300 s | ≤ 0.100 s | pass, aim reached |
| get | 9000/s | – | – | reported |
` + end + "\nend\n"
	if string(got) != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if err := os.WriteFile(path, []byte("no marks"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := keep(path, "aws", table); err == nil {
		t.Error("a document without marks is no error")
	}
}

func TestKeptDocumentHasMarks(t *testing.T) {
	t.Parallel()
	for _, s := range sections() {
		doc, err := os.ReadFile(filepath.Join("..", "..", s.doc()))
		if err != nil {
			t.Fatal(err)
		}
		begin, end := marks(s.name)
		if before, after, ok := strings.Cut(string(doc), begin); !ok || before == "" || !strings.Contains(after, end) {
			t.Errorf("%s lacks the marks of %s", s.doc(), s.name)
		}
	}
}

func TestChoose(t *testing.T) {
	t.Parallel()
	for only, want := range map[string]struct {
		sections, measures int
		whole              bool
	}{"": {4, 18, true}, "aws": {1, 5, true}, "calls": {1, 1, false}, "quality": {1, 0, true}} {
		chosen, whole, err := choose(only)
		measures := 0
		for _, s := range chosen {
			measures += len(s.measures)
		}
		if err != nil || len(chosen) != want.sections || measures != want.measures || whole != want.whole {
			t.Errorf("%q: %d sections, %d measures, %v, %v", only, len(chosen), measures, whole, err)
		}
	}
	if _, _, err := choose("nothing"); err == nil {
		t.Error("what is not there can be chosen")
	}
}

func TestMegabytes(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]float64{"1000 kB": 1.024, " 2000\n": 2.048} {
		if got, err := megabytes(in); err != nil || got != want {
			t.Errorf("%q is %v, %v; want %v", in, got, err, want)
		}
	}
	if mb, err := resident(t.Context(), os.Getpid()); err != nil || mb < 1 {
		t.Errorf("this process: %v MB, %v", mb, err)
	}
}
