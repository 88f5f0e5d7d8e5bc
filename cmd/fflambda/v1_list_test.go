package main

import (
	"encoding/json"
	"net/url"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	generated = "OpenAPI-Generator/0.1.1/python"
	aCreate   = `{"inputs":[{"url":"https://example.com/a.mp4"}],"outputFormat":"mp4"}`
)

// page is the answer to a list.
type page struct {
	Items []struct {
		ID      string `json:"id"`
		Status  string `json:"status"`
		Updated string `json:"updated_at"`
	} `json:"items"`
	Page, Limit, Total int
}

// list asks for a page, and checks that it has its four members and the header.
func (s *server) list(t *testing.T, key, query string, header ...string) page {
	t.Helper()
	a := s.do(t, key, "GET", "/v1/transcodes"+query, nil, header...)
	var p page
	var members map[string]json.RawMessage
	if json.Unmarshal(a.body, &p) != nil || json.Unmarshal(a.body, &members) != nil || a.status != 200 || len(members) != 4 || p.Items == nil {
		t.Fatalf("%s: %d %s", query, a.status, a.body)
	}
	if total := a.header.Get("X-Total-Count"); total != strconv.Itoa(p.Total) {
		t.Errorf("%s: X-Total-Count is %q, total %d", query, total, p.Total)
	}
	return p
}

// TestListParameters: five jobs that wait, of which the second and the fourth are canceled.
func TestListParameters(t *testing.T) {
	t.Parallel()
	requireFFmpeg(t)
	s := start(t, options{args: []string{"--workers", "0"}})
	var ids []string
	for range 5 {
		nextMillisecond()
		ids = append(ids, s.do(t, alice, "POST", "/v1/transcodes", aCreate).text("id"))
	}
	for _, i := range []int{1, 3} {
		nextMillisecond()
		if a := s.do(t, alice, "PATCH", "/v1/transcodes/"+ids[i]+"/cancel", nil, "User-Agent", generated); a.status != 200 || a.text("job", "status") != "canceled" {
			t.Fatalf("cancel: %d %s", a.status, a.body)
		}
	}
	updated := s.do(t, alice, "GET", "/v1/transcodes/"+ids[1], nil).text("updated_at")
	at, err := time.Parse("2006-01-02T15:04:05.000Z", updated)
	if err != nil {
		t.Fatal(err)
	}
	east := at.In(time.FixedZone("", 2*3600+1800))
	for _, c := range []struct {
		query string
		want  string // the jobs' numbers
		total int
		agent string
	}{
		{query: "", want: "54321", total: 5},
		{query: "?order=created_at.desc&unknown=1", want: "54321", total: 5},
		{query: "?order=updated_at.asc", want: "13524", total: 5},
		{query: "?order=updated_at.desc", want: "42531", total: 5},
		{query: "?limit=1", want: "5", total: 5},
		{query: "?limit=2&page=2", want: "32", total: 5},
		{query: "?limit=2&page=3", want: "1", total: 5},
		{query: "?page=99", want: "", total: 5},
		{query: "?limit=0&page=0", want: "5", total: 5},
		{query: "?limit=-1&page=-1", want: "5", total: 5},
		{query: "?limit=1000", want: "54321", total: 5},
		{query: "?page=&limit=&status=&order=&since=&until=&job_type=", want: "54321", total: 5},
		{query: "?status=queued", want: "531", total: 3},
		{query: "?status=queued", agent: generated},
		{query: "?status=pending"},
		{query: "?status=pending", want: "531", total: 3, agent: generated},
		{query: "?status=canceled", want: "42", total: 2},
		{query: "?status=cancelled"},
		{query: "?status=completed"},
		{query: "?status=%C3%BC%00"},
		{query: "?job_type=transcode&status=canceled&order=updated_at.asc", want: "24", total: 2},
		{query: "?job_type=transcribe"},
		{query: "?since=" + updated, want: "42", total: 2},
		{query: "?since=" + at.Add(time.Millisecond).Format(time.RFC3339Nano), want: "4", total: 1},
		{query: "?since=" + at.Format("2006-01-02T15:04:05.000"), want: "42", total: 2},
		{query: "?since=" + at.Format("2006-01-02T15:04:05.000000000Z"), want: "42", total: 2},
		{query: "?since=" + at.Add(time.Nanosecond).Format("2006-01-02T15:04:05.000000000Z"), want: "4", total: 1},
		{query: "?since=" + at.Format("2006-01-02T15:04:05.000") + "%2B0000", want: "42", total: 2},
		{query: "?since=" + at.Format("2006-01-02T15:04:05.000") + "+00:00", want: "42", total: 2}, // the plus is a space to the server
		{query: "?since=" + url.QueryEscape(east.Format("2006-01-02T15:04:05.000-0700")), want: "42", total: 2},
		{query: "?since=" + east.Format("2006-01-02T15:04:05.000-07:00"), want: "42", total: 2},
		{query: "?until=" + updated, want: "5321", total: 4},
		{query: "?until=" + at.Add(-time.Millisecond).Format(time.RFC3339Nano), want: "531", total: 3},
		{query: "?since=" + updated + "&until=" + updated + "&status=canceled", want: "2", total: 1},
	} {
		p := s.list(t, alice, c.query, "User-Agent", c.agent)
		got := ""
		for _, item := range p.Items {
			got += strconv.Itoa(slices.Index(ids, item.ID) + 1)
			if c.agent != "" && item.Status == "queued" {
				t.Errorf("%s shows queued to a generated client", c.query)
			}
		}
		if got != c.want || p.Total != c.total {
			t.Errorf("%s %s: jobs %q of %d, want %q of %d", c.query, c.agent, got, p.Total, c.want, c.total)
		}
	}
	if p := s.list(t, alice, "?limit=1000&page=-3"); p.Limit != 100 || p.Page != 1 {
		t.Errorf("the limits are shown as page %d, limit %d", p.Page, p.Limit)
	}
	if p := s.list(t, bob, ""); p.Total != 0 || len(p.Items) != 0 {
		t.Errorf("bob's list holds %d", p.Total)
	}
	t.Run("50 creates at once", func(t *testing.T) { s.oneOfFifty(t) })
}

