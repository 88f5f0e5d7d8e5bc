package command

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fflambda/fflambda/shared/job"
)

// graphs are filter graphs in every kind of writing.
func graphs() []string {
	return []string{
		`null`, `scale=8:8`, `scale=w=8:h=8,null`, ` scale = w = 8 : h = 8 `, `[in]scale=8:-2[a];[a]null[out]`, "\n[in] split [a][b] ;\n [a][b] hstack\n",
		`sws_flags=bilinear;scale=8:8`, `sws_flags='a;b';movie=x`, `scale@big=8:8`, `'scale'=8:8`, `sc\ale=8:8`, `'movie'=x`, `mo\vie=x`, `m'ov'ie@a=x`,
		`drawtext=text=a\\:b`, `drawtext=text='a:b'`, `drawtext=text=\'a\'`, `drawtext=text='a\'':textfile=x`, `drawtext=text=a\\\:textfile=x`,
		`drawtext=text='it'\\\''s'`, `drawtext=text=a\,b`, `drawtext=text=a,movie=x`, `drawtext=text=a\;movie=x`, `drawtext=text='a,movie=x'`,
		`drawtext=text=a]movie=x`, `drawtext=text=[a]movie=x`, `[a`, `[a]`, `[a\]b]null`, `[']']movie=x`, `null,,null`, `;null`, `null;`, `=x`, `a=b=c`,
		`null[a][b],[c]null`, `null 'movie=x'`, `null movie=x`, `drawtext=/text=a`, `drawtext=-text=a:x_1.y=2`, `lut3d='a':file=/x`, `lut3d=file =/x`,
		`subtitles=a.srt:force_style='A=1,B=2'`, `select='eq(n\,0)'`, `select=eq(n\\,0)`, `a='unclosed`, `a=\`, `a=b\\`, `a='b'c'd' : e`, "a=b\t:\tc", `a=:::`,
	}
}

// FuzzGraph compares the two readers.
func FuzzGraph(f *testing.F) {
	for _, graph := range graphs() {
		f.Add(graph)
	}
	f.Fuzz(func(t *testing.T, graph string) {
		if strings.ContainsRune(graph, 0) {
			return // refused before
		}
		want, whole := witnessGraph(graph)
		got, rest := parseGraph(graph)
		if whole {
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(filter{}, filterOption{})); diff != "" || rest != "" {
				t.Errorf("%q: rest %q (-witness +parseGraph):\n%s", graph, rest, diff)
			}
			return
		}
		// ffmpeg gives up, but may have made what came before.
		if checkGraph(graph) == nil {
			if reached := graphReaches(graph); len(reached) > 0 {
				t.Errorf("%q is accepted: %q", graph, reached)
			}
		}
	})
}

// FuzzGraphEscape: a text that is quoted for both levels comes out as it was, alone, and is taken.
func FuzzGraphEscape(f *testing.F) {
	for _, text := range []string{"", "a", "it's 12:30", `C:\x`, "[a],;=", "movie=/etc/passwd", "'", `\`, `\'`, " a ", "\n", "a:textfile=/etc/passwd", "é日"} {
		f.Add(text)
	}
	option := strings.NewReplacer(`\`, `\\`, `'`, `\'`, `:`, `\:`, " ", `\ `, "\t", "\\\t", "\n", "\\\n", "\r", "\\\r")
	graph := strings.NewReplacer(`\`, `\\`, `'`, `\'`, `[`, `\[`, `]`, `\]`, `,`, `\,`, `;`, `\;`, " ", `\ `, "\t", "\\\t", "\n", "\\\n", "\r", "\\\r")
	f.Fuzz(func(t *testing.T, text string) {
		if strings.ContainsRune(text, 0) {
			return
		}
		line := "drawtext=x=1:text=" + graph.Replace(option.Replace(text)) + ":y=2,null"
		want := []filter{{"drawtext", []filterOption{{"x", "1"}, {"text", text}, {"y", "2"}}}, {name: "null"}}
		got, rest := parseGraph(line)
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(filter{}, filterOption{})); diff != "" || rest != "" {
			t.Errorf("%q as %q: rest %q (-want +got):\n%s", text, line, rest, diff)
		}
		if err := checkGraph(line); err != nil {
			t.Errorf("%q is refused: %v", line, err)
		}
		if seen, whole := witnessGraph(line); !whole || !cmp.Equal(want, seen, cmp.AllowUnexported(filter{}, filterOption{})) {
			t.Errorf("%q is read as %v by the witness", line, seen)
		}
	})
}

// FuzzPolicy: what the policy lets through reaches nothing, as the witness reads it.
func FuzzPolicy(f *testing.F) {
	for _, d := range cookbook() {
		for _, line := range d.lines {
			f.Add(line)
		}
	}
	for _, graph := range graphs() {
		f.Add("-i {{a.mp4}} -vf " + quoted(graph) + " x.mp4")
		f.Add("-f lavfi -i " + quoted(graph) + " x.mp4")
	}
	for _, line := range append(slices.Clone(odd), `-autorotate /x a.mp4`, `-autorotate -i concat:a`, `-f lavfi -f mp4 -i movie=x x.mp4`, `-f lavfi -i:0 movie=x -i movie=x`,
		`-f tee -f mp4 x.mp4`, `-y -f null -`, `-an- x`, `-nostdin -stdin x`, `-nofollow x`, `-i a -x264-params stats=/x x.mp4`, `-v 48 x`, `-loglevel repeat+level+debug x`,
		`-filter:v:0 movie=x x`, `-/filter:v x y`, `-i -i`, `-metadata -report x.mp4`, `-hls_flags append_list x.m3u8`, `-passlogfile ../x x`, `-- /x`) {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		commands, err := Compile(job.Commands{Lines: []string{line}, Outputs: []string{"x.mp4", "frame_%03d.png"}}, []string{"a.mp4", "video.mp4", "list.txt"})
		if err != nil {
			return
		}
		for version, flags := range map[string]witnessed{"5.1": ffmpeg5(), "7.1": ffmpeg7()} {
			if reached := flags.testify(commands[0]); len(reached) > 0 {
				t.Errorf("%q is accepted, and as %s reads it, it %q", line, version, reached)
			}
		}
	})
}

