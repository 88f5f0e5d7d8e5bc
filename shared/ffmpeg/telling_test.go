package ffmpeg

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/jobtest"
)

// mistakes are commands that fail, and what the message must name in any version of ffmpeg. What it says in full is
// in testdata/mistakes-5.golden and testdata/mistakes-7.golden, for these two.
var mistakes = []struct{ args, names string }{
	{"-i inputs/a.mp4 -c:v nope outputs/o.mp4", "Unknown encoder 'nope'"},
	{"-c:v nope -i inputs/a.mp4 outputs/o.mp4", "Unknown decoder 'nope'"},
	{"-i inputs/a.mp4 -foo 1 outputs/o.mp4", "Unrecognized option 'foo'"},
	{"-i inputs/a.mp4 -c:v", "no argument"},
	{"-i inputs/a.mp4", "output"},
	{"-i inputs/a.mp4 -vf nope outputs/o.mp4", "No such filter: 'nope'"},
	{"-i inputs/a.mp4 -filter_complex [0:v]nope[v] -map [v] outputs/o.mp4", "No such filter: 'nope'"},
	{"-f lavfi -i nope outputs/o.mp4", "No such filter: 'nope'"},
	{"-f lavfi -i testsrc=size=huge outputs/o.mp4", "size"},
	{"-i inputs/a.mp4 -vf scale=foo:bar outputs/o.mp4", "'foo'"},
	{"-i inputs/a.mp4 -vf scale=w=10:nope=3 outputs/o.mp4", "'nope'"},
	{"-i inputs/a.mp4 -vf crop=500:500 outputs/o.mp4", "'500'"},
	{"-i inputs/a.mp4 -vf fade=t=sideways outputs/o.mp4", "option"},
	{"-i inputs/a.mp4 -vf rotate=a=b*c outputs/o.mp4", "'b*c'"},
	{"-i inputs/a.mp4 -af atempo=1000 outputs/o.wav", "'tempo'"},
	{"-i inputs/a.mp4 -vf lut3d=none.cube outputs/o.mp4", "none.cube"},
	{"-i inputs/a.mp4 -vf subtitles=inputs/none.srt outputs/o.mp4", "subtitles"},
	{"-i inputs/a.mp4 -vf format=nope outputs/o.mp4", "'nope'"},
	{"-i inputs/a.mp4 -pix_fmt nope outputs/o.mp4", "nope"},
	{"-i inputs/a.mp4 -vf scale=161:121 -c:v libx264 outputs/o.mp4", "not divisible by 2 (161x121)"},
	{"-i inputs/a.mp4 -vf hwupload outputs/o.mp4", "hardware device"},
	{"-hwaccel cuda -i inputs/a.mp4 outputs/o.mp4", "cuda"},
	{"-i inputs/a.mp4 -map 0:5 outputs/o.mp4", "Stream map '0:5' matches no streams"},
	{"-i inputs/a.mp4 -map 3:v outputs/o.mp4", "3"},
	{"-i inputs/a.mp4 -map [out] outputs/o.mp4", "'out'"},
	{"-i inputs/a.mp4 -filter_complex [0:v][1:v]overlay outputs/o.mp4", "Invalid file index 1"},
	{"-i inputs/a.mp4 -filter_complex [0:s]null[s] -map [s] outputs/o.mp4", "matches no streams"},
	{"-i inputs/a.mp4 -filter_complex [0:v]split[a][b] -map [a] outputs/o.mp4", "unconnected"},
	{"-i inputs/a.mp4 -i inputs/small.png -filter_complex [0:v][1:v]concat=n=2 outputs/o.mp4", "16x16"},
	{"-i inputs/a.mp4 -c:v copy -vf hflip outputs/o.mp4", "streamcopy"},
	{"-i inputs/a.mp4 -crf abc -c:v libx264 outputs/o.mp4", "crf"},
	{"-i inputs/a.mp4 -crf 70 -c:v libvpx-vp9 -an outputs/o.webm", "'crf' out of range"},
	{"-i inputs/a.mp4 -preset warp -c:v libx264 outputs/o.mp4", "warp"},
	{"-i inputs/a.mp4 -profile:v nope -c:v libx264 outputs/o.mp4", "profile nope"},
	{"-i inputs/a.mp4 -t soon outputs/o.mp4", "soon"},
	{"-i inputs/a.mp4 -an -t -5 outputs/o.mp4", "out of range"},
	{"-i inputs/a.mp4 -ss 3 -to 2 outputs/o.mp4", "-to value smaller than -ss"},
	{"-i inputs/a.mp4 -r abc outputs/o.mp4", "abc"},
	{"-i inputs/a.mp4 -s big outputs/o.mp4", "big"},
	{"-i inputs/a.mp4 -s 20000x20000 -c:v libx264 outputs/o.mp4", "20000x20000"},
	{"-i inputs/a.mp4 -aspect wide outputs/o.mp4", "wide"},
	{"-i inputs/a.mp4 -frames:v x outputs/o.png", "frames:v"},
	{"-i inputs/a.mp4 -force_key_frames abc outputs/o.mp4", "abc"},
	{"-i inputs/a.mp4 -movflags nope outputs/o.mp4", "movflags"},
	{"-i inputs/a.mp4 -ar 12345 -c:a libmp3lame outputs/o.mp3", "sample rate 12345"},
	{"-i inputs/a.mp4 -channel_layout nope outputs/o.wav", "nope"},
	{"-i inputs/a.mp4 -bsf:v nope outputs/o.mp4", "'nope'"},
	{"-i inputs/a.mp4 -c copy -bsf:v vp9_superframe outputs/o.mp4", "vp9_superframe"},
	{"-i inputs/a.mp4 outputs/o.xyz", "outputs/o.xyz"},
	{"-i inputs/a.mp4 -f nope outputs/o.mp4", "'nope'"},
	{"-f nope -i inputs/a.mp4 outputs/o.mp4", "'nope'"},
	{"-i inputs/a.mp4 nowhere/o.mp4", "nowhere/o.mp4: No such file or directory"},
	{"-i inputs/a.mp4 -c copy outputs/o.webm", "WebM"},
	{"-i inputs/a.mp4 -vn -c copy outputs/o.mp3", "MP3"},
	{"-i inputs/a.mp4 -an -c:v rawvideo outputs/o.mp4", "codec rawvideo"},
	{"-i inputs/tone.wav outputs/o.png", "does not contain any stream"},
	{"-i inputs/a.mp4 -i inputs/sub.srt -map 1 -c:s dvdsub outputs/o.mkv", "text to text"},
	{"-i inputs/a.mp4 outputs/o.png", "same name"},
	{"-i temp.mp4 outputs/o.mp4", "temp.mp4: No such file or directory"},
	{"-v quiet -i temp.mp4 outputs/o.mp4", "temp.mp4: No such file or directory"},
	{"-framerate 5 -i inputs/img%03d.png outputs/o.mp4", "inputs/img%03d.png: No such file or directory"},
	{"-i inputs outputs/o.mp4", "Is a directory"},
	{"-i inputs/page.mp4 outputs/o.mp4", "inputs/page.mp4: Invalid data found when processing input"},
	{"-i inputs/cut.mp4 outputs/o.mp4", "inputs/cut.mp4: Invalid data found when processing input"},
	{"-f concat -i inputs/list.txt -c copy outputs/o.mp4", "'inputs/nothere.mp4'"},
	{"-f concat -i inputs/up.txt -c copy outputs/o.mp4", "'../secret.mp4'"},
	{"-i http://127.0.0.1:9/x.mp4?key=secret outputs/o.mp4", "http://127.0.0.1:9/x.mp4"},
}

