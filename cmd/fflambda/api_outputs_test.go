package main

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// outputs are a succeeded job's links by name. A job that ended otherwise fails the test.
func outputs(t *testing.T, a answer) map[string]string {
	t.Helper()
	links := map[string]string{}
	list, ok := a.field("data", "output_files").(map[string]any)
	if a.text("data", "status") != "succeeded" || !ok {
		t.Fatalf("%s", a.body)
	}
	for name, link := range list {
		links[name] = link.(string)
	}
	return links
}

func names(links map[string]string) string { return strings.Join(slices.Sorted(maps.Keys(links)), " ") }

const (
	aTone    = "-f lavfi -i sine=duration=0.2 "
	aPicture = "-f lavfi -i testsrc2=s=64x36:r=10:d=1 -c:v libx264 -preset ultrafast -pix_fmt yuv420p "
)

// TestOutputNames: what is declared, what is made, and what is kept under which keys.
func TestOutputNames(t *testing.T) {
	t.Parallel()
	s := common(t)
	for _, c := range []struct {
		declared []string
		lines    []string
		want     string // the keys
	}{
		{[]string{"a.mp4", "a.mp4.mp4"}, []string{aPicture + "{{a.mp4.mp4}}", "-i outputs/a.mp4.mp4 -c copy {{a.mp4}}"}, "a.mp4 a.mp4.mp4"},
		{[]string{"o.wav", "p.wav", "q.wav"}, []string{aTone + "{{o.wav}} {{p.wav}} outputs/more.wav q.wav"}, "o.wav p.wav q.wav"}, // several, one in the working folder
		{[]string{"o.wav"}, []string{aTone + "t.wav", "-i t.wav -c copy u.wav", "-i u.wav {{o.wav}}"}, "o.wav"},                    // handed on
		{[]string{"o.wav"}, []string{aTone + "o.wav outputs/o.wav"}, "o.wav"},
		{[]string{"f_%03d.png"}, []string{aPicture + "-c:v png -frames:v 3 {{f_%03d.png}}"}, "f_001.png f_002.png f_003.png"},
		{[]string{"%d.png"}, []string{aPicture + "-c:v png -start_number 9 -frames:v 3 {{%d.png}}"}, "10.png 11.png 9.png"},
		{[]string{"f_%03d.png", "f_*.png", "f_002.png"}, []string{aPicture + "-c:v png -frames:v 3 {{f_%03d.png}}"}, "f_001.png f_002.png f_003.png"},
		{[]string{"?_%02d.*"}, []string{aPicture + "-c:v png -frames:v 1 outputs/a_%02d.png", aPicture + "-c:v mjpeg -frames:v 1 outputs/b_%02d.jpg"}, "a_01.png b_01.jpg"},
		{[]string{"o%d.wav"}, []string{aTone + "{{o%d.wav}}"}, "o%d.wav"}, // a muxer that knows no patterns
		{[]string{"100%.wav"}, []string{aTone + "{{100%.wav}}"}, "100%.wav"},
		{[]string{"*.wav"}, []string{aTone + `"outputs/a b+c&d?é'.wav" outputs/.hidden.wav`}, "a b+c&d?é'.wav"},
		{[]string{"index.m3u8", "seg*.ts"}, []string{aPicture + "-g 3 -f hls -hls_time 0.3 -hls_list_size 0 -hls_segment_filename outputs/seg%03d.ts {{index.m3u8}}"}, "index.m3u8 seg000.ts seg001.ts seg002.ts seg003.ts"},
		{[]string{"o.mp4"}, []string{aPicture + "-b:v 50k -pass 1 -f null /dev/null", aPicture + "-b:v 50k -pass 2 {{o.mp4}}"}, "o.mp4"}, // two passes
	} {
		t.Run(strings.Join(c.declared, " "), func(t *testing.T) {
			t.Parallel()
			links := outputs(t, s.run(t, commands(c.declared, c.lines...)))
			if got := names(links); got != c.want {
				t.Errorf("kept %q, want %q", got, c.want)
			}
			for name, link := range links {
				if file := s.do(t, "", "GET", link, nil); file.status != 200 || len(file.body) == 0 {
					t.Errorf("%s: %d, %d bytes", name, file.status, len(file.body))
				}
			}
		})
	}
}

// TestConcatList: a list that is an input names the other inputs by their bare names, beside which it lies.
func TestConcatList(t *testing.T) {
	t.Parallel()
	s := common(t)
	list := serveHTTP(t, func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "file 'a.mp4'\nfile 'b.mp4'\nfile a.mp4\n")
	})
	source := serveFile(t, clip(t))
	links := outputs(t, s.run(t, object{
		"input_files": object{"list.txt": list, "a.mp4": source, "b.mp4": source}, "output_files": []string{"o.mp4"},
		"ffmpeg_commands": []string{"-f concat -safe 0 -i {{list.txt}} -c copy {{o.mp4}}"},
	}))
	p := probe(t, save(t, "o.mp4", s.do(t, "", "GET", links["o.mp4"], nil)))
	if !strings.HasPrefix(p.Format.Duration, "3.0") {
		t.Errorf("three clips of a second last %s s", p.Format.Duration)
	}
}

