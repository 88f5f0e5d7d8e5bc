package main

import (
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fflambda/fflambda/shared/link"
)

// aMovie is 1 s of picture and sound in three segments.
const aMovie = "-f lavfi -i testsrc2=s=320x180:r=12:d=1 -f lavfi -i sine=d=1 -c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 4 -c:a aac "

// TestPlaylistsPlay: what a job kept of a stream plays from the playlist's link, over HTTP, with a real player.
func TestPlaylistsPlay(t *testing.T) {
	t.Parallel()
	s := common(t)
	for _, c := range []struct {
		name, playlist string
		declared       []string
		line           string
	}{
		{"HLS of segments", "index.m3u8", []string{"seg*.ts"}, "-f hls -hls_time 0.3 -hls_list_size 0 -hls_segment_filename outputs/seg%03d.ts outputs/index.m3u8"},
		{"HLS of parts of one file", "index.m3u8", []string{"all.mp4"}, "-f hls -hls_time 0.3 -hls_list_size 0 -hls_segment_type fmp4 -hls_flags single_file -hls_segment_filename outputs/all.mp4 outputs/index.m3u8"},
		{"HLS of variants", "master.m3u8", []string{"v*"}, "-map 0:v -map 0:v -map 1:a -map 1:a -f hls -hls_time 0.3 -hls_list_size 0 -master_pl_name master.m3u8 " +
			"-var_stream_map 'v:0,a:0 v:1,a:1' -hls_segment_filename outputs/v%v_%03d.ts outputs/v%v.m3u8"},
		{"DASH", "live.mpd", []string{"*.m4s"}, "-f dash -seg_duration 0.3 outputs/live.mpd"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			links := outputs(t, s.run(t, commands(append(c.declared, c.playlist), aMovie+c.line)))
			index := links[c.playlist]
			if !strings.HasSuffix(index, "/"+c.playlist) {
				t.Fatalf("the playlist's link is %s", index)
			}
			for name, own := range links {
				beside := strings.TrimSuffix(index, c.playlist) + name
				if a, b := s.do(t, "", "GET", own, nil), s.do(t, "", "GET", beside, nil); a.status != 200 || b.status != 200 || string(a.body) != string(b.body) {
					t.Errorf("%s: %d by its own link, %d beside the playlist", name, a.status, b.status)
				}
			}
			if !has(t, "-protocols", "http") || c.name == "DASH" && !has(t, "-demuxers", "dash") {
				t.Skip("this ffmpeg plays no such stream: it has no http or no dash")
			}
			if got := played(t, index); got != 12 {
				t.Errorf("a player sees %d frames of 12", got)
			}
		})
	}
}

// played is how many pictures a player gets from a URL.
func played(t *testing.T, url string) int {
	t.Helper()
	out, err := exec.Command("ffprobe", "-v", "error", "-select_streams", "v:0", "-count_frames", "-show_entries", "stream=nb_read_frames", "-of", "csv=p=0", url).CombinedOutput()
	if err != nil {
		t.Fatalf("ffprobe: %v\n%s", err, out)
	}
	first, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n") // a program repeats its streams
	n, err := strconv.Atoi(strings.TrimRight(first, ","))
	if err != nil {
		t.Fatalf("ffprobe said %q", out)
	}
	return n
}

// has reports whether a list of ffmpeg's, as -protocols, names what.
func has(t *testing.T, list, what string) bool {
	t.Helper()
	out, err := exec.Command("ffmpeg", "-hide_banner", list).Output()
	if err != nil {
		t.Fatal(err)
	}
	return slices.Contains(strings.Fields(string(out)), what)
}

