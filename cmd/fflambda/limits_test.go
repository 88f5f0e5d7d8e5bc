package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/png"
	"maps"
	"math"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fflambda/fflambda/shared/sandbox"
)

// excess is a job that takes more than it may.
type excess struct {
	lines   []string
	input   string // a URL, or none
	seconds int    // timeout_seconds; 0: the server's
	code    string // that it ends with
	text    string // that its error_message has
}

// TestLimits: jobs that would take the whole machine, or never end, end with a code and a text that says what to change.
// Meanwhile the jobs of others run, and the server answers.
func TestLimits(t *testing.T) {
	t.Parallel()
	requireFFmpeg(t)
	if !sandbox.Detect().Seccomp {
		t.Skip("this kernel has no seccomp")
	}
	s := start(t, options{args: []string{"--workers", "5", "--max-output-bytes", "20MB", "--max-memory", "300MiB", "--max-cpu", "2s", "--timeout", "20s"}})
	jobs := bounded()
	maps.Copy(jobs, map[string]excess{
		"processor time": {lines: []string{"-f lavfi -i testsrc2=s=640x360 -c:v libx264 -preset slow -b:v 10k {{o}}"},
			code: "timed_out", text: "more than 2s of processor time, the limit of one command. Give it less to do"},
		"memory":           {lines: []string{"-f lavfi -i color=s=64x64:d=0.1 -vf scale=15000:15000 -c:v ffv1 {{o}}"}, code: "out_of_memory", text: "Use a lower resolution"},
		"memory of frames": {lines: []string{"-f lavfi -i testsrc2=s=1280x720:r=60 -vf reverse -c:v mpeg4 {{o}}"}, code: "out_of_memory", text: "Use a lower resolution"},
		"one huge file":    {lines: []string{"-f lavfi -i sine -t 30000 -c:a pcm_s16le -f wav {{o}}"}, code: "output_too_large", text: "more than 20 MB, the limit of one job. Make the output shorter"},
		"a made bomb":      {lines: []string{"-f lavfi -i color=s=16x16:d=0.1 -vf scale=100000:100000 -c:v mpeg4 {{o}}"}, code: "ffmpeg_failed", text: "Picture size 100000x100000 is invalid"},
		"a picture bomb":   {lines: []string{"-i {{in}} -c:v mpeg4 {{o}}"}, input: serveBytes(t, pictureBomb(t)), code: "ffmpeg_failed", text: "Pictures of more than 8192 x 8192 pixels are not read"},
		"10,000 streams":   {lines: []string{"-i {{in}} -map 0 -c copy -c:v nope {{o}}"}, input: serveBytes(t, streams(10_000)), code: "input_not_media|ffmpeg_failed", text: "streams"},
		"ten hours of gap": {lines: []string{"-i {{in}} -vf fps=25 -c:v mpeg4 -b:v 100 {{o}}"}, input: serveBytes(t, gap(t)), seconds: 1, code: "timed_out", text: ""},
		"an hour's image":  {lines: []string{"-loop 1 -t 3600 -i {{in}} -r 60 -vf scale=640:360 -c:v libx264 {{o}}"}, input: serveBytes(t, picture(t)), code: "timed_out", text: "Give it less to do"},
	})
	done := make(chan struct{})
	go func() {
		defer close(done)
		others(t, s)
	}()
	endure(t, s, jobs)
	<-done
	nothingLeft(t, s)
}

// TestLimitsWithoutSandbox: what the worker itself watches holds without the sandbox too.
func TestLimitsWithoutSandbox(t *testing.T) {
	t.Parallel()
	requireFFmpeg(t)
	s := start(t, options{args: []string{"--workers", "4", "--max-output-bytes", "20MB", "--sandbox", "off"}})
	endure(t, s, bounded())
	nothingLeft(t, s)
}

// bounded are those that the worker ends.
func bounded() map[string]excess {
	return map[string]excess{
		"bytes": {lines: []string{"-f lavfi -i testsrc2=s=640x360 -c:v rawvideo {{o}}"}, code: "output_too_large", text: "more than 20 MB, the limit of one job. Make the output shorter"},
		"bytes between two commands": {lines: []string{"-f lavfi -i sine -t 120 -c:a pcm_s16le a.wav", "-i a.wav -c copy b.wav", "-i b.wav -t 1 {{o}}"},
			code: "output_too_large", text: "more than 20 MB"},
		"wall time":     {lines: []string{"-re -f lavfi -i sine {{o}}"}, seconds: 1, code: "timed_out", text: "longer than its limit of 1s. Allow it more time"},
		"endless noise": {lines: []string{"-f lavfi -i anoisesrc=r=96000 -c:a pcm_f64le {{o}}"}, code: "output_too_large", text: "more than 20 MB"},
		"a flood of logs": {lines: []string{"-f lavfi -i color=s=16x16:r=10000 -vf showinfo -f null {{o}}"}, seconds: 1, code: "timed_out",
			text: "longer than its limit of 1s"},
	}
}

