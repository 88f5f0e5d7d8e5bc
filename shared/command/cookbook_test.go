package command

import (
	"bytes"
	"context"
	_ "embed"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fflambda/fflambda/shared/job"
)

//go:embed testdata/cookbook.txt
var cookbookText string

// dish is what runs in one folder.
type dish struct {
	needs string   // a version, an encoder or a filter of ffmpeg; may be empty
	lines []string // the commands, in order
}

var need = regexp.MustCompile(`^\[([a-z0-9._-]+)\] `)

func cookbook() []dish {
	var dishes []dish
	for line := range strings.Lines(cookbookText) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || line[0] == '#' {
			continue
		}
		if more, ok := strings.CutPrefix(line, "+ "); ok {
			last := &dishes[len(dishes)-1]
			last.lines = append(last.lines, more)
			continue
		}
		var d dish
		if m := need.FindStringSubmatch(line); m != nil {
			d.needs, line = m[1], line[len(m[0]):]
		}
		d.lines = []string{line}
		dishes = append(dishes, d)
	}
	return dishes
}

// pantry are the names of the files that the cookbook's commands read.
var pantry = strings.Fields(`
	video.mp4 second.mp4 tall.mp4 music.mp3 voice.wav logo.png mask.png photo.jpg palette.png anim.gif img001.png img002.png img003.png frames.rgb
	sound.pcm subs.srt subs.ass text.txt list.txt meta.txt look.cube font.ttf`)

// stock makes them all in one folder.
func stock(t *testing.T, bin string) string {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "subs.srt"), "1\n00:00:00,000 --> 00:00:01,000\nHello\n")
	write(t, filepath.Join(dir, "text.txt"), "one\ntwo\n")
	write(t, filepath.Join(dir, "list.txt"), "file 'video.mp4'\nfile 'second.mp4'\n")
	write(t, filepath.Join(dir, "meta.txt"), ";FFMETADATA1\ntitle=T\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=200\ntitle=One\n")
	write(t, filepath.Join(dir, "look.cube"), "LUT_3D_SIZE 2\n0 0 0\n1 0 0\n0 1 0\n1 1 0\n0 0 1\n1 0 1\n0 1 1\n1 1 1\n")
	x264 := " -t 0.4 -c:v libx264 -preset ultrafast -g 5 -pix_fmt yuv420p -c:a aac -ac 1 "
	one := " -map 0:v -frames:v 1 "
	run(t, bin, dir, "-f lavfi -i testsrc=s=64x48:d=0.4 -f lavfi -i testsrc2=s=64x48:d=0.4 -f lavfi -i testsrc=s=48x64:d=0.4 "+
		"-f lavfi -i sine=d=0.4 -f lavfi -i color=red:s=16x12:d=0.1 -i subs.srt -map 0:v -map 3:a"+x264+"video.mp4 -map 1:v -map 3:a"+x264+"second.mp4 "+
		"-map 2:v"+x264+"tall.mp4 -map 3:a -ac 2 -t 0.4 music.mp3 -map 3:a -t 0.4 voice.wav -map 4:v -frames:v 1 logo.png"+one+"mask.png"+
		one+"photo.jpg"+one+"-vf palettegen=stats_mode=single palette.png -map 0:v -t 0.2 anim.gif -map 0:v -frames:v 3 img%03d.png "+
		"-map 0:v -frames:v 3 -pix_fmt rgb24 frames.rgb -map 3:a -t 0.2 -ar 8000 -f s16le sound.pcm -map 5:s subs.ass")
	return dir
}

// anyFont puts a font of the machine into the folder.
func anyFont(t *testing.T, dir string) bool {
	t.Helper()
	fonts, _ := filepath.Glob("/usr/share/fonts/*/*/*.ttf")
	if len(fonts) == 0 {
		return false
	}
	data, err := os.ReadFile(fonts[0])
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "font.ttf"), string(data))
	return true
}

func TestCookbookPasses(t *testing.T) {
	t.Parallel()
	count := 0
	for _, d := range cookbook() {
		count += len(d.lines)
		if _, err := Compile(job.Commands{Lines: d.lines, Outputs: []string{"*"}}, pantry); err != nil {
			t.Errorf("%s\n\trefused: %v", strings.Join(d.lines, "\n"), err)
		}
	}
	if count < 200 {
		t.Errorf("the cookbook has %d commands, want at least 200", count)
	}
}

func TestCookbookRuns(t *testing.T) {
	t.Parallel()
	bin := ffmpeg(t)
	inputs := stock(t, bin)
	hasFont := anyFont(t, inputs)
	has := able(t, bin)
	for i, d := range cookbook() {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			t.Parallel()
			all := strings.Join(d.lines, "\n")
			switch {
			case d.needs != "" && !has(d.needs):
				t.Skipf("ffmpeg has no %s: %s", d.needs, all)
			case !hasFont && strings.Contains(all, "font.ttf"):
				t.Skip("there is no font under /usr/share/fonts: " + all)
			}
			cook(t, bin, inputs, d)
		})
	}
}

// cook runs a dish's commands, and looks whether something came of them.
func cook(t *testing.T, bin, inputs string, d dish) {
	t.Helper()
	commands, err := Compile(job.Commands{Lines: d.lines, Outputs: []string{"*"}}, pantry)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Symlink(inputs, filepath.Join(dir, "inputs")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "outputs"), 0o750); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
	defer cancel()
	for i, words := range commands {
		cmd := exec.CommandContext(ctx, bin, append([]string{"-nostdin", "-y", "-threads", "1", "-filter_threads", "1"}, words...)...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", d.lines[i], err, out)
		}
	}
	files, _ := filepath.Glob(filepath.Join(dir, "outputs", "*.*"))
	folders, _ := filepath.Glob(filepath.Join(dir, "outputs", "*", "*"))
	if len(files)+len(folders) == 0 && strings.Contains(strings.Join(d.lines, " "), "outputs/") {
		t.Errorf("%s: nothing in outputs/", strings.Join(d.lines, "\n"))
	}
}

// able asks ffmpeg what it has.
func able(t *testing.T, bin string) func(string) bool {
	t.Helper()
	var known []byte
	for _, list := range []string{"-encoders", "-filters", "-version"} {
		out, err := exec.CommandContext(t.Context(), bin, "-hide_banner", list).Output()
		if err != nil {
			t.Fatal(err)
		}
		known = append(known, out...)
	}
	words := strings.Fields(string(known))
	version := 99.0
	if m := regexp.MustCompile(`ffmpeg version n?(\d+\.\d+)`).FindSubmatch(bytes.TrimSpace(known)); m != nil {
		version, _ = strconv.ParseFloat(string(m[1]), 64)
	}
	return func(name string) bool {
		if v, err := strconv.ParseFloat(name, 64); err == nil {
			return version >= v
		}
		for _, w := range words {
			if w == name {
				return true
			}
		}
		return false
	}
}