// Real mistakes, and what ffmpeg's user is told of them, by each ffmpeg that there is.
func TestRunTellsWhatIsWrong(t *testing.T) {
	t.Parallel()
	dir := mistaken(t)
	for _, found := range everyTools(t) {
		major, _, _ := strings.Cut(found.Version, ".")
		t.Run(found.Version, func(t *testing.T) {
			t.Parallel()
			var told bytes.Buffer
			for i, f := range failures(t, found, dir) {
				m := mistakes[i]
				if f.Code != job.FFmpegFailed || !strings.HasPrefix(f.Message, "ffmpeg exited with code ") || !strings.Contains(f.Message, m.names) {
					t.Errorf("%s: %s %q, want a message with %q", m.args, f.Code, f.Message, m.names)
				}
				for _, line := range append(f.StderrTail, f.Message) {
					if strings.Contains(line, filepath.Dir(dir)) || strings.Contains(line, "=secret") || strings.Contains(line, "[error] ") {
						t.Errorf("%s: shows too much: %q", m.args, line)
					}
				}
				fmt.Fprintf(&told, "%s\n\t%s\n", m.args, f.Message)
			}
			if slices.Contains([]string{"5", "7"}, major) {
				jobtest.Golden(t, "mistakes-"+major+".golden", told.Bytes())
			}
		})
	}
}

