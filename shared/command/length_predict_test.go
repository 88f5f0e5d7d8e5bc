package command

import (
	"bytes"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/fflambda/fflambda/shared/job"
)

// clips are the inputs of the tests; a and b have pictures and sound.
var clips = Known{
	Media: map[string]job.Media{
		"inputs/a.mp4":   {Format: "mov", Duration: 4, FPS: 25, Width: 64, Height: 64, HasVideo: true, HasAudio: true, Channels: 1},
		"inputs/b.mp4":   {Format: "mov", Duration: 2, FPS: 25, Width: 64, Height: 64, HasVideo: true, HasAudio: true, Channels: 1},
		"inputs/s.wav":   {Format: "wav", Duration: 3, HasAudio: true, Channels: 1},
		"inputs/pic.png": {Format: "png_pipe", Width: 32, Height: 32, HasVideo: true},
	},
	Lists: map[string]string{
		"inputs/list.txt":  "ffconcat version 1.0\nfile a.mp4\nfile 'b.mp4'\n# three\nfile b.mp4\ninpoint 0.5\noutpoint 1.5\n",
		"inputs/slide.txt": "file pic.png\nduration 1.5\nfile pic.png\nduration 2\nfile pic.png\n",
	},
	Paths: []string{"inputs/a.mp4", "inputs/img001.png", "inputs/img002.png", "inputs/img003.png", "inputs/img004.png", "inputs/img006.png"},
}