// TestLinkAnswers is HTTP as downloaders and players speak it.
func TestLinkAnswers(t *testing.T) {
	t.Parallel()
	s := common(t)
	link := outputs(t, s.run(t, commands([]string{"o.wav"}, aTone+"{{o.wav}}")))["o.wav"]
	whole := s.do(t, "", "GET", link, nil)
	size, tag := len(whole.body), whole.header.Get("ETag")
	if whole.status != 200 || size < 1000 || tag == "" {
		t.Fatalf("%d, %d bytes, ETag %q", whole.status, size, tag)
	}
	total := strconv.Itoa(size)
	for name, c := range map[string]struct {
		query  string
		header []string
		status int
		body   string
		want   map[string]string
	}{
		"first bytes":              {"", []string{"Range", "bytes=0-3"}, 206, "RIFF", map[string]string{"Content-Range": "bytes 0-3/" + total}},
		"resumed":                  {"", []string{"Range", "bytes=8-"}, 206, string(whole.body[8:]), map[string]string{"Content-Range": "bytes 8-" + strconv.Itoa(size-1) + "/" + total}},
		"last bytes":               {"", []string{"Range", "bytes=-5"}, 206, string(whole.body[size-5:]), nil},
		"beyond the end":           {"", []string{"Range", "bytes=" + total + "-"}, 416, "", map[string]string{"Content-Range": "bytes */" + total}},
		"resumed, the same file":   {"", []string{"Range", "bytes=0-3", "If-Range", tag}, 206, "RIFF", nil},
		"resumed, another file":    {"", []string{"Range", "bytes=0-3", "If-Range", `"other"`}, 200, string(whole.body), nil},
		"known already":            {"", []string{"If-None-Match", tag}, 304, "", nil},
		"with a key that is none":  {"", []string{"Authorization", "Bearer nobody's"}, 200, string(whole.body), map[string]string{"Content-Disposition": "inline; filename=o.wav"}},
		"asked for as a file":      {"?download=1", nil, 200, string(whole.body), map[string]string{"Content-Disposition": "attachment; filename=o.wav"}},
		"from a page":              {"", []string{"Origin", "https://page.example"}, 200, string(whole.body), map[string]string{"Access-Control-Allow-Origin": "*"}},
		"with its name behind it":  {"/o.wav", nil, 200, string(whole.body), map[string]string{"Content-Type": "audio/wav", "Accept-Ranges": "bytes"}},
		"with another name behind": {"/p.wav", nil, 403, `{"error":"This link is not valid"}`, nil},
	} {
		for _, method := range []string{"GET", "HEAD"} {
			a := s.do(t, "", method, link+c.query, nil, c.header...)
			if a.status != c.status || method == "HEAD" && len(a.body) > 0 || method == "GET" && c.body != "" && strings.TrimSpace(string(a.body)) != strings.TrimSpace(c.body) {
				t.Errorf("%s: %s: %d, %d bytes: %.60q", name, method, a.status, len(a.body), a.body)
			}
			for field, want := range c.want {
				if d := cmp.Diff(want, a.header.Get(field)); d != "" {
					t.Errorf("%s: %s: %s: %s", name, method, field, d)
				}
			}
		}
	}
}