func quoted(word string) string { return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'" }

// FuzzPlaceholder: whatever the name of a file, it never becomes two words or an option, nor does it change the words around it:
// a line is split alike with one name and with another.
func FuzzPlaceholder(f *testing.F) {
	for _, name := range []string{"a.mp4", "-i", "a b", "a'b", `a\`, "..", "%03d.png", "{{a}}", "é", "a-b_c.d"} {
		f.Add(`-i {{N}} -vf "subtitles=<< N >>:x='{{ N }}'" \{{N}} '{{N}}' {{N}}{{N}}`, name)
	}
	f.Add("{{N}}", "N")
	f.Add("{<N>>}", "a")
	f.Add("{{{N}}}", "a")
	f.Add("<<{{N}}>>", "a")
	marker := regexp.MustCompile(`\{\{\s*N\s*\}\}|<<\s*N\s*>>`)
	const other = "Zq0.x"
	f.Fuzz(func(t *testing.T, line, name string) {
		if ValidName(name, false) != nil || strings.Contains(line, other) || strings.Contains(line, name) {
			return
		}
		split := func(name string) ([]string, error) {
			known := newNames([]string{name}, nil)
			text, err := known.resolve(marker.ReplaceAllStringFunc(line, func(m string) string { return strings.Replace(m, "N", name, 1) }))
			if err != nil {
				return nil, err
			}
			return Split(text)
		}
		want, wantErr := split(other)
		got, err := split(name)
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("%q: with %q %v, with %q %v", line, name, err, other, wantErr)
		}
		for i := range want {
			want[i] = strings.ReplaceAll(want[i], other, name)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q with %q (-want +got):\n%s", line, name, diff)
		}
		for _, word := range got {
			if strings.HasPrefix(word, name) && !strings.HasPrefix(word, inputsDir) {
				t.Errorf("%q: %q is a word of its own", line, name)
			}
		}
	})
}