// predicted are commands and how long their outputs become, in seconds; 0: it cannot be known. Each one is really run by
// TestPredictMeasured, but those that begin with a "!", which ffmpeg would not end by itself, or whose length is unknown.
var predicted = map[string]float64{
	"-i inputs/a.mp4 o.avi":                   4,
	"-i inputs/b.mp4 -i inputs/a.mp4 o.avi":   2,
	"-i inputs/a.mp4 -c copy o.avi":           4,
	"-i inputs/a.mp4 -vn o.mp3":               4,
	"-i inputs/a.mp4 -f null -":               4,
	"-i inputs/a.mp4 -metadata -t=9 o.avi":    4,
	"!-i inputs/nosuch.mp4 o.avi":             0,
	"!-i inputs/nosuch.mp4 -t 3 o.avi":        3,
	"-i inputs/pic.png -i inputs/s.wav o.avi": 3,
	"-i": 0,
	"":   0,
	"-i inputs/a.mp4 -t 2.5 o.avi -map 0 p.avi": 4,

	// -t, -ss, -to, on both sides
	"-i inputs/a.mp4 -t 2 o.avi":                                                        2,
	"-i inputs/a.mp4 -t 500 o.avi":                                                      4,
	"-t 3 -i inputs/a.mp4 -t 2500ms o.avi":                                              2.5,
	"-ss 1 -i inputs/a.mp4 o.avi":                                                       3,
	"-ss 1 -to 3 -i inputs/a.mp4 o.avi":                                                 2,
	"-ss 00:00:01 -i inputs/a.mp4 -to 00:00:02 o.avi":                                   2,
	"-ss 1 -i inputs/a.mp4 -t 2 -c copy o.avi":                                          2,
	"-i inputs/a.mp4 -ss 1 -to 3 o.avi":                                                 2,
	"-i inputs/a.mp4 -ss 1 o.avi":                                                       3,
	"-sseof -1 -i inputs/a.mp4 o.avi":                                                   1,
	"-ss 1 -i inputs/a.mp4 -copyts o.avi":                                               3,
	"-ss 1 -i inputs/a.mp4 -copyts -to 3 o.avi":                                         2,
	"-ss 1 -to 3 -i inputs/a.mp4 -copyts -start_at_zero o.avi":                          2,
	"!-i inputs/a.mp4 -t nonsense o.avi":                                                4,
	"!-stream_loop -1 -i inputs/b.mp4 o.avi":                                            0,
	"-stream_loop -1 -i inputs/b.mp4 -t 5 o.avi":                                        5,
	"-stream_loop 1 -i inputs/b.mp4 o.avi":                                              4,
	"-stream_loop -1 -i inputs/b.mp4 -i inputs/s.wav -map 0:v -map 1:a -shortest o.avi": 3,

	// -r, -frames, -shortest, -itsoffset, -itsscale
	"-i inputs/a.mp4 -r 10 o.avi":                                       4,
	"-r 50 -i inputs/a.mp4 -an o.avi":                                   2,
	"-i inputs/a.mp4 -frames:v 50 o.avi":                                2,
	"-i inputs/a.mp4 -r 10 -frames:v 10 o.avi":                          1,
	"-i inputs/a.mp4 -frames:v 1 o.png":                                 0.04,
	"-i inputs/a.mp4 -i inputs/b.mp4 -map 0:v -map 1:a -shortest o.avi": 2,
	"-an -i inputs/a.mp4 -shortest -t 3 o.avi":                          3,
	"-itsoffset 2 -i inputs/a.mp4 -c copy o.mkv":                        4,
	"-itsscale 2 -i inputs/a.mp4 -c copy o.mkv":                         8,

	// pictures
	"-framerate 2 -i inputs/img%03d.png o.avi":                                2,
	"-framerate 2 -start_number 2 -i inputs/img%03d.png o.avi":                1.5,
	"-framerate 2 -pattern_type glob -i inputs/img*.png o.avi":                2.5,
	"-loop 1 -i inputs/pic.png -t 2 o.avi":                                    2,
	"-loop 1 -t 2 -i inputs/pic.png o.avi":                                    2,
	"!-loop 1 -i inputs/pic.png o.avi":                                        0,
	"-loop 1 -framerate 10 -i inputs/pic.png -i inputs/s.wav -shortest o.avi": 3,
	"-i inputs/pic.png -vf zoompan=d=50:s=32x32 o.avi":                        2,

	// generated
	"-f lavfi -i testsrc=d=2:s=32x32 o.avi":                                   2,
	"-f lavfi -i testsrc=size=32x32:rate=5:duration=2 o.avi":                  2,
	"-f lavfi -i color=red:32x32:25:2 o.avi":                                  2,
	"-f lavfi -i sine=duration=2 o.wav":                                       2,
	"-f lavfi -t 2 -i sine=440 o.wav":                                         2,
	"-f lavfi -i testsrc=s=32x32,trim=duration=2 o.avi":                       2,
	"-f lavfi -i testsrc=s=32x32:r=10 -frames:v 20 o.avi":                     2,
	"-f lavfi -i color=s=32x32 -i inputs/s.wav -shortest o.avi":               3,
	"!-f lavfi -i testsrc o.avi":                                              0,
	"!-f lavfi -i anullsrc -i inputs/b.mp4 -map 1:v -map 0:a -shortest o.avi": 2,

	// concat lists
	"-f concat -i inputs/list.txt -c copy o.avi": 7,
	"-f concat -i inputs/slide.txt o.avi":        3.54,

	// filters that change times
	"-i inputs/a.mp4 -an -vf setpts=0.5*PTS o.avi":                                          2,
	"-i inputs/a.mp4 -vf setpts=PTS/2 -af atempo=2 o.avi":                                   2,
	"-i inputs/a.mp4 -vf setpts=0.5*PTS o.avi":                                              4,
	"-i inputs/a.mp4 -an -vf setpts=(PTS-STARTPTS)*2 o.avi":                                 8,
	"-i inputs/a.mp4 -an -vf setpts=N/50/TB o.avi":                                          2,
	"-i inputs/a.mp4 -an -vf setpts=N/FRAME_RATE/TB o.avi":                                  4,
	"-i inputs/a.mp4 -an -vf setpts=random(0)*PTS o.avi":                                    0,
	"-i inputs/a.mp4 -vn -af atempo=0.5,atempo=0.5 o.wav":                                   16,
	"-i inputs/a.mp4 -vf trim=1:3,setpts=PTS-STARTPTS -an o.avi":                            2,
	"-i inputs/a.mp4 -vf trim=start=2 -an o.avi":                                            2,
	"-i inputs/a.mp4 -vf trim=end_frame=50 -an o.avi":                                       2,
	"-i inputs/a.mp4 -af atrim=0:2 -vn o.wav":                                               2,
	"-i inputs/a.mp4 -vf fps=1/2 o%d.png":                                                   4,
	"-i inputs/a.mp4 -vf fps=5 o%d.png":                                                     4,
	"-i inputs/a.mp4 -vf fps=50 -frames:v 100 o%d.png":                                      2,
	"-i inputs/a.mp4 -vf tpad=stop_duration=2 -an o.avi":                                    6,
	"!-i inputs/a.mp4 -vf loop=loop=1:size=25 -an o.avi":                                    5,
	"-i inputs/b.mp4 -vn -af adelay=1000|1000,apad=pad_dur=1 o.wav":                         4,
	"-i inputs/a.mp4 -i inputs/s.wav -map 0:v -map 1:a -af apad -shortest -c:v mpeg4 o.mp4": 4,
	"-i inputs/a.mp4 -an -vf minterpolate=fps=30:mi_mode=dup o.avi":                         4,

	// filters that pick
	"-i inputs/a.mp4 -an -vf select='not(mod(n\\,5))' o.avi":                        4,
	"-i inputs/a.mp4 -an -vf select='not(mod(n\\,5))',setpts=N/FRAME_RATE/TB o.avi": 0,
	"-i inputs/a.mp4 -an -vf select='between(t\\,1\\,2)' o.avi":                     0,

	// graphs
	"-i inputs/a.mp4 -i inputs/b.mp4 -filter_complex [0:v][0:a][1:v][1:a]concat=n=2:v=1:a=1[v][a] -map [v] -map [a] o.avi":                                              6,
	"-i inputs/a.mp4 -i inputs/b.mp4 -filter_complex concat -an o.avi":                                                                                                  6,
	"-i inputs/a.mp4 -i inputs/pic.png -filter_complex overlay=5:5 o.avi":                                                                                               4,
	"-i inputs/a.mp4 -loop 1 -i inputs/pic.png -filter_complex [0:v][1:v]overlay=shortest=1[v] -map [v] o.avi":                                                          4,
	"-i inputs/a.mp4 -i inputs/b.mp4 -filter_complex [0][1]hstack -an o.avi":                                                                                            4,
	"-i inputs/a.mp4 -i inputs/b.mp4 -filter_complex amix=duration=shortest -vn o.wav":                                                                                  2,
	"-i inputs/a.mp4 -i inputs/b.mp4 -filter_complex [0:a][1:a]amix=inputs=2[a] -map [a] o.wav":                                                                         4,
	"-i inputs/a.mp4 -i inputs/b.mp4 -filter_complex [0:v][1:v]xfade=duration=1:offset=3[v] -map [v] o.avi":                                                             5,
	"-i inputs/a.mp4 -i inputs/b.mp4 -filter_complex [0:a][1:a]acrossfade=d=1[a] -map [a] o.wav":                                                                        5,
	"-i inputs/a.mp4 -filter_complex [0:v]split=2[x][y];[x]trim=0:1,setpts=PTS-STARTPTS[p];[y]trim=2:3,setpts=PTS-STARTPTS[q];[p][q]concat=n=2[v] -map [v] -r 25 o.avi": 2,
	"-i inputs/a.mp4 -filter_complex [0:v]setpts=0.5*PTS[v];[0:a]atempo=2.0[a] -map [v] -map [a] o.avi":                                                                 2,
	"-i inputs/a.mp4 -filter_complex [0:v]split[a][b];[a]palettegen[p];[b][p]paletteuse o.gif":                                                                          4,
	"-i inputs/s.wav -filter_complex [0:a]showwaves=s=32x32[v] -map [v] -map 0:a o.avi":                                                                                 3,

	// several outputs
	"-i inputs/a.mp4 -t 1 o.avi -vf scale=32:-2 p.avi -vn q.mp3": 4,
	"-i inputs/a.mp4 -c:v mpeg4 -f hls -hls_time 1 o.m3u8":       4,
}

