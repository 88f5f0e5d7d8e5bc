package command

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fflambda/fflambda/shared/job"
)

func forecasts(k Known, lines ...string) []Forecast {
	commands := make([][]string, len(lines))
	for i, line := range lines {
		commands[i] = strings.Fields(line)
	}
	return Predict(commands, k)
}

// TestPredictCarries: what an earlier command writes is known to those behind it, as a file and as pictures; once it is
// there and was probed, that counts.
func TestPredictCarries(t *testing.T) {
	t.Parallel()
	lines := []string{
		"-i inputs/a.mp4 -vf setpts=2*PTS -r 50 -an temp.mp4",
		"-i temp.mp4 -ss 1 outputs/o.mp4",
		"-i temp.mp4 -vf fps=2 outputs/f%d.png",
		"-framerate 4 -i outputs/f%d.png outputs/p.mp4",
		"-i inputs/a.mp4 -vf select=gt(scene,0.4),setpts=N/25/TB -an cut.mp4",
		"-i cut.mp4 outputs/q.mp4",
	}
	var got []float64
	for _, f := range forecasts(clips, lines...) {
		got = append(got, f.Seconds)
	}
	if d := cmp.Diff([]float64{8, 7, 8, 4, 0, 0}, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	k := clips
	k.Media = map[string]job.Media{"cut.mp4": {Duration: 1.5, FPS: 25, HasVideo: true}}
	if got := forecasts(k, lines...)[5].Seconds; got != 1.5 {
		t.Errorf("a file that was probed: %v s, want 1.5", got)
	}
}

// TestPredictWork: commands weigh by what they have to do.
func TestPredictWork(t *testing.T) {
	t.Parallel()
	k := Known{Media: map[string]job.Media{"inputs/a.mp4": {Duration: 100, FPS: 25, HasVideo: true, HasAudio: true}}}
	for line, want := range map[string]float64{
		"-i inputs/a.mp4 o.mp4":                             100,
		"-i inputs/a.mp4 o.mp4 -s 320x180 -t 50 p.mp4":      150,
		"-i inputs/a.mp4 -c copy o.mp4":                     0.5,
		"-i inputs/a.mp4 -c:v copy -c:a aac o.mp4":          3,
		"-i inputs/a.mp4 -vn o.mp3":                         3,
		"-i inputs/a.mp4 -pass 1 -an -f null -":             65,
		"-i inputs/a.mp4 -vf cropdetect -f null -":          20,
		"-i inputs/a.mp4 -frames:v 1 o.jpg":                 leastWork,
		"-i inputs/a.mp4 -vf reverse -an o.mp4":             100,
		"-i inputs/a.mp4 -vf select=gt(n\\,3) -an -y o.mp4": 0,
	} {
		if got := forecasts(k, line)[0].Work(); math.Abs(got-want) > 1e-9 {
			t.Errorf("%s: %v, want %v", line, got, want)
		}
	}
}

func TestPredictLate(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]bool{
		"-i inputs/a.mp4 o.mp4":                                                      false,
		"-i inputs/a.mp4 -vf reverse -an o.mp4":                                      true,
		"-i inputs/a.mp4 -vf reverse o.mp4":                                          false, // the sound comes all along
		"-i inputs/a.mp4 -vf reverse -af areverse o.mp4":                             true,
		"-i inputs/a.mp4 -vf palettegen o.png":                                       true,
		"-i inputs/a.mp4 -frames:v 1 o.png":                                          true,
		"-i inputs/a.mp4 -vf fps=1,tile=2x2 -frames:v 1 o.png":                       true,
		"-i inputs/a.mp4 -vf thumbnail=10 -frames:v 5 o%d.png":                       false,
		"-i inputs/a.mp4 -frames:v 1 o.png -c copy p.mp4":                            false,
		"-i inputs/a.mp4 -lavfi split[a][b];[a]palettegen[p];[b][p]paletteuse o.gif": true,
	} {
		if got := forecasts(clips, line)[0].Late; got != want {
			t.Errorf("%s: %t, want %t", line, got, want)
		}
	}
}

func TestReads(t *testing.T) {
	t.Parallel()
	paths, lists := Reads(strings.Fields("-f lavfi -i testsrc -f concat -i l.txt -ss 1 -i a.mp4 -f concat o.mp4"))
	if d := cmp.Diff([]string{"a.mp4"}, paths) + cmp.Diff([]string{"l.txt"}, lists); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestEvaluate(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]float64{
		"2": 2, "1/4": 0.25, "2*PTS": 20, "PTS/2 - 1": 4, "(PTS-STARTPTS)/(2*2)": 2, "-PTS+1": -9, "1e1*PTS": 100, "PTS-1-1": 8, "8/2/2": 2,
	} {
		if got := evaluate(text, map[string]float64{"PTS": 10, "STARTPTS": 2}); got != want {
			t.Errorf("%s is %v, want %v", text, got, want)
		}
	}
	for _, text := range []string{"", "x", "PTS", "min(1,2)", "1+", "(1", "1)", "2 2", strings.Repeat("(", 1e5), strings.Repeat("-", 1e5) + "1"} {
		if got := evaluate(text, nil); !math.IsNaN(got) {
			t.Errorf("%.20s is %v, want nothing", text, got)
		}
	}
}

// FuzzPredict: callers write these words, and nothing that they write may stop a worker.
func FuzzPredict(f *testing.F) {
	for line := range predicted {
		f.Add(line, "file a.mp4\ninpoint 1")
	}
	f.Add("-f lavfi -i [9e99]concat=v=1e300:a=-1e300[a],[a] -map 9e99:v -map [b] o%0999999999d.png -i %d%d", "duration 1\noutpoint x")
	f.Fuzz(func(t *testing.T, line, list string) {
		k := clips
		k.Lists = map[string]string{"inputs/list.txt": list}
		for _, got := range forecasts(k, line, line) {
			for _, v := range []float64{got.From, got.Seconds, got.Cost, got.Work()} {
				if math.IsNaN(v) || math.IsInf(v, 0) {
					t.Errorf("%+v", got)
				}
			}
			if got.Seconds < 0 || got.Cost <= 0 {
				t.Errorf("%+v", got)
			}
		}
	})
}
