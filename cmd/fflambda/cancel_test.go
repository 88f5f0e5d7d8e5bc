package main

import (
	"database/sql"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// face is one of the two APIs, as a test of both needs it.
type face struct {
	create, jobs, method string
	body                 object
	cancelled            string                // the status of a cancelled job
	job                  func(a answer) string // the path in an answer to the job: its id
	status               func(a answer) string
}

// faces are both APIs. The transcode waits for its input as long as the address keeps silent.
func faces(input string) []face {
	return []face{
		{"/v1/transcodes", "/v1/transcodes/", "PATCH", object{"inputs": []object{{"url": input}}, "outputFormat": "wav"}, "canceled",
			func(a answer) string { return a.text("id") },
			func(a answer) string { return a.text("status") + a.text("job", "status") }},
		{"/api/ffmpeg", "/api/jobs/", "POST", unending, "cancelled",
			func(a answer) string { return a.text("data", "id") },
			func(a answer) string { return a.text("data", "status") }},
	}
}

// cancel asks for a job's end.
func (s *server) cancel(t *testing.T, f face, id string) answer {
	t.Helper()
	return s.do(t, alice, f.method, f.jobs+id+"/cancel", nil)
}

// TestCancelWaiting: jobs that nobody runs yet, pending or queued, are cancelled at once, and never run.
func TestCancelWaiting(t *testing.T) {
	t.Parallel()
	requireFFmpeg(t)
	s := start(t, options{args: []string{"--workers", "0"}})
	paths := map[string]face{}
	for _, f := range faces("https://media.example/a.wav") {
		for _, pending := range []bool{false, true} {
			id := f.job(s.do(t, alice, "POST", f.create, f.body))
			if pending {
				s.unsend(t, id)
			}
			if a := s.cancel(t, f, id); a.status != 200 || f.status(a) != f.cancelled {
				t.Errorf("%s, pending %t: %d %s", f.create, pending, a.status, a.body)
			}
			paths[f.jobs+id] = f
		}
	}
	s.stop()
	s = start(t, options{data: s.data, args: []string{"--workers", "1"}})
	if next := s.run(t, anyJob); next.text("data", "status") != "succeeded" {
		t.Errorf("the next job: %s", next.body)
	}
	for path, f := range paths {
		a := s.do(t, alice, "GET", path, nil)
		if began := a.text("started_at") + a.text("data", "started_at"); f.status(a) != f.cancelled || began != "" {
			t.Errorf("%s", a.body)
		}
	}
}

// unsend takes a queued job back to the moment before its message was sent.
func (s *server) unsend(t *testing.T, id string) {
	t.Helper()
	s.edit(t, `delete from message where body = ?`, id)
	s.edit(t, `update job set state = 'pending', data = json_set(data, '$.state', 'pending') where id = ?`, id)
}

// edit changes the database from outside, and must change something.
func (s *server) edit(t *testing.T, statement string, args ...any) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(s.data, "fflambda.db")+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	done, err := db.ExecContext(t.Context(), statement, args...)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		t.Fatalf("%s changes %d rows, %v", statement, n, err)
	}
}

// TestCancelOnce: of fifty that cancel a job at the same time one did it, and the others hear that it is cancelled.
func TestCancelOnce(t *testing.T) {
	t.Parallel()
	s := common(t)
	for _, f := range faces(stalled(t)) {
		id := f.job(s.do(t, alice, "POST", f.create, f.body))
		answers := make([]answer, 50)
		var all sync.WaitGroup
		for i := range answers {
			all.Go(func() { answers[i], _ = s.try(alice, f.method, f.jobs+id+"/cancel", nil) })
		}
		all.Wait()
		counts := map[int]int{}
		for _, a := range answers {
			counts[a.status]++
			if a.status == 400 && !strings.Contains(string(a.body), f.cancelled) {
				t.Errorf("%s: %s", f.create, a.body)
			}
		}
		if d := cmp.Diff(map[int]int{200: 1, 400: 49}, counts); d != "" {
			t.Errorf("%s: answers by status (-want +got):\n%s", f.create, d)
		}
	}
}

// stalled is an address whose server takes requests and says nothing until the test ends.
func stalled(t *testing.T) string {
	t.Helper()
	return serveHTTP(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }) + "/a.wav"
}

