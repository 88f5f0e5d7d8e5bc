package ffmpeg

import (
	"encoding/json"
	"errors"
	"fmt"
	"image"
	_ "image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/jobtest"
	"github.com/fflambda/fflambda/shared/overlay"
)

// text is the option that draws a text; style is JSON.
func text(t *testing.T, words, style string) job.Option {
	t.Helper()
	quoted, err := json.Marshal(words)
	if err != nil {
		t.Fatal(err)
	}
	return job.Option{Option: overlay.Option, Argument: fmt.Sprintf(`{"text":%s,"style":{%s}}`, quoted, style)}
}

// TestOverlayPlan shows the commands with text overlays and the files that they read. Read the golden file.
func TestOverlayPlan(t *testing.T) {
	t.Parallel()
	hello := text(t, "Hello", "")
	two := text(t, "a\nb", `"x":"w-t*20","y":10,"fontSize":20,"outlineThickness":2,"font":"DejaVu Sans:style=Bold"`)
	unboxed := text(t, "plain", `"boxBorderW":0,"position":"top-right"`)
	var out strings.Builder
	for _, c := range []struct {
		name string
		tr   job.Transcode
		in   []job.Input
	}{
		{"alone", job.Transcode{Format: "mp4", Quality: "high", Resolution: "480p", HasPreset: true, Options: []job.Option{hello}}, []job.Input{in(&hd)}},
		{"two of them", job.Transcode{Format: "mkv", Options: []job.Option{two, unboxed}}, []job.Input{in(&hd)}},
		{"as gif", job.Transcode{Format: "gif", Options: []job.Option{hello}}, []job.Input{in(&silent)}},
		{"as webm", job.Transcode{Format: "webm", Options: []job.Option{hello}}, []job.Input{in(&silent)}},
		{"on a picture", job.Transcode{Format: "JPG", Options: []job.Option{hello}}, []job.Input{in(&photo)}},
		{"on one of two inputs", job.Transcode{Format: "mp4", Options: []job.Option{hello}}, []job.Input{in(&hd), in(&silent)}},
		{"with plain options", job.Transcode{Format: "mp4", Options: append(list("-t", "5", "-c:a", "copy", "-vf", "hflip"), hello)}, []job.Input{in(&hd)}},
		{"with a codec", job.Transcode{Format: "mp4", Options: append(list("-filter:v", "lost", "-c:v", "libx265", "-vf", "hflip"), hello)}, []job.Input{in(&hd)}},
		{"with filters", job.Transcode{Format: "mp4", Filters: []string{"[0:v]hflip[x]", "[x][1:v]overlay[v]"}, Options: []job.Option{hello}}, []job.Input{in(&hd), in(&photo)}},
		{"with filters without a label", job.Transcode{Format: "jpg", Filters: []string{"scale=320:-2"}, Options: append(list("-q:v", "2"), hello)}, []job.Input{in(&hd)}},
		{"with a graph in options", job.Transcode{Format: "mp4", Options: append(list("-filter_complex", "[0:v]hflip[v]", "-map", "[v]"), hello)}, []job.Input{in(&hd)}},
	} {
		cmd, err := Plan(transcode(c.tr, c.in...))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		fmt.Fprintf(&out, "# %s\n", c.name)
		for _, o := range cmd.Ran {
			fmt.Fprintf(&out, "%s %s\n", o.Option, strings.NewReplacer(",drawtext", ",\n    drawtext", ";", ";\n    ").Replace(o.Argument))
		}
		for i := range 10 {
			for j := range 3 {
				name := fmt.Sprintf("overlay/%d-%d.txt", j, i)
				if content, ok := cmd.Files[name]; ok {
					fmt.Fprintf(&out, "%s: %q\n", name, content)
				}
			}
		}
		fmt.Fprintln(&out)
	}
	jobtest.Golden(t, "overlay.golden", []byte(out.String()))
}

