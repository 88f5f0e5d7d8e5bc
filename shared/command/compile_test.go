package command_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fflambda/fflambda/shared/command"
	"github.com/fflambda/fflambda/shared/job"
)

// The files of the job that the tests' commands belong to.
var (
	inputs = strings.Fields("input input.mp4 a.mp4 b.mp4 a.ts b.ts music.mp3 logo.png subs.srt font.ttf list.txt lut.cube " +
		"img001.png img002.png meta.txt")
	outputs = strings.Fields("output.mp4 out.webm audio.mp3 thumb.jpg clip.gif frame_%03d.png seg*.ts index.m3u8 out.mkv x.txt")
)

func compile(line string) ([]string, error) {
	commands, err := command.Compile(job.Commands{Lines: []string{line}, Outputs: outputs}, inputs)
	if err != nil {
		return nil, err
	}
	return commands[0], nil
}

func TestCompile(t *testing.T) {
	t.Parallel()
	tests := []struct{ line, want string }{ // want: the words, joined by |
		{`-i {{input}} -t 5 {{output.mp4}}`, `-i|inputs/input|-t|5|outputs/output.mp4`},
		{`ffmpeg -i {{input}} {{output.mp4}}`, `-i|inputs/input|outputs/output.mp4`},
		{`-i <<input.mp4>> <<output.mp4>>`, `-i|inputs/input.mp4|outputs/output.mp4`},
		{`-i {{ input.mp4 }} {{	output.mp4}}`, `-i|inputs/input.mp4|outputs/output.mp4`},
		{`-i "<< input.mp4 >>" '{{ output.mp4 }}'`, `-i|inputs/input.mp4|outputs/output.mp4`},
		{`-i inputs/input.mp4 outputs/output.mp4`, `-i|inputs/input.mp4|outputs/output.mp4`},
		{`-i {{a.mp4}} -vf subtitles={{subs.srt}}:force_style='Fontsize=24' {{output.mp4}}`, `-i|inputs/a.mp4|-vf|subtitles=inputs/subs.srt:force_style=Fontsize=24|outputs/output.mp4`},
		{`-i {{a.mp4}} -vf subtitles=inputs/subs.srt {{output.mp4}}`, `-i|inputs/a.mp4|-vf|subtitles=inputs/subs.srt|outputs/output.mp4`},
		{`-i {{a.mp4}} -r 1 {{frame_%03d.png}}`, `-i|inputs/a.mp4|-r|1|outputs/frame_%03d.png`},
		{`-i {{a.mp4}} -frames:v 1 {{frame_001.png}}`, `-i|inputs/a.mp4|-frames:v|1|outputs/frame_001.png`},
		{`-i {{a.mp4}} {{seg%d.ts}}`, `-i|inputs/a.mp4|outputs/seg%d.ts`},
		{`-i inputs/img%03d.png outputs/any/path.mp4`, `-i|inputs/img%03d.png|outputs/any/path.mp4`},
		{`-i {{a.mp4}} temp.mp4`, `-i|inputs/a.mp4|temp.mp4`},
		{`-f concat -safe 0 -i {{list.txt}} -n -c copy {{output.mp4}}`, `-f|concat|-i|inputs/list.txt|-c|copy|outputs/output.mp4`},
		{`-f concat -safe:v 0 -i {{list.txt}} {{output.mp4}}`, `-f|concat|-i|inputs/list.txt|outputs/output.mp4`},
		{`-i {{a.mp4}} -metadata comment=https://x.example/inputs/a.mp4 out.mp4`, `-i|inputs/a.mp4|-metadata|comment=https://x.example/inputs/a.mp4|out.mp4`},
		{`-i {{a.mp4}} -c copy && rm`, `-i|inputs/a.mp4|-c|copy|&&|rm`}, // ordinary text: ffmpeg will not like it
	}
	for _, test := range tests {
		got, err := compile(test.line)
		if err != nil {
			t.Errorf("%s: %v", test.line, err)
			continue
		}
		if diff := cmp.Diff(test.want, strings.Join(got, "|")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.line, diff)
		}
	}
}

func TestCompileRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		line string
		word string
		want string // part of the text
	}{
		{`-i {{inptu.mp4}} {{output.mp4}}`, `{{inptu.mp4}}`, "did you mean {{input.mp4}}? Known names: input, input.mp4,"},
		{`-i {{input}} {{ outputs.mp4 }}`, `{{ outputs.mp4 }}`, "did you mean {{output.mp4}}?"},
		{`-i <<my file.mp4>> x.mp4`, `<<my file.mp4>>`, "names no file of this job"},
		{`-i {{}} x.mp4`, `{{}}`, "names no file"},
		{`-i {{inputs/a.mp4}} x.mp4`, `{{inputs/a.mp4}}`, "names no file"},
		{`-i {{../a.mp4}} x.mp4`, `{{../a.mp4}}`, "names no file"},
		{`-i {{a.mp4}} {{frame_1.png}}`, `{{frame_1.png}}`, "did you mean {{frame_%03d.png}}?"},
		{`-i inputs/c.mp4 x.mp4`, `inputs/c.mp4`, "did you mean {{a.mp4}}?"},
		{`-i inputs/pic%03d.png x.mp4`, `inputs/pic%03d.png`, "names no file"},
		{`-i inputs/ x.mp4`, `inputs/`, "names no file"},
		{`-i {{a.mp4 x.mp4`, `{{a.mp4`, "a placeholder is {{name}}"},
		{`-i 'a`, `'a`, "never closed"},
		{``, ``, "empty command"},
		{`  `, `  `, "empty command"},
		{`ffmpeg`, `ffmpeg`, "empty command"},
	}
	for _, test := range tests {
		_, err := compile(test.line)
		var r *command.Refusal
		if !errors.As(err, &r) {
			t.Errorf("%s: error %v, want a refusal", test.line, err)
			continue
		}
		if r.Word != test.word || !strings.Contains(r.Error(), test.want) {
			t.Errorf("%s: %v; want %q and %q", test.line, err, test.word, test.want)
		}
	}
}

func TestCompileNamesCommand(t *testing.T) {
	t.Parallel()
	_, err := command.Compile(job.Commands{Lines: []string{"-i {{a.mp4}} t.mp4", "-i {{b}} t.mp4"}}, []string{"a.mp4"})
	var r *command.Refusal
	if !errors.As(err, &r) || r.Command != 1 {
		t.Errorf("error %v, want a refusal of command 1", err)
	}
	_, err = command.Compile(job.Commands{Lines: []string{"-i {{b}}"}}, nil)
	if err == nil || !strings.Contains(err.Error(), "none is declared") {
		t.Errorf("error %v, want one that says that no name is declared", err)
	}
}

func FuzzCompile(f *testing.F) {
	for _, line := range everyday {
		f.Add(line)
	}
	for _, attack := range hostile {
		f.Add(attack.line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		words, err := compile(line)
		if err != nil {
			var r *command.Refusal
			if !errors.As(err, &r) || r.Reason == "" {
				t.Fatalf("%q: error %v is no refusal", line, err)
			}
			return
		}
		for _, w := range words {
			switch {
			case strings.ContainsRune(w, 0):
				t.Errorf("%q: NUL in %q", line, w)
			case strings.HasPrefix(w, "/") && w != "/dev/null":
				t.Errorf("%q: absolute %q", line, w)
			case strings.HasPrefix(w, "../"):
				t.Errorf("%q: upwards %q", line, w)
			}
		}
	})
}