// endure runs the jobs at the same time, and looks how each of them ends.
func endure(t *testing.T, s *server, jobs map[string]excess) {
	t.Helper()
	ids := map[string]string{}
	for name, x := range jobs {
		body := object{"output_files": []string{"o"}, "input_files": object{}, "ffmpeg_commands": written(x.lines)}
		body["output_files"] = []string{"o.mkv"}
		if x.input != "" {
			body["input_files"] = object{"in": x.input}
		}
		if x.seconds > 0 {
			body["timeout_seconds"] = x.seconds
		}
		a := s.do(t, alice, "POST", "/api/ffmpeg", body)
		if a.status != 200 {
			t.Errorf("%s: create: %d %s", name, a.status, a.body)
			continue
		}
		ids[name] = a.text("data", "id")
	}
	for name, id := range ids {
		x := jobs[name]
		done, _ := s.wait(t, alice, "/api/jobs/"+id)
		code, text := done.text("data", "error_code"), done.text("data", "error_message")
		if code == "" || !strings.Contains("|"+x.code+"|", "|"+code+"|") || !strings.Contains(text+fmt.Sprint(done.field("data", "stderr_tail")), x.text) {
			t.Errorf("%s: want %s with %q: %s", name, x.code, x.text, done.body)
		}
		if tail, _ := done.field("data", "stderr_tail").([]any); len(tail) > 20 {
			t.Errorf("%s: %d lines of stderr", name, len(tail))
		}
	}
}

// written has the lines write the declared output as {{o.mkv}}, whatever it holds.
func written(lines []string) []string {
	var all []string
	for _, line := range lines {
		all = append(all, strings.ReplaceAll(line, "{{o}}", "-f matroska {{o.mkv}}"))
	}
	return all
}

// others runs small jobs of somebody else, one after the other. It is called beside the test.
func others(t *testing.T, s *server) {
	for i := range 3 {
		began := time.Now()
		a, err := s.try(bob, "POST", "/api/ffmpeg?wait=true", anyJob)
		if err != nil || a.text("data", "status") != "succeeded" {
			t.Errorf("somebody else's job %d: %v %s", i, err, a.body)
			return
		}
		asked := time.Now()
		if a, err := s.try("", "GET", "/health-check", nil); err != nil || a.status != 200 || time.Since(asked) > 2*time.Second {
			t.Errorf("health: %v %s after %s", err, a.body, time.Since(asked))
		}
		t.Logf("somebody else's job took %s", time.Since(began).Round(time.Millisecond))
	}
}

func serveBytes(t *testing.T, content []byte) string {
	t.Helper()
	return serveHTTP(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(content) })
}

func picture(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 16, 16))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// pictureBomb is a PNG that claims 30,000 x 30,000 pixels.
func pictureBomb(t *testing.T) []byte {
	t.Helper()
	bomb := picture(t)
	binary.BigEndian.PutUint32(bomb[16:], 30_000)
	binary.BigEndian.PutUint32(bomb[20:], 30_000)
	binary.BigEndian.PutUint32(bomb[29:], crc32.ChecksumIEEE(bomb[12:29]))
	return bomb
}

// gap is a video whose last frame comes ten hours after the others.
func gap(t *testing.T) []byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), "gap.mkv")
	made, err := exec.CommandContext(t.Context(), "ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=320x180:d=0.4",
		"-vf", "setpts=PTS+gt(N\\,5)*36000/TB", "-fps_mode", "passthrough", "-c:v", "ffv1", file).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, made)
	}
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// streams is a Matroska file with n silent tracks.
func streams(n int) []byte {
	number := func(id string, v int) []byte { return element(id, binary.BigEndian.AppendUint32(nil, uint32(v))) } //nolint:gosec // small
	float := func(id string, v float64) []byte {
		return element(id, binary.BigEndian.AppendUint64(nil, math.Float64bits(v)))
	}
	var tracks []byte
	for i := 1; i <= n; i++ {
		sound := element("\xe1", float("\xb5", 8000), number("\x9f", 1), number("\x62\x64", 16))
		tracks = append(tracks, element("\xae", number("\xd7", i), number("\x73\xc5", i), number("\x83", 2), element("\x86", []byte("A_PCM/INT/LIT")), sound)...)
	}
	return append(element("\x1a\x45\xdf\xa3", element("\x42\x82", []byte("matroska"))),
		element("\x18\x53\x80\x67", element("\x15\x49\xa9\x66", float("\x44\x89", 1000)), element("\x16\x54\xae\x6b", tracks),
			element("\x1f\x43\xb6\x75", number("\xe7", 0), element("\xa3", make([]byte, 200))))...)
}

// element is one of EBML, with a size of eight bytes.
func element(id string, parts ...[]byte) []byte {
	content := bytes.Join(parts, nil)
	head := binary.BigEndian.AppendUint64([]byte(id), 1<<56|uint64(len(content)))
	return append(head, content...)
}
