package main

import (
	"fmt"
	"strings"
	"testing"
)

// request is one that is refused.
type request struct {
	name string
	send func() answer
}

// refused is at least one request for every row of the tables of errors in docs/transcodes.md.
func refused(t *testing.T) []request {
	t.Helper()
	s := common(t)
	all := append(refusedEverywhere(t, s), refusedUploads(t, s)...)
	all = append(all, refusedReads(t, s)...)
	all = append(all, refusedLimits(t)...)
	return append(all, refusedCreates(t, s)...)
}

// of is a request by alice.
func of(t *testing.T, s *server, method, path string, body any, header ...string) request {
	name := fmt.Sprintf("%s %.80s %.120v", method, path, body)
	return request{name, func() answer { return s.do(t, alice, method, path, body, header...) }}
}

func refusedEverywhere(t *testing.T, s *server) []request {
	all := []request{
		{"no key", func() answer { return s.do(t, "", "GET", "/v1/transcodes", nil) }},
		{"no key on a path that is none", func() answer { return s.do(t, "", "GET", "/v1/blueprints/x", nil) }},
		{"another key", func() answer { return s.do(t, "nobody's", "POST", "/v1/upload/confirm", "{}") }},
		{"another scheme", func() answer { return s.do(t, "", "GET", "/v1/transcodes", nil, "Authorization", "Basic YTpi") }},
		{"an empty key", func() answer { return s.do(t, "", "GET", "/v1/transcodes", nil, "Authorization", "Bearer ") }},
		{"another's job", func() answer {
			id := s.do(t, alice, "POST", "/v1/transcodes", aCreate).text("id")
			return s.do(t, bob, "GET", "/v1/transcodes/"+id, nil)
		}},
		{"half a body", func() answer { return cutBody(t, s, "/v1/transcodes") }},
		of(t, s, "GET", "/v1", nil), of(t, s, "GET", "/v1/", nil), of(t, s, "GET", "/v2/transcodes", nil), of(t, s, "POST", "/v1/transcodes/"+aJob+"/retry", "{}"),
		of(t, s, "POST", "/v1/transcribe", "{}"), of(t, s, "GET", "/v1/transcribe/"+aJob+"/download", nil), of(t, s, "GET", "/v1/transcribes", nil),
		of(t, s, "DELETE", "/v1/blueprints/x/y", nil), of(t, s, "POST", "/v1/generate/image", nil),
		of(t, s, "GET", "/v1/transcodes/"+aJob, nil), of(t, s, "GET", "/v1/transcodes/"+strings.ToUpper(aJob), nil), of(t, s, "GET", "/v1/transcodes/%00", nil),
		of(t, s, "PATCH", "/v1/transcodes/x/cancel", nil), of(t, s, "GET", "/v1/transcodes/"+aJob+"/download?url=true", nil),
		of(t, s, "DELETE", "/v1/transcodes", nil), of(t, s, "OPTIONS", "/v1/transcodes", nil), of(t, s, "POST", "/v1/transcodes/"+aJob+"/cancel", nil),
		of(t, s, "PUT", "/v1/transcodes/"+aJob, "{}"), of(t, s, "GET", "/v1/upload/presigned-url", nil), of(t, s, "POST", "/health-check", nil),
	}
	for _, path := range []string{"/v1/transcodes", "/v1/upload/presigned-url", "/v1/upload/confirm", "/v1/ffprobe"} {
		for _, body := range []string{"{\"filename\":\"\xff\"}", "{", "filename=x", strings.Repeat(`{"a":`, 20_000), `[1]`, `"x"`, `7`, `null`, `{"x":"` + strings.Repeat("x", 1<<20) + `"}`} {
			all = append(all, of(t, s, "POST", path, body))
		}
	}
	return all
}