// TestOutputMissing: the text names what is missing or empty, and says what there is.
func TestOutputMissing(t *testing.T) {
	t.Parallel()
	s := common(t)
	for _, c := range []struct {
		declared []string
		line     string
		want     string
	}{
		{[]string{"o.mp4"}, aTone + "-f null -", `"o.mp4" was not written. Nothing else was written either.`},
		{[]string{"o.mp3", "o.mp4"}, aTone + "outputs/O.wav t.wav", `"o.mp3" was not written. Found instead: O.wav, t.wav.`},
		{[]string{"f_%03d.png"}, aTone + "f_1.wav", `"f_%03d.png" was not written. Found instead: f_1.wav.`},
		{[]string{"seg*.ts"}, aTone + "out.wav", `"seg*.ts" was not written. Found instead: out.wav.`},
		{[]string{"o.yuv"}, "-f lavfi -i testsrc=d=1 -ss 5 -f rawvideo {{o.yuv}}", `"o.yuv" is empty.`},
		{[]string{"v0.m3u8"}, aPicture + `-f hls -var_stream_map "v:0" -master_pl_name all.m3u8 outputs/d%v/v0.m3u8`, `"v0.m3u8" was written into a folder (outputs/d0/v0.m3u8)`},
	} {
		a := s.run(t, commands(c.declared, c.line))
		if text := a.text("data", "error_message"); a.text("data", "status") != "failed" || a.text("data", "error_code") != "output_missing" || !strings.Contains(text, c.want) {
			t.Errorf("%s: %s\nwant %s", c.line, a.body, c.want)
		}
	}
}

// TestContentTypes are what browsers and players go by, in the answer of a link.
func TestContentTypes(t *testing.T) {
	t.Parallel()
	s := common(t)
	want := map[string]string{
		"mp4": "video/mp4", "m4v": "video/mp4", "webm": "video/webm", "mov": "video/quicktime", "mkv": "video/x-matroska", "avi": "video/x-msvideo",
		"ogv": "video/ogg", "mpg": "video/mpeg", "flv": "video/x-flv", "3gp": "video/3gpp", "wmv": "video/x-ms-wmv",
		"m3u8": "application/vnd.apple.mpegurl", "mpd": "application/dash+xml", "ts": "video/mp2t", "m4s": "video/iso.segment",
		"mp3": "audio/mpeg", "m4a": "audio/mp4", "aac": "audio/aac", "wav": "audio/wav", "ogg": "audio/ogg", "oga": "audio/ogg", "opus": "audio/ogg", "flac": "audio/flac",
		"jpg": "image/jpeg", "JPEG": "image/jpeg", "png": "image/png", "apng": "image/apng", "gif": "image/gif", "webp": "image/webp", "avif": "image/avif", "bmp": "image/bmp", "tiff": "image/tiff",
		"vtt": "text/vtt", "srt": "application/x-subrip", "ass": "text/x-ass", "txt": "text/plain; charset=utf-8", "log": "text/plain; charset=utf-8", "json": "application/json",
		"html": "application/octet-stream", "svg": "application/octet-stream", "none": "application/octet-stream",
	}
	var declared []string
	line := "-f lavfi -i color=s=2x2"
	for extension := range want {
		declared = append(declared, "o."+extension)
		line += " -frames:v 1 -f rawvideo {{o." + extension + "}}" // a few bytes: the type is the name's
	}
	for name, link := range outputs(t, s.run(t, commands(declared, line))) {
		extension := strings.TrimPrefix(name, "o.")
		file := s.do(t, "", "HEAD", link, nil)
		if got := file.header.Get("Content-Type"); file.status != 200 || got != want[extension] || file.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf(".%s: %d %q, want %q", extension, file.status, got, want[extension])
		}
	}
}

// TestManyFrames: 2,000 frames of one job, each kept under its name, all of them the frames that ffmpeg made.
func TestManyFrames(t *testing.T) {
	t.Parallel()
	s := common(t)
	const frames = 2000
	a := s.run(t, commands([]string{"%05d.pgm"}, fmt.Sprintf("-f lavfi -i nullsrc=s=4x1,format=gray,geq=lum=mod(N\\,256) -frames:v %d {{%%05d.pgm}}", frames)))
	links := outputs(t, a)
	if len(links) != frames || a.field("data", "total_output_bytes") == nil {
		t.Fatalf("%d links", len(links))
	}
	for _, i := range []int{1, 200, 999, frames} {
		name := fmt.Sprintf("%05d.pgm", i)
		file := s.do(t, "", "GET", links[name], nil)
		level := byte((i - 1) % 256)
		if d := cmp.Diff("P5\n4 1\n255\n"+strings.Repeat(string([]byte{level}), 4), string(file.body)); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
	at := -1
	for _, name := range slices.Sorted(maps.Keys(links)) { // sorted in the text of the answer, too
		next := bytes.Index(a.body, []byte(`"`+name+`"`))
		if next <= at {
			t.Fatalf("%s stands before the one that it follows", name)
		}
		at = next
	}
	start := time.Now()
	if again := s.do(t, alice, "GET", "/api/jobs/"+a.text("data", "id"), nil); time.Since(start) > time.Second || len(again.body) > 2<<20 {
		t.Errorf("the job with %d links took %s and %d bytes", frames, time.Since(start), len(again.body))
	}
}