// mistaken is a folder with what the mistakes are made with.
func mistaken(t *testing.T) string {
	t.Helper()
	dir := folder(t)
	generate(t, dir, "a.mp4", "-f", "lavfi", "-i", "testsrc2=s=160x120:d=0.2", "-f", "lavfi", "-i", "sine=d=0.2", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac")
	generate(t, dir, "tone.wav", "-f", "lavfi", "-i", "sine=d=0.2")
	generate(t, dir, "small.png", "-f", "lavfi", "-i", "color=s=16x16", "-frames:v", "1")
	whole, err := os.ReadFile(filepath.Join(dir, "inputs", "a.mp4"))
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"page.mp4": "<html>not here</html>", "cut.mp4": string(whole[:2000]),
		"sub.srt":  "1\n00:00:00,000 --> 00:00:00,100\nhello\n",
		"list.txt": "file 'nothere.mp4'\n", "up.txt": "file '../secret.mp4'\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, "inputs", name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// failures makes every mistake, two at a time and each in a folder of its own.
func failures(t *testing.T, found Tools, dir string) []*job.Failure {
	t.Helper()
	all := make([]*job.Failure, len(mistakes))
	var wg sync.WaitGroup
	for half := range 2 {
		wg.Go(func() {
			for i := half; i < len(mistakes); i += 2 {
				own := folder(t)
				if err := errors.Join(os.Remove(filepath.Join(own, "inputs")), os.Symlink(filepath.Join(dir, "inputs"), filepath.Join(own, "inputs"))); err != nil {
					t.Error(err)
				}
				err := found.Run(t.Context(), Task{Dir: own, Args: strings.Fields(mistakes[i].args)})
				if all[i] = new(job.Failure); !errors.As(err, &all[i]) {
					t.Errorf("%s: %v, want a failure", mistakes[i].args, err)
				}
			}
		})
	}
	wg.Wait()
	return all
}

// everyTools are the installed ffmpeg and our own static one, where a build has left it.
func everyTools(t *testing.T) []Tools {
	t.Helper()
	all := []Tools{tools(t)}
	own, err := filepath.Abs("../../build/ffmpeg/rootfs/bin/ffmpeg")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := exec.LookPath(own); err != nil {
		if slices.Contains(strings.Split(os.Getenv("FFLAMBDA_REQUIRE"), ","), "ffmpeg-static") {
			t.Error(err)
		}
		return all
	}
	found, err := Find(context.Background(), own)
	if err != nil {
		t.Fatal(err)
	}
	if found.Version == all[0].Version {
		return all
	}
	return append(all, found)
}
