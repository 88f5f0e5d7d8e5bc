package ffmpeg

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/jobtest"
)

var (
	hd       = job.Media{Format: "mov", Duration: 60, Width: 1920, Height: 1080, FPS: 29.97, HasVideo: true, HasAudio: true, VideoCodec: "h264", AudioCodec: "aac"}
	portrait = job.Media{Format: "mov", Duration: 10, Width: 1080, Height: 1920, FPS: 30, HasVideo: true, HasAudio: true}
	silent   = job.Media{Format: "matroska", Duration: 4.5, Width: 641, Height: 361, FPS: 25, HasVideo: true}
	song     = job.Media{Format: "mp3", Duration: 180, HasAudio: true, AudioCodec: "mp3"}
	photo    = job.Media{Format: "png_pipe", Width: 4000, Height: 3000, FPS: 25, HasVideo: true}
	captions = job.Media{Format: "srt", Duration: 3}
)

// in is an input named after its place, with options in turn.
func in(m *job.Media, options ...string) job.Input {
	return job.Input{Name: "in.bin", Media: m, Options: list(options...)}
}

func transcode(t job.Transcode, inputs ...job.Input) job.Job {
	for i := range inputs {
		inputs[i].Name = string(rune('a'+i)) + ".bin"
	}
	return job.Job{ID: "11111111-2222-4333-8444-555555555555", API: job.Transcodes, Transcode: &t, Inputs: inputs}
}

// TestPlan shows the command of every format and of every way to ask for one. Read the golden file.
func TestPlan(t *testing.T) {
	t.Parallel()
	type tc struct {
		name string
		job  job.Job
	}
	var cases []tc
	add := func(name string, tr job.Transcode, inputs ...job.Input) {
		cases = append(cases, tc{name, transcode(tr, inputs...)})
	}
	for _, format := range formats {
		add("defaults: "+format, job.Transcode{Format: format}, in(&hd))
	}
	for _, quality := range []string{"high", "medium", "low"} {
		for _, format := range []string{"mp4", "webm", "mp3", "jpg"} {
			add(quality+" "+format, job.Transcode{Format: format, Quality: quality, HasPreset: true}, in(&hd))
		}
	}
	add("720p", job.Transcode{Format: "MP4", Resolution: "720p"}, in(&hd))
	add("480p of a portrait", job.Transcode{Format: "mp4", Resolution: "480p"}, in(&portrait))
	add("4k never enlarges", job.Transcode{Format: "mp4", Resolution: "4k"}, in(&hd))
	add("odd size", job.Transcode{Format: "mp4"}, in(&silent))
	add("not probed", job.Transcode{Format: "mp4", Resolution: "720p"}, in(nil))
	add("not probed, no resolution", job.Transcode{Format: "mp4"}, in(nil))
	add("sound only as video", job.Transcode{Format: "mp4", Resolution: "720p"}, in(&song))
	add("short gif", job.Transcode{Format: "gif", Resolution: "480p"}, in(&hd, "-ss", "5", "-t", "3"))
	add("video with captions", job.Transcode{Format: "mp4"}, in(&hd), in(&captions))
	add("video with music", job.Transcode{Format: "webm"}, in(&silent), in(&song))
	add("photo as poster", job.Transcode{Format: "webp", Resolution: "1080p"}, in(&photo))
	add("looped photo", job.Transcode{Format: "mp4", Resolution: "1080p"}, in(&photo, "-loop", "1", "-t", "00:00:05"))

	add("join", job.Transcode{Format: "mp4", Resolution: "720p"}, in(&hd), in(&silent), in(&portrait, "-to", "4"))
	add("join without sound", job.Transcode{Format: "mov"}, in(&silent), in(&silent))
	add("join as sound", job.Transcode{Format: "mp3"}, in(&silent), in(&hd))
	add("join as gif", job.Transcode{Format: "gif"}, in(&silent), in(&silent))
	add("no join: one is sound", job.Transcode{Format: "mp3"}, in(&song), in(&hd))

	add("options", job.Transcode{Format: "mp4", Quality: "high", HasPreset: true,
		Options: append(list("-c:v", "libx265", "-crf", "26", "-vf", "subtitles=inputs/a.bin", "-t", "20", "-an", ""), job.Option{Option: "-shortest"})}, in(&hd, "-ss", "1:00"), in(&hd))
	add("options for a picture", job.Transcode{Format: "jpg", Options: list("-ss", "3")}, in(&hd))
	add("options for a picture, counted", job.Transcode{Format: "jpg", Options: list("-vframes", "1")}, in(&hd))
	add("filters", job.Transcode{Format: "mp4", Resolution: "480p", Filters: []string{"[0:v]hflip[x]", "[x][1:v]overlay[v]"}}, in(&hd), in(&photo))
	add("filters without labels", job.Transcode{Format: "mp4", Filters: []string{"scale=320:-2"}}, in(&hd))
	add("filters and options", job.Transcode{Format: "mkv", Filters: []string{"[0:v]hflip[v]"}, Options: list("-map", "[v]", "-t", "2")}, in(&hd))
	add("filters for sound", job.Transcode{Format: "mp3", Filters: []string{"[0:a]volume=2[a]"}}, in(&hd))

	var text strings.Builder
	for _, c := range cases {
		cmd, err := Plan(c.job)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		text.WriteString("# " + c.name + "\n")
		for _, arg := range cmd.Args {
			if strings.ContainsAny(arg, " '\"\\;()[]|*?") || arg == "" {
				arg = "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
			}
			text.WriteString(arg + " ")
		}
		text.WriteString("\n\n")
	}
	jobtest.Golden(t, "plan.golden", []byte(strings.ReplaceAll(text.String(), " \n", "\n")))
}