// TestCancelRefused: what is over, somebody else's, of the other API, or no job at all.
func TestCancelRefused(t *testing.T) {
	t.Parallel()
	s := common(t)
	both := faces(stalled(t))
	done := s.do(t, alice, "POST", "/api/ffmpeg?wait=true", tone(nil)).text("data", "id")
	if a := s.cancel(t, both[1], done); a.status != 400 || !strings.Contains(string(a.body), "succeeded") {
		t.Errorf("a finished job: %d %s", a.status, a.body)
	}
	for i, f := range both {
		id := f.job(s.do(t, alice, "POST", f.create, f.body))
		foreign := s.do(t, bob, f.method, f.jobs+id+"/cancel", nil)
		if unknown := s.cancel(t, f, aJob); foreign.status != 404 || string(foreign.body) != string(unknown.body) {
			t.Errorf("%s: somebody else's is told from an unknown one: %d %s\n%s", f.create, foreign.status, foreign.body, unknown.body)
		}
		for _, rubbish := range []string{
			strings.ToUpper(id) + "0", id + "%20", id[:35], "%00", "..%2F" + id, "%2e%2e", "x", "null", "%F0%9F%92%A9", "'%20or%201=1", strings.Repeat("a", 5000),
		} {
			if a := s.cancel(t, f, rubbish); a.status != 404 {
				t.Errorf("%s%.50s: %d %s", f.jobs, rubbish, a.status, a.body)
			}
		}
		if a := s.cancel(t, both[1-i], id); a.status != 404 {
			t.Errorf("%s: by the other API: %d %s", f.create, a.status, a.body)
		}
		if a := s.cancel(t, f, id); a.status != 200 {
			t.Errorf("%s: after all that: %d %s", f.create, a.status, a.body)
		}
	}
}

// quick plays ffmpeg: it takes no time, and leaves something where the output belongs.
const quick = `for word; do case $word in outputs/*|*/outputs/*) echo sound > "$word";; esac; done`

// TestCancelRace: a cancel that comes while a job ends is the job's end or is not. The answer, the record and the webhook
// all tell the same.
func TestCancelRace(t *testing.T) {
	t.Parallel()
	url, calls := receiver(t, http.StatusOK)
	s := start(t, options{args: []string{"--workers", "4", "--sandbox", "off", "--ffmpeg", fakeFFmpeg(t, quick)}})
	both := faces(s.upload(t, alice, media(t, "a.wav", "-f", "lavfi", "-i", "sine=duration=0.1"), "audio/wav"))
	both[1].body = tone(object{"webhook_url": url})
	const jobs = 100
	told := make(chan string, jobs) // the id and the end of each job, as its cancel was told
	var all sync.WaitGroup
	slots := make(chan struct{}, 6)
	aims := []*aim{{}, {}}
	for i := range jobs {
		api := min(i%5, 1) // a fifth are transcodes, which take their time to look into the input
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			told <- raced(s, both[api], aims[api])
		})
	}
	all.Wait()
	close(told)
	ends, want := map[string]int{}, map[string]bool{}
	for end := range told {
		api, text, _ := strings.Cut(end, " ")
		ends[text[strings.LastIndex(text, " ")+1:]]++
		if api == both[1].create { // the other API has no webhooks
			want[text] = true
		}
	}
	t.Logf("the ends: %v", ends)
	if ends["cancelled"] == 0 || ends["succeeded"] == 0 || len(ends) != 2 {
		t.Errorf("the jobs ended as %v, and both ends were to be seen", ends)
	}
	got := map[string]bool{}
	for range want {
		c := receive(t, s, calls)
		a := answer{body: c.body}
		got[a.text("id")+" "+a.text("status")] = true
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("cancels were told one thing, webhooks another (-cancels +webhooks):\n%s", d)
	}
}

// aim finds the moment at which jobs end, on however fast a machine.
type aim struct{ after atomic.Int64 } // nanoseconds from the create to the cancel

func (a *aim) later()   { a.after.Add(a.after.Load()/4 + int64(time.Millisecond)) }
func (a *aim) earlier() { a.after.Add(-a.after.Load() / 4) }

// raced creates a job, cancels it after a while, and says how it ended: by the answer to the cancel, which the record
// must agree with. It is the API, the id and the end in the words of the ffmpeg API.
func raced(s *server, f face, aim *aim) string {
	created, err := s.try(alice, "POST", f.create, f.body)
	if err != nil {
		return "no job: " + err.Error()
	}
	id := f.job(created)
	<-time.After(time.Duration(aim.after.Load())) // the moment of the cancel is what is being tested
	a, err := s.try(alice, f.method, f.jobs+id+"/cancel", nil)
	if err != nil {
		return "no answer: " + err.Error()
	}
	record, err := s.try(alice, "GET", f.jobs+id, nil)
	end := f.status(record)
	switch {
	case err != nil:
		return "no record: " + err.Error()
	case a.status == 200 && f.status(a) == f.cancelled && end == f.cancelled:
		aim.later()
		return f.create + " " + id + " cancelled"
	case a.status == 400 && strings.Contains(string(a.body), end) && (end == "completed" || end == "succeeded"):
		aim.earlier()
		return f.create + " " + id + " succeeded"
	}
	return fmt.Sprintf("%s: the cancel says %d %s, the record %s", f.create, a.status, a.body, record.body)
}