// TestLinkRefusals: links that are not ours, not whole, or over.
func TestLinkRefusals(t *testing.T) {
	t.Parallel()
	s := start(t, options{args: []string{"--workers", "1"}})
	done := s.run(t, commands([]string{"o.wav"}, aTone+"{{o.wav}}"))
	token := strings.TrimPrefix(outputs(t, done)["o.wav"], s.url+"/d/")
	key, err := link.KeyFile(linkKeyPath(s.data))
	if err != nil {
		t.Fatal(err)
	}
	ours, err := link.New(key)
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := link.New(make([]byte, link.KeyBytes))
	if err != nil {
		t.Fatal(err)
	}
	id, now := done.text("data", "id"), time.Now()
	if _, _, err := ours.Verify(token, now.Add(7*24*time.Hour-time.Minute)); err != nil {
		t.Errorf("after almost 7 days: %v", err)
	}
	if _, _, err := ours.Verify(token, now.Add(7*24*time.Hour+time.Minute)); err == nil {
		t.Error("the link lives for more than 7 days")
	}
	for name, c := range map[string]struct {
		path   string
		status int
	}{
		"cut":             {token[:len(token)-3], 403},
		"longer":          {token + "A", 403},
		"of another key":  {theirs.Sign(id, "o.wav", now.Add(time.Hour)), 403},
		"nothing":         {"x", 403},
		"very long":       {strings.Repeat("A", 8000), 403},
		"expired":         {ours.Sign(id, "o.wav", now.Add(-time.Second)), 410},
		"of no file":      {ours.Sign(id, "p.wav", now.Add(time.Hour)), 410},
		"of all, no name": {ours.Sign(id, "", now.Add(time.Hour)), 403},
		"of all, no file": {ours.Sign(id, "", now.Add(time.Hour)) + "/p.wav", 404},
		"of all, outside": {ours.Sign(id, "", now.Add(time.Hour)) + "/..%2F1%2Fo.wav", 404},
		"of all":          {ours.Sign(id, "", now.Add(time.Hour)) + "/o.wav", 200},
	} {
		a := s.do(t, "", "GET", "/d/"+c.path, nil)
		if a.status != c.status || a.status >= 400 && a.text("error") == "" {
			t.Errorf("%s: %d %.80s, want %d", name, a.status, a.body, c.status)
		}
	}
}

// TestLinksRotate: links of the key before still work, those of the one before it no longer, and the server goes on.
func TestLinksRotate(t *testing.T) {
	t.Parallel()
	s := start(t, options{args: []string{"--workers", "1"}})
	done := s.run(t, commands([]string{"o.wav"}, aTone+"{{o.wav}}"))
	rotate := func() {
		t.Helper()
		if out, err := command(nil, "links", "--data", s.data, "rotate").CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	status := func(link string) int { return s.do(t, "", "GET", link, nil).status }
	fresh := func() string {
		return outputs(t, s.do(t, alice, "GET", "/api/jobs/"+done.text("data", "id"), nil))["o.wav"]
	}
	first := outputs(t, done)["o.wav"]
	rotate()
	second := fresh()
	if a, b := status(first), status(second); a != 200 || b != 200 {
		t.Errorf("after one rotation the old link gives %d, a new one %d", a, b)
	}
	rotate()
	if a, b, c := status(first), status(second), status(fresh()); a != 403 || b != 200 || c != 200 {
		t.Errorf("after two rotations the oldest link gives %d, the next %d, a new one %d; want 403, 200, 200", a, b, c)
	}
	if out, err := command(nil, "links", "--data", s.data).CombinedOutput(); err == nil || !strings.Contains(string(out), "usage: fflambda links") {
		t.Errorf("without a verb: %v\n%s", err, out)
	}
}

// TestPlaylistFilesAreInputs: a link beside a playlist is resolved inside, although nobody could reach its host.
func TestPlaylistFilesAreInputs(t *testing.T) {
	t.Parallel()
	s := common(t)
	links := outputs(t, s.run(t, commands([]string{"index.m3u8", "seg*.ts"}, aMovie+"-f hls -hls_segment_filename outputs/seg%03d.ts outputs/index.m3u8")))
	segment := strings.Replace(links["index.m3u8"], "index.m3u8", "seg000.ts", 1)
	segment = strings.Replace(segment, s.url, "https://nowhere.invalid/prod", 1)
	in := func(url string) object {
		return object{"input_files": object{"in.ts": url}, "output_files": []string{"o.mp4"}, "ffmpeg_commands": []string{"-i {{in.ts}} -c copy {{o.mp4}}"}}
	}
	if done := s.run(t, in(segment)); done.text("data", "status") != "succeeded" {
		t.Errorf("%s", done.body)
	}
	if done := s.run(t, in(links["seg000.ts"]+"/index.m3u8")); done.text("data", "error_code") != "input_forbidden" {
		t.Errorf("with a token for another file: %s", done.body)
	}
}
