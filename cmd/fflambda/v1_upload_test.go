package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// TestUploadNames: whatever a client calls its file, the name that the server gives it is plain, new, and good for a PUT
// and a confirm.
func TestUploadNames(t *testing.T) {
	t.Parallel()
	s := common(t)
	for name, want := range map[string]string{ // the first as it stands in a JSON text
		`video.mp4`:                           "video.mp4",
		`My Holiday (1).MOV`:                  "My_Holiday_1.MOV",
		`Vidéo été 日本.mp4`:                    "Vid_o_t.mp4",
		`日本語`:                                 "file",
		`🎬🎬.webm`:                             "file.webm",
		`  blanks  .mp4  `:                    "blanks.mp4",
		`../../etc/passwd`:                    "passwd",
		`..%2f..%2fx.mp4`:                     "2f._2fx.mp4",
		`C:\\videos\\clip.avi`:                "clip.avi",
		`\\\\server\\share\\clip.avi`:         "clip.avi",
		`.bashrc`:                             "file.bashrc",
		`.mp4`:                                "file.mp4",
		`...`:                                 "file",
		`/`:                                   "file",
		`a\u0000b.mp4`:                        "a_b.mp4",
		`a\u202e4pm.exe`:                      "a_4pm.exe", // a right-to-left override shows it as "aexe.mp4"
		`a\ud800.mp4`:                         "a.mp4",
		`-rf.mp4`:                             "rf.mp4",
		`a?b=c&d#e.mp4`:                       "a_b_c_d_e.mp4",
		`"quoted".mp4`:                        "",
		strings.Repeat("x", 300) + ".mp4":     strings.Repeat("x", 80) + ".mp4",
		strings.Repeat("é", 300) + ".mp4":     "file.mp4",
		"a." + strings.Repeat("y", 300):       "a." + strings.Repeat("y", 10),
		strings.Repeat("a/", 5000) + "b.mp4":  "b.mp4",
		strings.Repeat(".", 5000) + "b..mp4.": "b.mp4",
	} {
		t.Run(fmt.Sprintf("%.30s", name), func(t *testing.T) {
			t.Parallel()
			a := s.do(t, alice, "POST", "/v1/upload/presigned-url", `{"filename":"`+name+`","contentType":"video/mp4","fileSize":3}`)
			if want == "" { // not even JSON
				worded(t, "/v1", a, 400)
				return
			}
			got := a.text("result", "filename")
			if a.status != 200 || !regexp.MustCompile(`^\d{13}-[0-9a-f]{8}-`+regexp.QuoteMeta(want)+`$`).MatchString(got) {
				t.Fatalf("%d %s, want …-%s", a.status, a.body, want)
			}
			if put := s.do(t, "", "PUT", a.text("result", "uploadUrl"), "abc", "Content-Type", "video/mp4"); put.status != 200 {
				t.Fatalf("PUT: %d %s", put.status, put.body)
			}
			// The file is found under that name. Its size is the next thing to be looked at, before ffprobe.
			if a := s.do(t, alice, "POST", "/v1/upload/confirm", object{"filename": got, "fileSize": 4}); a.text("error") != "File size mismatch" {
				t.Errorf("confirm: %d %s", a.status, a.body)
			}
		})
	}
}

// TestUploadsOfOneName: the same name at the same moment is another file every time.
func TestUploadsOfOneName(t *testing.T) {
	t.Parallel()
	s := common(t)
	const n = 50
	names := make([]string, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			a, err := s.try(alice, "POST", "/v1/upload/presigned-url", object{"filename": "a.mp4", "contentType": "video/mp4", "fileSize": 1})
			if err == nil {
				names[i] = a.text("result", "filename")
			}
		})
	}
	all.Wait()
	seen := map[string]bool{"": true}
	for _, name := range names {
		if seen[name] {
			t.Errorf("%q is no new name", name)
		}
		seen[name] = true
	}
}

// TestUploadTypes: each content type that the API takes is signed as it was sent.
func TestUploadTypes(t *testing.T) {
	t.Parallel()
	s := common(t)
	types := strings.Fields(`video/mp4 video/webm video/quicktime video/avi video/x-msvideo video/mkv video/x-matroska video/mpeg
		audio/mpeg audio/mp4 audio/aac audio/wav audio/x-wav audio/ogg audio/opus audio/flac
		image/jpeg image/png image/gif image/webp text/x-ass application/x-subrip`)
	for _, kind := range append(types, "video/webm;codecs=vp9,opus", "VIDEO/MP4") {
		a := s.do(t, alice, "POST", "/v1/upload/presigned-url", object{"filename": "a", "contentType": kind, "fileSize": 2})
		if a.status != 200 {
			t.Errorf("%s: %d %s", kind, a.status, a.body)
			continue
		}
		if put := s.do(t, "", "PUT", a.text("result", "uploadUrl"), "ab", "Content-Type", kind); put.status != 200 {
			t.Errorf("PUT of %s: %d %s", kind, put.status, put.body)
		}
	}
}

// TestUploadLink: it lives 15 minutes and says so, and is 403 after that. Its signature is the server's own, made in the past.
func TestUploadLink(t *testing.T) {
	t.Parallel()
	s := common(t)
	before := time.Now()
	a := s.do(t, alice, "POST", "/v1/upload/presigned-url", object{"filename": "a.mp4", "contentType": "video/mp4", "fileSize": 3})
	expires, err := time.Parse("2006-01-02T15:04:05.000Z", a.text("result", "expiresAt"))
	if life := expires.Sub(before); err != nil || life < 15*time.Minute-time.Second || life > 16*time.Minute {
		t.Errorf("expiresAt is %s: %v %v", a.text("result", "expiresAt"), life, err)
	}
	link := a.text("result", "uploadUrl")
	for age, want := range map[time.Duration]int{14 * time.Minute: 200, 16 * time.Minute: 403} {
		put := s.do(t, "", "PUT", s.signed(t, strings.Split(link, "?")[0], time.Now().Add(-age)), "abc", "Content-Type", "video/mp4")
		if put.status != want {
			t.Errorf("after %s: %d %s, want %d", age, put.status, put.body, want)
		}
	}
}