// nextMillisecond lets the clock move on: jobs of one millisecond are in the order of their ids.
func nextMillisecond() {
	for start := time.Now().UnixMilli(); time.Now().UnixMilli() <= start; {
		runtime.Gosched()
	}
}

// oneOfFifty: any number of simultaneous creates with one Idempotency-Key is one job, and one answer.
func (s *server) oneOfFifty(t *testing.T) {
	answers := make([]answer, 50)
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() { answers[i], _ = s.try(bob, "POST", "/v1/transcodes", aCreate, "Idempotency-Key", "fifty") })
	}
	all.Wait()
	firsts := 0
	for _, a := range answers {
		if d := cmp.Diff(string(answers[0].body), string(a.body)); d != "" || a.status != 201 {
			t.Errorf("%d: %s", a.status, d)
		}
		if a.header.Get("Idempotent-Replayed") == "" {
			firsts++
		}
	}
	if p := s.list(t, bob, ""); firsts != 1 || p.Total != 1 {
		t.Errorf("%d answers were the first, %d jobs were made", firsts, p.Total)
	}
	id := answers[0].text("id")
	s.do(t, bob, "PATCH", "/v1/transcodes/"+id+"/cancel", nil)
	later := s.do(t, bob, "POST", "/v1/transcodes", aCreate, "Idempotency-Key", "fifty")
	if string(later.body) != string(answers[0].body) || later.status != 201 || later.header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("after the cancel: %d %v %s", later.status, later.header, later.body)
	}
}

// TestCancelStates: the answer for a job in each state that ends it, and for whom it is not.
func TestCancelStates(t *testing.T) {
	t.Parallel()
	s := common(t)
	source := s.upload(t, alice, media(t, "tone.wav", "-f", "lavfi", "-i", "sine=duration=0.2"), "audio/wav")
	completed := s.transcode(t, object{"inputs": []object{{"url": source}}, "outputFormat": "wav"})
	failed := s.transcode(t, object{"inputs": []object{{"url": source}}, "outputFormat": "gif"})
	for _, done := range []answer{completed, failed} {
		path := "/v1/transcodes/" + done.text("id")
		a := s.do(t, alice, "PATCH", path+"/cancel", nil)
		if want := `{"error":"Cannot cancel job in status: ` + done.text("status") + `"}`; a.status != 400 || string(a.body) != want {
			t.Errorf("%d %s, want %s", a.status, a.body, want)
		}
		if after := s.do(t, alice, "GET", path, nil); string(after.body) != string(done.body) {
			t.Errorf("the refused cancel changed the job to %s", after.body)
		}
		if a := s.do(t, bob, "PATCH", path+"/cancel", nil); a.status != 404 || string(a.body) != `{"error":"Transcode not found"}` {
			t.Errorf("bob: %d %s", a.status, a.body)
		}
	}
}

