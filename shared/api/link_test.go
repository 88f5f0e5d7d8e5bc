package api_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/fflambda/fflambda/shared/api"
	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/jobtest"
)

// stored is what remoteBucket holds, by the last element of the key.
var stored = map[string]string{
	"index.m3u8": "#EXTM3U\n#EXTINF:1,\nseg0.ts\n",
	"odd.m3u8":   "\xff\xfe",
}

func (remoteBucket) Get(_ context.Context, key string) (io.ReadCloser, job.ObjectInfo, error) {
	text, ok := stored[key[strings.LastIndex(key, "/")+1:]]
	if !ok {
		return nil, job.ObjectInfo{}, job.ErrNoObject
	}
	return io.NopCloser(strings.NewReader(text)), job.ObjectInfo{Key: key, Bytes: int64(len(text)), ETag: `"tag"`}, nil
}

// streamed stores a job that has ended with a playlist and what is in it.
func (w *world) streamed(t *testing.T) job.Job {
	t.Helper()
	j := jobtest.New("alice", job.FFmpeg)
	if _, _, err := w.table.Jobs().Create(t.Context(), j); err != nil {
		t.Fatal(err)
	}
	var out []job.Output
	for _, name := range []string{"gone.m3u8", "huge.m3u8", "index.m3u8", "odd.m3u8", "seg0.ts"} {
		o := job.Output{Name: name, Key: job.OutputKey(j.ID, 1, name), ContentType: "video/mp2t", Bytes: int64(len(stored[name]))}
		if strings.HasSuffix(name, ".m3u8") {
			o.ContentType = "application/vnd.apple.mpegurl"
		}
		if name == "huge.m3u8" {
			o.Bytes = 5 << 20
		}
		out = append(out, o)
	}
	for _, m := range []job.Move{job.Claim(w.now, time.Minute), job.Succeed(w.now, 1, out)} {
		var err error
		if j, err = w.table.Jobs().Move(t.Context(), j.ID, m); err != nil {
			t.Fatal(err)
		}
	}
	w.now = j.FinishedAt
	return j
}

// TestPlaylistLinks: where files are redirected a playlist is answered itself, so that what it names is asked for here;
// each of that is redirected.
func TestPlaylistLinks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	j := w.streamed(t)
	index := strings.TrimPrefix(api.OutputLink(w.links, "https://video.example", j, j.Outputs[2], w.now), "https://video.example")
	folder, name, _ := strings.Cut(strings.TrimPrefix(index, "/d/"), "/")
	if name != "index.m3u8" {
		t.Fatalf("the playlist's link is %s", index)
	}
	rec := w.do("GET", index, "")
	if h := rec.Header(); rec.Code != 200 || rec.Body.String() != stored["index.m3u8"] || h.Get("Content-Type") != "application/vnd.apple.mpegurl" ||
		h.Get("ETag") != `"tag"` || h.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("GET: %d %q %v", rec.Code, rec.Body, h)
	}
	if rec := w.do("HEAD", index, ""); rec.Code != 200 || rec.Body.Len() != 0 || rec.Header().Get("Content-Length") != "27" {
		t.Errorf("HEAD: %d %q %v", rec.Code, rec.Body, rec.Header())
	}
	for name, c := range map[string]struct {
		status   int
		location string
	}{
		"seg0.ts":            {302, "https://s3.example/" + j.Outputs[4].Key + "?method=GET&ttl=10m0s&name="},
		"seg0.ts?download=1": {302, "https://s3.example/" + j.Outputs[4].Key + "?method=GET&ttl=10m0s&name=seg0.ts"},
		"huge.m3u8":          {302, "https://s3.example/" + j.Outputs[1].Key},
		"odd.m3u8":           {302, "https://s3.example/" + j.Outputs[3].Key},
		"gone.m3u8":          {status: 410},
		"seg1.ts":            {status: 404},
		"..":                 {status: 404},
		"..%2Fseg0.ts":       {status: 404},
		"%2e%2e":             {status: 404},
		"sub/seg0.ts":        {status: 404},
		"seg0.ts%00":         {status: 404},
		"tmp%2F":             {status: 404},
		"":                   {status: 403},
		"//seg0.ts":          {302, "https://s3.example/" + j.Outputs[4].Key},
	} {
		rec := w.do("GET", "/d/"+folder+"/"+name, "")
		if rec.Code != c.status || !strings.HasPrefix(rec.Header().Get("Location"), c.location) || rec.Header().Get("Access-Control-Allow-Origin") != "*" && rec.Code != 404 {
			t.Errorf("%s: %d %q %v, want %d %s", name, rec.Code, rec.Body, rec.Header(), c.status, c.location)
		}
		if c.status >= 400 && !json.Valid(rec.Body.Bytes()) {
			t.Errorf("%s: %q is no JSON", name, rec.Body)
		}
	}
	w.now = j.FinishedAt.Add(7*24*time.Hour + time.Second)
	if rec := w.do("GET", "/d/"+folder+"/seg0.ts", ""); rec.Code != http.StatusGone {
		t.Errorf("after 7 days: %d", rec.Code)
	}
}

// TestFileTokenOpensOneFile: the token of a single file does not open its siblings, and has nothing against its own name.
func TestFileTokenOpensOneFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	j := w.streamed(t)
	link := strings.TrimPrefix(api.OutputLink(w.links, "", j, j.Outputs[4], w.now), "https://video.example")
	for path, want := range map[string]int{"": 302, "/seg0.ts": 302, "/index.m3u8": 403, "/seg1.ts": 403} {
		if rec := w.do("GET", link+path, ""); rec.Code != want {
			t.Errorf("%s: %d %s, want %d", path, rec.Code, rec.Body, want)
		}
	}
}

// TestLinksNeedNoKey: a key that comes along, right or wrong, changes nothing, and a browser may ask from any page.
func TestLinksNeedNoKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	j := w.streamed(t)
	link := api.OutputLink(w.links, "", j, j.Outputs[2], w.now)
	for _, key := range []string{"", "Bearer wrong", "Basic eDp5", "Bearer " + secret} {
		for method, want := range map[string]int{"GET": 200, "HEAD": 200, "OPTIONS": 204} {
			r := httptest.NewRequest(method, link, nil)
			r.Header.Set("Origin", "https://player.example")
			if key != "" {
				r.Header.Set("Authorization", key)
			}
			rec := httptest.NewRecorder()
			w.api.ServeHTTP(rec, r)
			if rec.Code != want || rec.Header().Get("Access-Control-Allow-Origin") != "*" {
				t.Errorf("%s with %q: %d %v", method, key, rec.Code, rec.Header())
			}
		}
	}
	rec := w.do("OPTIONS", "/d/anything", "")
	if h := rec.Header(); rec.Code != 204 || h.Get("Access-Control-Allow-Methods") != "GET, HEAD" || !strings.Contains(h.Get("Access-Control-Allow-Headers"), "*") {
		t.Errorf("OPTIONS: %d %v", rec.Code, h)
	}
}
