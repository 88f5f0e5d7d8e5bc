package command

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/fflambda/fflambda/shared/job"
)

func ffmpeg(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("ffmpeg")
	if err != nil {
		if slices.Contains(strings.Split(os.Getenv("FFLAMBDA_REQUIRE"), ","), "ffmpeg") {
			t.Fatal(err)
		}
		t.Skip("ffmpeg is not installed")
	}
	return path
}

// TestFlagsTakeNoArgument asks ffmpeg itself, which says how it reads each option: a flag's argument is always 1.
// It stops at an option that its version lacks; such a one is left out then, for it cannot be misread either.
func TestFlagsTakeNoArgument(t *testing.T) {
	t.Parallel()
	bin := ffmpeg(t)
	left := slices.Clone(flags)
	for len(left) > len(flags)/2 {
		words := []string{"-v", "debug"}
		for _, name := range left {
			words = append(words, "-"+name)
		}
		out, _ := exec.CommandContext(t.Context(), bin, words...).CombinedOutput() // no output is named: it always fails
		if m := regexp.MustCompile(`Unrecognized option '(\w+)'`).FindSubmatch(out); m != nil {
			left = slices.DeleteFunc(left, func(name string) bool { return name == string(m[1]) })
			continue
		}
		for _, name := range left {
			read := regexp.MustCompile(`Reading option '-` + name + `' \.\.\. matched as .* with argument '?[01]'?\.`)
			if !read.Match(out) {
				t.Errorf("-%s seems to take an argument:\n%s", name, out)
			}
		}
		return
	}
	t.Fatalf("ffmpeg knows only %q of the flags", left)
}

// TestCommandsRun runs what Compile makes of a few commands in a job's folder, and looks for the declared files.
func TestCommandsRun(t *testing.T) {
	t.Parallel()
	bin := ffmpeg(t)
	dir := t.TempDir()
	write(t, filepath.Join(dir, "inputs", "subs.srt"), "1\n00:00:00,000 --> 00:00:01,000\nHello\n")
	write(t, filepath.Join(dir, "inputs", "list.txt"), "file 'clip.mp4'\nfile 'clip.mp4'\n")
	write(t, filepath.Join(dir, "outputs", ".keep"), "")
	run(t, bin, dir, "-f lavfi -i testsrc=size=160x120:rate=10 -f lavfi -i sine -t 1 -c:v mpeg4 inputs/clip.mp4")

	c := job.Commands{
		Lines: []string{
			`-i {{clip.mp4}} -vf "drawbox=x=(iw-20)/2:y=0:w=20:h=20,scale='min(80,iw)':-2" -metadata title="a/b: c" -c:v mpeg4 {{small.mp4}}`,
			`ffmpeg -i {{ clip.mp4 }} -i {{subs.srt}} -c copy -c:s mov_text temp.mp4`,
			`-i temp.mp4 -map 0:s:0 <<text.srt>>`,
			`-f concat -safe 0 -i {{list.txt}} -n -c copy {{long.mp4}}`,
			`-i {{clip.mp4}} -vf "select='not(mod(n\,5))'" -vsync vfr {{frame_%03d.png}}`,
			`-i inputs/clip.mp4 -c:v mpeg4 -f hls -hls_time 1 -hls_segment_filename outputs/seg%d.ts outputs/index.m3u8`,
			`-i {{clip.mp4}} -vf "metadata=mode=add:key=a:value=b,metadata=print:file={{x.txt}}" -an -f null -`,
			"-i {{clip.mp4}} -filter_complex \"\n [0:v]split[a][b];\n [a][b]hstack\n\" -frames:v 1 {{wide.png}}",
			`-i {{clip.mp4}} -an -c:v mpeg4 -pass 1 -f mp4 /dev/null`,
		},
		Outputs: []string{"small.mp4", "text.srt", "long.mp4", "frame_%03d.png", "seg*.ts", "index.m3u8", "x.txt", "wide.png"},
	}
	commands, err := Compile(c, []string{"clip.mp4", "subs.srt", "list.txt"})
	if err != nil {
		t.Fatal(err)
	}
	for _, words := range commands {
		run(t, bin, dir, words...)
	}
	entries, err := os.ReadDir(filepath.Join(dir, "outputs"))
	if err != nil {
		t.Fatal(err)
	}
	var made []string
	for _, e := range entries {
		made = append(made, e.Name())
	}
	for _, declared := range c.Outputs {
		if len(Match(declared, made)) == 0 {
			t.Errorf("%s was not made; found %q", declared, made)
		}
	}
}

// run runs ffmpeg in dir; a single word is a line to split first.
func run(t *testing.T, bin, dir string, words ...string) {
	t.Helper()
	if len(words) == 1 {
		words = strings.Fields(words[0])
	}
	cmd := exec.CommandContext(t.Context(), bin, append([]string{"-nostdin", "-y", "-v", "error"}, words...)...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%q: %v\n%s", words, err, out)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestGraphIsReadAsFFmpegReadsIt pins the point where a difference would be a hole: what is drawtext's text and what is
// an option after it. ffmpeg is asked by its complaint about a textfile that does not exist, or its silence.
func TestGraphIsReadAsFFmpegReadsIt(t *testing.T) {
	t.Parallel()
	bin := ffmpeg(t)
	for _, args := range []string{
		`text=a:textfile=nosuch`,
		`text='a:textfile=nosuch'`,
		`text=a\\:textfile=nosuch`,
		`text=a\\\:textfile=nosuch`,
		`text='\'a:textfile=nosuch\''`,
		`text=\'a:textfile=nosuch\'`,
		`text='a\\':textfile=nosuch`,
		`x=1:'text'=a\'':textfile=nosuch''`,
		`text=a'\'b:textfile=nosuch'`,
		` text = 'a' : textfile = nosuch`,
		`text=a\ :textfile=nosuch`,
	} {
		graph := "drawtext=" + args
		out, err := exec.CommandContext(t.Context(), bin, "-nostdin", "-f", "lavfi", "-i", "color=s=16x16:d=0.1", "-vf", graph, "-f", "null", "-").CombinedOutput()
		theirs := strings.Contains(string(out), "text file") || strings.Contains(string(out), "nosuch") && err != nil
		ours := false
		filters, _ := parseGraph(graph)
		for _, f := range filters {
			for _, o := range f.options {
				ours = ours || strings.Contains(o.key, "textfile")
			}
		}
		if ours != theirs {
			t.Errorf("%s: textfile is an option: %v for us, %v for ffmpeg (%v):\n%s", graph, ours, theirs, err, out)
		}
	}
}