func refusedUploads(t *testing.T, s *server) []request {
	var all []request
	for _, body := range []string{
		``, `{}`, `{"filename":"a","contentType":"video/mp4"}`, `{"filename":"","contentType":"video/mp4","fileSize":5}`, `{"filename":"a","contentType":null,"fileSize":5}`,
		`{"filename":7,"contentType":"video/mp4","fileSize":5}`, `{"filename":"a","contentType":["video/mp4"],"fileSize":5}`,
		`{"filename":"a","contentType":"video/mp4","fileSize":"5"}`, `{"filename":"a","contentType":"video/mp4","fileSize":"1.46mbs"}`, `{"filename":"a","contentType":"video/mp4","fileSize":0}`,
		`{"filename":"a","contentType":"video/mp4","fileSize":-1}`, `{"filename":"a","contentType":"video/mp4","fileSize":1.5}`, `{"filename":"a","contentType":"video/mp4","fileSize":true}`,
		`{"filename":"a","contentType":"text/html","fileSize":5}`, `{"filename":"a","contentType":"application/pdf","fileSize":5}`, `{"filename":"a","contentType":"video","fileSize":5}`,
		`{"filename":"a","contentType":"video/mp4","fileSize":2040109466}`, `{"filename":"a","contentType":"video/mp4","fileSize":1e999}`,
	} {
		all = append(all, of(t, s, "POST", "/v1/upload/presigned-url", body))
	}
	for _, body := range []string{
		``, `{"filename":"1767323045678-00000000-a.mp4"}`, `{"fileSize":5}`, `{"filename":false,"fileSize":5}`, `{"filename":"1767323045678-00000000-a.mp4","fileSize":"5"}`,
		`{"filename":"1767323045678-00000000-a.mp4","fileSize":5}`, `{"filename":"../bob/a.mp4","fileSize":5}`, `{"filename":"a.mp4","fileSize":1e300}`,
	} {
		all = append(all, of(t, s, "POST", "/v1/upload/confirm", body))
	}
	file := save(t, "no.mp4", answer{body: []byte("no media")})
	uri := s.upload(t, alice, file, "video/mp4")
	name := uri[strings.LastIndex(uri, "/")+1:]
	return append(all,
		of(t, s, "POST", "/v1/upload/confirm", object{"filename": name, "fileSize": 9}),
		request{"another's upload", func() answer {
			return s.do(t, bob, "POST", "/v1/upload/confirm", object{"filename": name, "fileSize": 8})
		}},
		of(t, s, "POST", "/v1/ffprobe", `{}`), of(t, s, "POST", "/v1/ffprobe", ``), of(t, s, "POST", "/v1/ffprobe", `{"url":7}`),
		of(t, s, "POST", "/v1/ffprobe", `{"url":"https://example.com/a.mp4"}`), of(t, s, "POST", "/v1/ffprobe", `{"url":"gs://fflambda"}`),
		of(t, s, "POST", "/v1/ffprobe", object{"url": uri + "x"}), of(t, s, "POST", "/v1/ffprobe", `{"url":"gs://elsewhere/a.mp4"}`),
		request{"another's upload to be probed", func() answer { return s.do(t, bob, "POST", "/v1/ffprobe", object{"url": uri}) }},
		of(t, s, "POST", "/v1/ffprobe", object{"url": uri}),
	)
}

func refusedReads(t *testing.T, s *server) []request {
	var all []request
	for _, query := range []string{
		"page=x", "page=1.5", "page=1e3", "limit=ten", "limit=%20%2B", "order=up", "order=created_at.asc", "since=yesterday", "since=2026-01-31", "since=2026-02-30T00:00:00Z",
		"since=1767323045", "until=now", "until=2026-01-31T12:00:00.1234567890Z", "limit=%zz", "limit=1;page=2",
	} {
		all = append(all, of(t, s, "GET", "/v1/transcodes?"+query, nil))
	}
	path := "/v1/transcodes/" + s.do(t, alice, "POST", "/v1/transcodes", `{"inputs":[{"url":"http://127.0.0.1:1/a"}],"outputFormat":"mp4"}`).text("id")
	return append(all,
		of(t, s, "GET", path+"/download", nil),
		request{"cancel of an ended job", func() answer {
			s.wait(t, alice, path)
			return s.do(t, alice, "PATCH", path+"/cancel", nil)
		}})
}

// refusedLimits are those that need a server with settings of its own.
func refusedLimits(t *testing.T) []request {
	strict := start(t, options{args: []string{"--workers", "1", "--retention", "1ms"}, env: []string{"FFLAMBDA_RATE_LIMIT_V1=0.01", "FFLAMBDA_QUOTA_OWNERS=bob:jobs=1"}})
	tone := serveFile(t, media(t, "tone.wav", "-f", "lavfi", "-i", "sine=duration=0.1"))
	idle := start(t, options{args: []string{"--workers", "0", "--max-queued-owner", "1"}})
	return []request{
		{"too many jobs", func() answer {
			idle.do(t, alice, "POST", "/v1/transcodes", aCreate)
			return idle.do(t, alice, "POST", "/v1/transcodes", aCreate)
		}},
		{"a file past its retention", func() answer {
			path := "/v1/transcodes/" + strict.do(t, alice, "POST", "/v1/transcodes", object{"inputs": []object{{"url": tone}}, "outputFormat": "wav"}).text("id")
			until(t, func() bool { return strings.Contains(strict.stderr.String(), "job ended") }) // polls cost requests
			return strict.do(t, alice, "GET", path+"/download", nil)
		}},
		{"a spent quota", func() answer {
			strict.do(t, bob, "POST", "/v1/transcodes", aCreate)
			return strict.do(t, bob, "POST", "/v1/transcodes", aCreate)
		}},
		{"too many requests", func() answer {
			var a answer
			for range 21 {
				a = strict.do(t, bob, "GET", "/v1/transcodes?limit=1", nil)
			}
			return a
		}},
	}
}