func TestPlanRan(t *testing.T) {
	t.Parallel()
	j := transcode(job.Transcode{Format: "mp4", Options: list("-vf", "subtitles=inputs/a.bin", "-shortest", "")}, in(&hd))
	before, err := json.Marshal(j)
	if err != nil {
		t.Fatal(err)
	}
	c, err := Plan(j)
	if err != nil {
		t.Fatal(err)
	}
	if want := list("-vf", "subtitles=a.bin", "-shortest", ""); !slices.Equal(c.Ran, want) {
		t.Errorf("ran %v, want %v", c.Ran, want)
	}
	if want := "outputs/" + j.ID + ".mp4"; c.Output != want || c.Args[len(c.Args)-1] != want {
		t.Errorf("output %q of %q, want %q", c.Output, c.Args, want)
	}
	after, err := json.Marshal(j)
	if err != nil {
		t.Fatal(err)
	}
	if string(before) != string(after) {
		t.Errorf("the plan changed the job:\n%s\n%s", before, after)
	}
}

// Plans made at the same time share tables: the race detector would see one write to them.
func TestPlanSharesNothing(t *testing.T) {
	t.Parallel()
	for _, quality := range []string{"high", "low"} {
		t.Run(quality, func(t *testing.T) {
			t.Parallel()
			j := transcode(job.Transcode{Format: "webm", Quality: quality}, in(&hd))
			first, err := Plan(j)
			if err != nil {
				t.Fatal(err)
			}
			for range 200 {
				c, err := Plan(j)
				if err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(first, c); d != "" {
					t.Fatalf("not the same again:\n%s", d)
				}
			}
		})
	}
}

func TestPlanRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, says string
		code       job.Code
		job        job.Job
	}{
		{"silent video as sound", "no audio", job.InputNotMedia, transcode(job.Transcode{Format: "mp3"}, in(&silent))},
		{"silent clips as sound", "no audio", job.InputNotMedia, transcode(job.Transcode{Format: "wav"}, in(&silent), in(&silent))},
		{"song as picture", "no video or image", job.InputNotMedia, transcode(job.Transcode{Format: "PNG"}, in(&song))},
		{"captions alone", "neither video nor audio", job.InputNotMedia, transcode(job.Transcode{Format: "mp4"}, in(&captions))},
		{"unknown format", `"exe"`, job.FFmpegFailed, transcode(job.Transcode{Format: "exe"}, in(&hd))},
		{"an option that is a file", "begin with a dash", job.FFmpegFailed, transcode(job.Transcode{Format: "mp4", Options: list("@overlay", "{}")}, in(&hd))},
		{"an input option that is a file", "begin with a dash", job.FFmpegFailed, transcode(job.Transcode{Format: "mp4"}, in(&hd, "x", ""))},
	} {
		_, err := Plan(tt.job)
		var f *job.Failure
		if !errors.As(err, &f) || f.Code != tt.code || !strings.Contains(f.Message, tt.says) {
			t.Errorf("%s: %v, want %s that says %q", tt.name, err, tt.code, tt.says)
		}
	}
	var f *job.Failure
	if _, err := Plan(job.Job{ID: "x"}); err == nil || errors.As(err, &f) {
		t.Errorf("a job without inputs: %v, want an error of ours", err)
	}
}

func TestFit(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		format, resolution string
		from, want         size
	}{
		{"mp4", "480p", size{1920, 1080}, size{854, 480}},
		{"mp4", "480p", size{1080, 1920}, size{480, 854}},
		{"mp4", "720p", size{1440, 1080}, size{960, 720}},
		{"mp4", "720p", size{2560, 1080}, size{1280, 540}},
		{"mp4", "720p", size{1000, 1000}, size{720, 720}},
		{"mp4", "1080p", size{640, 360}, size{640, 360}},
		{"mp4", "", size{641, 361}, size{640, 360}},
		{"mp4", "4k", size{641, 361}, size{640, 360}},
		{"mp4", "", size{1, 1}, size{2, 2}},
		{"mp4", "480p", size{10000, 10}, size{854, 2}},
		{"png", "", size{641, 361}, size{641, 361}},
		{"png", "480p", size{3000, 1999}, size{720, 480}},
		{"mp4", "480p", size{}, size{}},
	} {
		if got := containers[tt.format].fit(tt.from, tt.resolution); got != tt.want {
			t.Errorf("%s %s of %v: %v, want %v", tt.format, tt.resolution, tt.from, got, tt.want)
		}
	}
}

func TestFrameRate(t *testing.T) {
	t.Parallel()
	for fps, want := range map[float64]string{25: "25", 29.97: "30000/1001", 23.976: "24000/1001", 59.94: "60000/1001", 30: "30", 12.5: "12.5", 15: "15", 24: "24"} {
		if got := frameRate(fps); got != want {
			t.Errorf("frameRate(%v) = %s, want %s", fps, got, want)
		}
	}
}

func TestOutputsOf(t *testing.T) {
	t.Parallel()
	for graph, want := range map[string][]string{
		"scale=1:2":         nil,
		"[0:v]scale=1:2[v]": {"[v]", "0:a:0?"},
		"[0:a]volume=2[a]":  {"[a]", "0:V:0?"},
		"[0:v]split[a][b];[a]hflip[c];[c][b]hstack[v]":  {"[v]", "0:a:0?"},
		"[0:v][0:a]concat=n=1:v=1:a=1[v][a]":            {"[v]", "[a]"},
		"[0][1]overlay[v]":                              {"[v]", "0:a:0?"},
		"color=red[x]":                                  {"[x]"},
		"[0:v]drawtext=text='[no],[nor];[this]'[v]":     {"[v]", "0:a:0?"},
		`[0:v]drawtext=text=\[no\][ v ] ; [v] null [w]`: {"[w]", "0:a:0?"},
		"[0:v]split[x][y":                               {"[x]", "0:a:0?"},
		"":                                              nil,
	} {
		if got := outputsOf(graph, true); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", graph, got, want)
		}
	}
	if got := outputsOf("[0:v]hflip[v]", false); !slices.Equal(got, []string{"[v]"}) {
		t.Errorf("for a format without sound: %q", got)
	}
}