// TestDownloadAnswer: a link that needs no key and saves a file of the right name and type.
func TestDownloadAnswer(t *testing.T) {
	t.Parallel()
	s := common(t)
	source := s.upload(t, alice, media(t, "tone.wav", "-f", "lavfi", "-i", "sine=duration=0.2"), "audio/wav")
	done := s.transcode(t, object{"inputs": []object{{"url": source}}, "outputFormat": "FLAC"})
	path := "/v1/transcodes/" + done.text("id") + "/download"
	for _, query := range []string{"", "?url=true", "?url=false"} {
		a := s.do(t, alice, "GET", path+query, nil)
		link, err := url.Parse(a.text("url"))
		if a.status != 200 || err != nil || !strings.HasPrefix(string(a.body), `{"url":"`+s.url+`/`) || strings.Count(string(a.body), `":`) != 1 {
			t.Fatalf("%s: %d %s", query, a.status, a.body)
		}
		signed, err := time.Parse("20060102T150405Z", link.Query().Get("X-Amz-Date"))
		if life := link.Query().Get("X-Amz-Expires"); err != nil || life != "600" || time.Since(signed) > time.Minute {
			t.Errorf("%s: signed at %v for %s s", query, signed, life)
		}
		file := s.do(t, "", "GET", link.String(), nil)
		want := "attachment; filename=" + done.text("id") + ".FLAC"
		if file.status != 200 || file.header.Get("Content-Disposition") != want || file.header.Get("Content-Type") != "audio/flac" || len(file.body) == 0 {
			t.Errorf("%s: %d %v", query, file.status, file.header)
		}
		if part := s.do(t, "", "GET", link.String(), nil, "Range", "bytes=0-3"); part.status != 206 || string(part.body) != "fLaC" {
			t.Errorf("a range: %d %q", part.status, part.body)
		}
	}
	if a := s.do(t, bob, "GET", path, nil); a.status != 404 {
		t.Errorf("bob: %d %s", a.status, a.body)
	}
}

// TestToleratedRequests: what clients send besides, and paths as they put them together.
func TestToleratedRequests(t *testing.T) {
	t.Parallel()
	s := common(t)
	for name, header := range map[string][]string{
		"no type":  {"Content-Type", ""},
		"form":     {"Content-Type", "application/x-www-form-urlencoded"},
		"surface":  {"x-ffm-surface", "n8n", "X-Anything", "1", "Accept", "text/html"},
		"bearer":   {"Authorization", "bearer " + alice},
		"browsers": {"Origin", "https://app.example", "Accept-Encoding", "gzip, br"},
	} {
		if a := s.do(t, alice, "POST", "/v1/transcodes", aCreate, header...); a.status != 201 {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	for name, body := range map[string]string{
		"unknown fields": strings.Replace(aCreate, "{", `{"webhook":{"url":"x"},"callbackUrl":1,"priority":null,`, 1),
		"byte order":     "\xef\xbb\xbf" + aCreate,
		"blanks":         " \r\n\t" + aCreate + "\n\n",
		"nulls":          strings.Replace(aCreate, "{", `{"preset":null,"options":null,"filters":null,"metadata":null,`, 1),
		"empty":          strings.Replace(aCreate, "{", `{"preset":{},"options":[],"filters":[],"metadata":{},`, 1),
	} {
		if a := s.do(t, alice, "POST", "/v1/transcodes", body); a.status != 201 {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	for _, path := range []string{"/v1/transcodes/", "//v1/transcodes", "/v1//transcodes//?limit=1"} {
		if a := s.do(t, alice, "GET", path, nil); a.status != 200 || a.header.Get("X-Total-Count") == "" {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
	a := s.do(t, alice, "POST", "/v1/upload/presigned-url/", `{"filename":"a","contentType":"video/mp4","fileSize":1,"more":[]}`)
	if a.status != 200 || a.field("success") != true {
		t.Errorf("%d %s", a.status, a.body)
	}
	if _, isResult := s.do(t, alice, "POST", "/v1/transcodes", aCreate).field("result").(map[string]any); isResult {
		t.Error("a transcode route answers with a result")
	}
}