func TestPredict(t *testing.T) {
	t.Parallel()
	for line, want := range predicted {
		words := strings.Fields(strings.TrimPrefix(line, "!"))
		if got := Predict([][]string{words}, clips)[0]; math.Abs(got.Seconds-want) > 1e-6 {
			t.Errorf("%s: %g s, want %g", line, got.Seconds, want)
		}
	}
}

// TestPredictMeasured runs the commands and holds what was predicted against ffmpeg's own clock at the end.
func TestPredictMeasured(t *testing.T) {
	t.Parallel()
	bin := ffmpeg(t)
	dir := t.TempDir()
	makeClips(t, bin, dir)
	slots := make(chan struct{}, 4)
	t.Run("commands", func(t *testing.T) {
		for line, want := range predicted {
			if want == 0 || strings.HasPrefix(line, "!") {
				continue
			}
			t.Run(line, func(t *testing.T) {
				t.Parallel()
				slots <- struct{}{}
				defer func() { <-slots }()
				words := strings.Fields(line)
				f := Predict([][]string{words}, clips)[0]
				end := f.From + f.Seconds
				// A tiny file's last picture, and what a coder adds at its beginning, are more than a tenth.
				within := max(0.1*f.Seconds, 0.13)
				got, files := clock(t, bin, dir, words)
				if got < end-within && strings.Contains(line, "-copyts") {
					t.Skip("this ffmpeg counts from its first report, which comes too late here")
				}
				if got < end-within {
					got = longest(t, files)
				}
				if math.Abs(got-end) > within {
					t.Errorf("the clock ended at %g s; predicted %g from %g on", got, f.Seconds, f.From)
				}
			})
		}
	})
}