// signed is an upload link for 3 bytes of video/mp4 as the server made it at a time.
func (s *server) signed(t *testing.T, link string, at time.Time) string {
	t.Helper()
	text, err := os.ReadFile(s3KeyPath(s.data))
	if err != nil {
		t.Fatal(err)
	}
	var key struct {
		Access string `json:"access_key"`
		Secret string `json:"secret_key"`
	}
	if err := json.Unmarshal(text, &key); err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), "PUT", link+"?X-Amz-Expires=900", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "video/mp4")
	r.ContentLength = 3
	sign := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
	signed, _, err := sign.PresignHTTP(t.Context(), aws.Credentials{AccessKeyID: key.Access, SecretAccessKey: key.Secret},
		r, "UNSIGNED-PAYLOAD", "s3", "us-east-1", at)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// TestConfirmAnswers: what confirm and ffprobe say of each kind of file, field by field.
func TestConfirmAnswers(t *testing.T) {
	t.Parallel()
	s := common(t)
	for name, c := range map[string]struct {
		file, kind string
		probe      int // status of /v1/ffprobe
	}{
		"video":    {clip(t), "video/mp4", 200},
		"silent":   {media(t, "silent.webm", "-f", "lavfi", "-i", "testsrc2=size=64x36:rate=10:duration=1", "-c:v", "libvpx", "-deadline", "realtime"), "video/webm", 200},
		"audio":    {media(t, "tone.wav", "-f", "lavfi", "-i", "sine=duration=1:sample_rate=8000"), "audio/wav", 200},
		"image":    {media(t, "still.png", "-f", "lavfi", "-i", "color=size=64x36", "-frames:v", "1"), "image/png", 200},
		"subtitle": {save(t, "sub.srt", answer{body: []byte("1\n00:00:00,000 --> 00:00:01,000\nHi\n")}), "application/x-subrip", 200},
		"garbage":  {save(t, "no.mp4", answer{body: []byte("\x00\x01 no media at all")}), "video/mp4", 422},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			uri := s.upload(t, alice, c.file, c.kind)
			info, err := os.Stat(c.file)
			if err != nil {
				t.Fatal(err)
			}
			body := object{"filename": filepath.Base(uri), "fileSize": info.Size(), "uploadId": "ignored"}
			confirmed := s.do(t, alice, "POST", "/v1/upload/confirm", body)
			pin(t, "confirm-"+name, confirmed, 200)
			probed := s.do(t, alice, "POST", "/v1/ffprobe", object{"url": uri})
			pin(t, "ffprobe-"+name, probed, c.probe)
			for _, link := range []string{"downloadUrl", "publicUrl"} {
				url := confirmed.text("result", link)
				file := s.do(t, "", "GET", url, nil)
				if file.status != 200 || int64(len(file.body)) != info.Size() || file.header.Get("Content-Type") != c.kind || !strings.Contains(url, "X-Amz-Expires=3600&") {
					t.Errorf("%s: %d, %d bytes, %v: %s", link, file.status, len(file.body), file.header, url)
				}
			}
		})
	}
}

// TestPlaylistsAreNotFollowed: a file that only points to others tells nothing of them, neither to confirm nor to a job,
// whether they are the caller's own or any on the server's disk.
func TestPlaylistsAreNotFollowed(t *testing.T) {
	t.Parallel()
	s := common(t)
	other := media(t, "other.ts", "-f", "lavfi", "-i", "testsrc2=size=64x36:rate=10:duration=1", "-c:v", "mpeg2video")
	own := filepath.Base(s.upload(t, alice, other, "video/mpeg"))
	hls := "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n%s\n#EXT-X-ENDLIST\n"
	dash := `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT1S"><Period>` +
		`<AdaptationSet mimeType="video/mp4"><Representation id="0" bandwidth="1"><BaseURL>%s</BaseURL></Representation></AdaptationSet></Period></MPD>`
	for _, c := range []struct{ name, text string }{
		{"a.m3u8", fmt.Sprintf(hls, other)},
		{"b.mp4", fmt.Sprintf(hls, "file://"+other)},
		{"c.m3u8", fmt.Sprintf(hls, own)},
		{"d.m3u8", fmt.Sprintf(hls, s.url+"/health-check")},
		{"e.mp4", "ffconcat version 1.0\nfile '" + own + "'\n"},
		{"f.txt", "ffconcat version 1.0\nfile '" + other + "'\n"},
		{"g.mpd", fmt.Sprintf(dash, other)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			file := save(t, c.name, answer{body: []byte(c.text)})
			uri := s.upload(t, alice, file, "video/mp4")
			a := s.do(t, alice, "POST", "/v1/upload/confirm", object{"filename": filepath.Base(uri), "fileSize": len(c.text)})
			want := fmt.Sprintf(`"metadata":{"duration_seconds":0,"format":"unknown","size_bytes":%d}}`, len(c.text))
			if a.status != 200 || !strings.Contains(string(a.body), want) {
				t.Errorf("confirm: %d %s", a.status, a.body)
			}
			done := s.transcode(t, object{"inputs": []object{{"url": uri}}, "outputFormat": "mp4"})
			if done.text("status") != "failed" || done.text("error_code") != "input_not_media" || done.text("error_category") != "validation" {
				t.Errorf("the job: %s", done.body)
			}
		})
	}
}
