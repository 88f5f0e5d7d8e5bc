package main

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fflambda/fflambda/shared/api"
)

// TestOpenAPIRoutes: the documents have the routes that the handlers have, and no other.
func TestOpenAPIRoutes(t *testing.T) {
	t.Parallel()
	var want, got []string
	for _, r := range api.Routes() {
		if !strings.HasPrefix(r.Path, "/openapi/") {
			want = append(want, r.Method+" "+r.Path)
		}
	}
	for _, read := range []func() (*document, error){transcodesDocument, ffmpegDocument} {
		for _, o := range specified(t, read).operations() {
			got = append(got, o.String())
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-handlers +documents):\n%s", diff)
	}
}

// TestOpenAPIExamples: the documents' examples are what their schemas say, and create requests among them make jobs.
func TestOpenAPIExamples(t *testing.T) {
	t.Parallel()
	s := common(t)
	for _, read := range []func() (*document, error){transcodesDocument, ffmpegDocument} {
		d := specified(t, read)
		for _, o := range d.operations() {
			d.exampleRequests(t, s, o)
			for status, response := range o.body["responses"].(object) {
				media := dig(response, "content", "application/json")
				for name, body := range examples(media) {
					if err := d.fits(o.String()+" "+status, dig(media, "schema"), body, strict); err != nil {
						t.Errorf("%s: %v", name, err)
					}
				}
			}
		}
	}
}

// exampleRequests sends the examples that need nothing that was there before.
func (d *document) exampleRequests(t *testing.T, s *server, o operation) {
	t.Helper()
	params, _ := o.body["parameters"].([]any)
	for _, p := range params {
		if err := d.fits(fmt.Sprint(o, " parameter ", dig(p, "name")), dig(p, "schema"), dig(p, "example"), lenient); err != nil {
			t.Error(err)
		}
	}
	alone := map[string]int{"POST /v1/transcodes": 201, "POST /v1/upload/presigned-url": 200, "POST /api/ffmpeg": 200, "POST /api/validate": 200}
	request := dig(o.body, "requestBody", "content", "application/json")
	for name, body := range examples(request) {
		if err := d.fits(o.String()+" request", dig(request, "schema"), body, lenient); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		want := alone[o.String()]
		if want == 0 {
			continue
		}
		a := s.do(t, bob, o.method, o.path, body)
		if a.status != want {
			t.Errorf("%s %s: %d %s", o, name, a.status, a.body)
		}
		if o.path == "/api/validate" {
			shown := examples(dig(o.body, "responses", "200", "content", "application/json"))["example"]
			if diff := cmp.Diff(dig(shown, "data"), a.field("data")); diff != "" {
				t.Errorf("%s answers another thing than its example (-document +server):\n%s", o, diff)
			}
		}
	}
}

// asked remembers which of the document's answers were seen, and what errors they told.
type asked struct {
	*server
	document *document
	mu       sync.Mutex
	seen     map[string][]string // texts by "METHOD /path status"
	lastJob  string              // id of the job that files made last
}

// ask makes a request whose answer must have the status and be as the document says.
func (q *asked) ask(t *testing.T, s *server, key, method, path string, body any, status int, header ...string) answer {
	t.Helper()
	a := s.do(t, key, method, path, body, header...)
	o, ok := q.document.find(method, path)
	if !ok {
		t.Fatalf("the document does not know %s %s", method, path)
	}
	if a.status != status {
		t.Errorf("%s %s: %d, want %d: %.500q", method, path, a.status, status, a.body)
	}
	if err := q.document.judge(o, a); err != nil {
		t.Error(err)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	at := fmt.Sprintf("%s %d", o, a.status)
	q.seen[at] = append(q.seen[at], a.text("error")+a.text("message"))
	return a
}
