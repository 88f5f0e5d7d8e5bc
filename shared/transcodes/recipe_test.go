package transcodes

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fflambda/fflambda/shared/command"
	"github.com/fflambda/fflambda/shared/ffmpeg"
	"github.com/fflambda/fflambda/shared/job"
)

// body is the recipe as a request.
func (r recipe) body(t *testing.T) []byte {
	t.Helper()
	type option struct {
		Option   string          `json:"option"`
		Argument json.RawMessage `json:"argument,omitempty"`
	}
	options := func(words []string) []option {
		var list []option
		for len(words) > 0 {
			o := option{Option: words[0]}
			if words = words[1:]; !command.IsFlag(o.Option) && len(words) > 0 {
				o.Argument = json.RawMessage(words[0])
				if o.Option[0] != '@' {
					o.Argument, _ = json.Marshal(words[0])
				}
				words = words[1:]
			}
			list = append(list, o)
		}
		return list
	}
	type input struct {
		URL     string   `json:"url"`
		Options []option `json:"options"`
	}
	request := map[string]any{"outputFormat": or(r.format, "mp4"), "options": options(split(t, r.options))}
	var inputs []input
	for text := range strings.SplitSeq(or(r.inputs, "video.mp4"), "; ") {
		words := split(t, text)
		inputs = append(inputs, input{URL: "https://h.example/" + words[0], Options: options(words[1:])})
	}
	request["inputs"] = inputs
	if r.filters != "" {
		request["filters"] = []map[string]string{{"filter": r.filters}}
	}
	body, err := json.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// split reads a line as a shell would, but for JSON, which is one word.
func split(t *testing.T, line string) []string {
	t.Helper()
	var words []string
	for line != "" {
		before, after, found := strings.Cut(line, "@text-overlay ")
		if before != "" {
			some, err := command.Split(before)
			if err != nil {
				t.Fatal(err)
			}
			words = append(words, some...)
		}
		if !found {
			break
		}
		var argument json.RawMessage
		d := json.NewDecoder(strings.NewReader(after))
		if err := d.Decode(&argument); err != nil {
			t.Fatal(err)
		}
		words = append(words, "@text-overlay", string(argument))
		line = strings.TrimSpace(after[d.InputOffset():])
	}
	return words
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// TestRecipesRun takes each recipe from the request to the file, with every ffmpeg that is there.
func TestRecipesRun(t *testing.T) {
	t.Parallel()
	bins := ffmpegs(t)
	clips := makeClips(t, bins[0])
	for i, bin := range bins {
		for n, r := range recipes {
			t.Run(strconv.Itoa(i)+"/"+strconv.Itoa(n), func(t *testing.T) {
				t.Parallel()
				r.run(t, bin, clips)
			})
		}
	}
}

func (r recipe) run(t *testing.T, bin, clips string) {
	t.Helper()
	body := r.body(t)
	request, err := ParseCreate(body, Rules{Check: command.Check})
	if err != nil {
		t.Fatalf("%s\nis refused: %v", body, err)
	}
	j := request.Job(job.NewID(), "alice", time.Unix(0, 0), time.Minute)
	dir := t.TempDir()
	for i, in := range j.Inputs {
		name := filepath.Base(in.URL)
		media := known[name]
		j.Inputs[i].Media = &media
		link(t, filepath.Join(clips, name), filepath.Join(dir, "inputs", in.Name))
	}
	plan, err := ffmpeg.Plan(j)
	if err != nil {
		t.Fatalf("%s\ncannot be planned: %v", body, err)
	}
	for name, text := range plan.Files {
		write(t, filepath.Join(dir, name), text)
	}
	write(t, filepath.Join(dir, filepath.Dir(plan.Output), "keep"), "")
	if err := (ffmpeg.Tools{FFmpeg: bin}).Run(t.Context(), ffmpeg.Task{Dir: dir, Args: plan.Args}); err != nil {
		t.Fatalf("%s\n%q\nfails: %v", body, plan.Args, err)
	}
	if info, err := os.Stat(filepath.Join(dir, plan.Output)); err != nil || info.Size() == 0 {
		t.Errorf("%s\nmakes no file: %v", body, err)
	}
}

// known is what a probe says of the clips.
var known = map[string]job.Media{
	"video.mp4":  {Format: "mov", Duration: 1, Width: 160, Height: 90, FPS: 10, VideoCodec: "h264", AudioCodec: "aac", HasVideo: true, HasAudio: true},
	"tracks.mkv": {Format: "matroska", Duration: 1, Width: 160, Height: 90, FPS: 10, VideoCodec: "h264", AudioCodec: "aac", HasVideo: true, HasAudio: true},
	"song.mp3":   {Format: "mp3", Duration: 1, AudioCodec: "mp3", HasAudio: true},
	"logo.png":   {Format: "png_pipe", Width: 64, Height: 64, VideoCodec: "png", HasVideo: true},
	"subs.srt":   {Format: "srt", Duration: 1},
}

// makeClips makes the clips of known, of a second each.
func makeClips(t *testing.T, bin string) string {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "subs.srt"), "1\n00:00:00,000 --> 00:00:01,000\nHello\n")
	for _, line := range []string{
		"-f lavfi -i testsrc2=s=160x90:r=10:d=1 -f lavfi -i sine=d=1 -c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 5 -c:a aac -ac 2 video.mp4",
		"-i video.mp4 -i subs.srt -map 0:v -map 0:a -map 0:a -map 1 -c copy tracks.mkv",
		"-i video.mp4 -vn song.mp3",
		"-f lavfi -i testsrc2=s=64x64:d=0.1 -frames:v 1 logo.png",
	} {
		cmd := exec.CommandContext(t.Context(), bin, append([]string{"-v", "error", "-nostdin"}, strings.Fields(line)...)...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", line, err, out)
		}
	}
	return dir
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func link(t *testing.T, from, to string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(from, to); err != nil {
		t.Fatal(err)
	}
}