// makeClips makes what clips tells of.
func makeClips(t *testing.T, bin, dir string) {
	t.Helper()
	for name, text := range clips.Lists {
		write(t, filepath.Join(dir, name), text)
	}
	run(t, bin, dir, "-f lavfi -i testsrc=s=64x64:d=4 -f lavfi -i sine=d=4 -f lavfi -i testsrc=s=64x64:d=2 -f lavfi -i sine=d=3 "+
		"-map 0 -map 1 -c:v mpeg4 -t 4 inputs/a.mp4 -map 2 -map 3 -c:v mpeg4 -t 2 inputs/b.mp4 -map 3 inputs/s.wav "+
		"-map 0 -s 32x32 -frames:v 1 inputs/pic.png -map 0 -s 32x32 -frames:v 6 inputs/img%03d.png")
	if err := os.Remove(filepath.Join(dir, "inputs", "img005.png")); err != nil {
		t.Fatal(err)
	}
}

var outTime = regexp.MustCompile(`out_time_us=([0-9]+)`)

// clock is the highest time that ffmpeg reports while it runs words in a folder of its own beside the inputs. ffmpeg 7
// reports the stream that is behind, and at the end the one that ended first: then the files in the folder say more.
func clock(t *testing.T, bin, dir string, words []string) (seconds float64, files string) {
	t.Helper()
	here := t.TempDir()
	if err := os.Symlink(filepath.Join(dir, "inputs"), filepath.Join(here, "inputs")); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), bin, slices.Concat([]string{"-nostdin", "-y", "-v", "error"}, words, []string{"-nostats", "-stats_period", "0.01", "-progress", "pipe:1"})...)
	cmd.Dir = here
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, &complaint)
	}
	for _, m := range outTime.FindAllSubmatch(out, -1) {
		us, err := strconv.ParseFloat(string(m[1]), 64)
		if err != nil {
			t.Fatal(err)
		}
		if us < 1e15 { // with -copyts, ffmpeg 7 begins with a time near the largest integer
			seconds = max(seconds, us/1e6)
		}
	}
	return seconds, here
}

// longest is the length of the longest film or sound in a folder.
func longest(t *testing.T, dir string) (seconds float64) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "[opq].*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		out, err := exec.CommandContext(t.Context(), "ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", file).Output()
		if err != nil {
			t.Fatal(err)
		}
		d, _ := strconv.ParseFloat(strings.TrimSpace(string(out)), 64) // N/A of a picture
		seconds = max(seconds, d)
	}
	return seconds
}