func TestOverlayRefused(t *testing.T) {
	t.Parallel()
	hello := text(t, "Hello", "")
	long := text(t, strings.Repeat("x\n", 100), `"y":"`+strings.Repeat("0+", 99)+`0"`)
	with := func(format string, o ...job.Option) job.Transcode {
		return job.Transcode{Format: format, Options: append(o, hello)}
	}
	for _, tt := range []struct {
		says string
		code job.Code
		tr   job.Transcode
		in   job.Input
	}{
		{"mp3 holds sound only", job.FFmpegFailed, with("mp3"), in(&hd)},
		{"-vn leaves it out", job.FFmpegFailed, with("mp4", list("-vn", "")...), in(&hd)},
		{"leave out -c:v copy", job.FFmpegFailed, with("mp4", list("-c:v", "copy")...), in(&hd)},
		{"has no video", job.InputNotMedia, with("mp4"), in(&song)},
		{"more than one filter graph", job.FFmpegFailed, job.Transcode{Format: "mp4", Filters: []string{"hflip"}, Options: append(list("-lavfi", "vflip"), hello)}, in(&hd)},
		{"more than one video output", job.FFmpegFailed, job.Transcode{Format: "mp4", Filters: []string{"split[a][b]"}, Options: []job.Option{hello}}, in(&hd)},
		{"close what was opened", job.FFmpegFailed, with("mp4", list("-vf", "drawtext=text='x")...), in(&hd)},
		{"style.fontSize must be", job.FFmpegFailed, job.Transcode{Format: "mp4", Options: []job.Option{text(t, "x", `"fontSize":1`)}}, in(&hd)},
		{"too much for one command", job.FFmpegFailed, with("mp4", long, long, long, long), in(&hd)},
		{"too much for one command", job.FFmpegFailed, with("mp4", append(list("-vf", strings.Repeat("hflip,", 10_000)+"hflip"), long, long, long)...), in(&hd)},
	} {
		_, err := Plan(transcode(tt.tr, tt.in))
		var f *job.Failure
		if !errors.As(err, &f) || f.Code != tt.code || !strings.Contains(f.Message, tt.says) {
			t.Errorf("%v, want %s that says %q", err, tt.code, tt.says)
		}
	}
	for name, c := range containers {
		if _, err := Plan(transcode(with(name), in(&hd))); (err != nil) != (c.picture == nil) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// draw runs a job with overlays and returns the path of its output.
func draw(t *testing.T, dir string, tr job.Transcode, inputs ...job.Input) string {
	t.Helper()
	c, err := Plan(job.Job{ID: job.NewID(), API: job.Transcodes, Transcode: &tr, Inputs: inputs})
	if err != nil {
		t.Fatal(err)
	}
	work := folder(t)
	for _, in := range inputs {
		if err := os.Symlink(filepath.Join(dir, "inputs", in.Name), filepath.Join(work, "inputs", in.Name)); err != nil {
			t.Fatal(err)
		}
	}
	for name, content := range c.Files {
		file := filepath.Join(work, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := tools(t).Run(t.Context(), Task{Dir: work, Args: c.Args}); err != nil {
		t.Fatal(err, tail20(err))
	}
	return filepath.Join(work, c.Output)
}

// light is where a picture is light: the sum of its pixels over 127, their edges, and the place of the topmost.
type light struct {
	count  int
	bounds image.Rectangle
	top    image.Point
	least  int          // darkest pixel
	rows   map[int]bool // rows with a light pixel
}

func look(t *testing.T, file string) light {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, _, err := image.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	l := light{least: 255, rows: map[int]bool{}}
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			_, g, _, _ := img.At(x, y).RGBA()
			l.least = min(l.least, int(g>>8))
			if g>>8 <= 127 {
				continue
			}
			if l.count == 0 {
				l.top = image.Pt(x, y)
			}
			l.count++
			l.rows[y] = true
			l.bounds = l.bounds.Union(image.Rect(x, y, x+1, y+1))
		}
	}
	return l
}

// on draws onto a picture and looks at it.
func on(t *testing.T, dir string, picture job.Input, options ...job.Option) light {
	t.Helper()
	return look(t, draw(t, dir, job.Transcode{Format: "png", Options: options}, picture))
}

// Where the text is, how its lines stand, and that it is drawn as it was written.
func TestOverlayPicture(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	black := generate(t, dir, "black.png", "-f", "lavfi", "-i", "color=black:s=320x180", "-frames:v", "1")
	white := generate(t, dir, "white.png", "-f", "lavfi", "-i", "color=white:s=320x180", "-frames:v", "1")
	const small = `"fontSize":24,"boxBorderW":0`

	t.Run("position", func(t *testing.T) {
		t.Parallel()
		for style, want := range map[string]image.Rectangle{
			`"position":"Top_Left"`:                image.Rect(20, 15, 90, 50),
			`"position":"bottom-right","margin":5`: image.Rect(230, 145, 316, 180),
			`"fontColor":"#ff0"`:                   image.Rect(120, 70, 200, 110),
			`"x":"100","y":"h-th-0"`:               image.Rect(98, 150, 180, 180),
		} {
			l := on(t, dir, black, text(t, "HHHH", small+`,`+style))
			if l.count < 50 || !l.bounds.In(want) {
				t.Errorf("%s: %d light pixels in %v, want them in %v", style, l.count, l.bounds, want)
			}
		}
	})
	t.Run("lines", func(t *testing.T) {
		t.Parallel()
		l := on(t, dir, black, text(t, "xxx\nXXX\n\nxxx", small+`,"lineSpacing":16`))
		var feet []int
		for y := range 180 {
			if l.rows[y] && !l.rows[y+1] {
				feet = append(feet, y)
			}
		}
		if len(feet) != 3 || feet[1]-feet[0] != 40 || feet[2]-feet[1] != 80 {
			t.Errorf("letters stand on rows %v, want them 40 and 80 apart", feet)
		}
	})
	t.Run("wrapping", func(t *testing.T) {
		t.Parallel()
		if l := on(t, dir, black, text(t, strings.Repeat("wide ", 12), small)); l.bounds.Dx() > 300 || l.bounds.Dy() < 60 {
			t.Errorf("a long text fills %v, want several lines within the picture", l.bounds)
		}
	})
	t.Run("as written", func(t *testing.T) {
		t.Parallel()
		for less, more := range map[string]string{"ab": `a\b`, "00": "%{n}", "a,b": `a:'b,c;[d]`} {
			l, m := on(t, dir, black, text(t, less, small)), on(t, dir, black, text(t, more, small))
			if m.bounds.Dx() <= l.bounds.Dx()+2 {
				t.Errorf("%s is %d wide, %s only %d", less, l.bounds.Dx(), more, m.bounds.Dx())
			}
		}
	})
	t.Run("from the right", func(t *testing.T) {
		t.Parallel()
		if on(t, dir, black, text(t, "ל", small)).count == on(t, dir, black, text(t, "י", small)).count {
			t.Skip("there is no font with Hebrew letters")
		}
		if l := on(t, dir, black, text(t, "ליייי.", small)); l.top.X < 160 {
			t.Errorf("the first letter, which is the highest, is at %v, want it right of the middle", l.top)
		}
	})
	t.Run("boxes", func(t *testing.T) {
		t.Parallel()
		l := on(t, dir, white, text(t, "one\ntwo\nthree", `"fontSize":24`))
		if l.least < 110 || l.least > 140 {
			t.Errorf("darkest is %d, want half of white: boxes that overlap are no darker", l.least)
		}
	})
	t.Run("style", func(t *testing.T) {
		t.Parallel()
		thin := on(t, dir, black, text(t, "HHHH", small+`,"font":"DejaVu Sans"`))
		if l := on(t, dir, black, text(t, "HHHH", small+`,"font":"No such-font"`)); l.count < 50 {
			t.Error("a font that is not there draws nothing")
		}
		if l := on(t, dir, black, text(t, "HHHH", small+`,"font":"DejaVu Sans:bold"`)); l.count < thin.count*5/4 {
			t.Errorf("bold makes %d light pixels of %d", l.count, thin.count)
		}
		if l := on(t, dir, black, text(t, "HHHH", small+`,"font":"DejaVu Sans","outlineThickness":3,"outlineColor":"white"`)); l.count < thin.count*3/2 {
			t.Errorf("an outline makes %d light pixels of %d", l.count, thin.count)
		}
	})
}

// The overlay on every kind of source and in every kind of job that treats it in its own way.
func TestOverlayOn(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	deep := generate(t, dir, "deep.mkv", "-f", "lavfi", "-i", "color=black:s=160x120:d=0.1", "-f", "lavfi", "-i", "sine=d=0.1", "-c:v", "ffv1", "-pix_fmt", "yuv422p10le", "-c:a", "flac")
	sheer := generate(t, dir, "sheer.png", "-f", "lavfi", "-i", "color=black@0.5:s=160x120,format=rgba", "-frames:v", "1")
	hello := text(t, "H 👨‍👩‍👧\nالعربية\n漢字", `"fontSize":20`)
	all := text(t, strings.Repeat("0123456789", 1000), `"charsPerLine":5,"fontSize":12`)
	for name, c := range map[string]struct {
		tr job.Transcode
		in job.Input
	}{
		"mp4":       {job.Transcode{Format: "mp4", Options: []job.Option{hello}}, deep},
		"gif":       {job.Transcode{Format: "gif", Options: []job.Option{hello}}, deep},
		"png":       {job.Transcode{Format: "png", Options: []job.Option{hello, all}}, sheer},
		"filters":   {job.Transcode{Format: "mp4", Filters: []string{"[0:v]split[a][b];[a][b]hstack[v];[0:a]anull[s]"}, Options: []job.Option{hello}}, deep},
		"unlabeled": {job.Transcode{Format: "mp4", Filters: []string{"[0:v][0:a]concat=n=1:v=1:a=1"}, Options: append(list("-c:v", "mpeg4"), hello)}, deep},
		"vf":        {job.Transcode{Format: "mp4", Options: append(list("-vf", "split[a][b];[a][b]vstack,crop=150:110", "-c:a", "copy", "-strict", "-2"), hello)}, deep},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, err := tools(t).Probe(t.Context(), draw(t, dir, c.tr, c.in))
			if err != nil {
				t.Fatal(err, tail20(err))
			}
			if !m.HasVideo || m.HasAudio != (c.tr.Format == "mp4") {
				t.Errorf("is %+v", m)
			}
		})
	}
}
