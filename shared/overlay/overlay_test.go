package overlay

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fflambda/fflambda/shared/command"
)

func ptr(n int) *int { return &n }

func TestParse(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]Overlay{
		`{"text":"x"}`:                        {Text: "x"},
		`"{\"text\":\"x\",\"style\":null}"`:   {Text: "x"},
		`{"text":" x\u0000 ","more":1}`:       {Text: " x\x00 "},
		`{"text":"x","style":{"unknown":{}}}`: {Text: "x"},
		`{"text":"x","style":{"fontSize":"48px","charsPerLine":20.4,"lineSpacing":"0","boxBorderW":0,"margin":"1e2","x":10,"y":"-5px","font":""}}`: {
			Text: "x", Style: Style{FontSize: 48, CharsPerLine: 20, LineSpacing: ptr(0), BoxBorderW: ptr(0), Margin: ptr(100), X: "10", Y: "-5"},
		},
		`{"text":"x","style":{"position":"Top Left","font":" Noto Sans CJK JP ","fontColor":"LightGray@0.5","outlineColor":"0xABCDEF80","outlineThickness":"3","x":" ( w - tw ) / 2 "}}`: {
			Text: "x", Style: Style{Position: "Top Left", Font: "Noto Sans CJK JP", FontColor: "lightgrey@0.5", OutlineColor: "#abcdef80", OutlineThickness: 3, X: "(w-tw)/2"},
		},
	} {
		o, err := Parse([]byte(raw))
		if err != nil {
			t.Errorf("%s: %v", raw, err)
			continue
		}
		if d := cmp.Diff(want, o); d != "" {
			t.Errorf("%s: (-want +got)\n%s", raw, d)
		}
		if again, err := Parse([]byte(o.JSON())); err != nil || cmp.Diff(o, again) != "" {
			t.Errorf("%s is kept as %s: %v", raw, o.JSON(), err)
		}
	}
	if got := (Overlay{Text: "<é>"}).JSON(); got != `{"text":"<é>"}` {
		t.Errorf("kept as %s", got)
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	style := func(s string) string { return `{"text":"x","style":{` + s + `}}` }
	for raw, says := range map[string]string{
		``: "must be an object", `null`: "must be an object", `"x"`: "must be an object", `[]`: "must be an object", `7`: "must be an object",
		`{}`: "text must be a string of 1 to 10000 characters", `{"text":""}`: "text must be", `{"text":5}`: "text must be", `{"text":null}`: "text must be",
		`{"text":"` + strings.Repeat("é", 10001) + `"}`: "text must be",
		`{"text":" \n\t\u200b"}`:                        "not only blanks",
		`{"text":"x","style":[]}`:                       "style must be an object",
		style(`"fontSize":11`):                          "style.fontSize must be a number from 12 to 200",
		style(`"fontSize":200.1`):                       "style.fontSize must be", style(`"fontSize":"big"`): "style.fontSize must be",
		style(`"fontSize":{}`): "style.fontSize must be", style(`"fontSize":true`): "style.fontSize must be",
		style(`"charsPerLine":4`): "style.charsPerLine must be a number from 5 to 100", style(`"charsPerLine":101`): "style.charsPerLine must be",
		style(`"lineSpacing":-1`): "style.lineSpacing must be a number from 0 to 100", style(`"boxBorderW":101`): "style.boxBorderW must be a number from 0 to 100",
		style(`"margin":-1`): "style.margin must be", style(`"outlineThickness":51`): "style.outlineThickness must be",
		style(`"position":"outside"`): "style.position must be one of top, center", style(`"position":"top bottom"`): "style.position must be",
		style(`"fontColor":"reddish"`): "style.fontColor must be a colour", style(`"fontColor":"#12345"`): "style.fontColor must be",
		style(`"fontColor":"red@2"`): "style.fontColor must be", style(`"outlineColor":"red:x=1"`): "style.outlineColor must be",
		style(`"font":"/etc/fonts/a.ttf"`): "style.font must be the name", style(`"font":"a':x"`): "style.font must be", style(`"font":"Sans:file=x"`): "style.font must be",
		style(`"x":"w:y=1"`): "style.x must be a number of pixels or an expression", style(`"y":{}`): "style.y must be", style(`"y":"10 'x"`): "style.y must be",
	} {
		_, err := Parse([]byte(raw))
		if err == nil || !strings.HasPrefix(err.Error(), says) && !strings.Contains(err.Error(), says) {
			t.Errorf("%.80s: %v, want %s", raw, err, says)
		}
	}
}

func TestPosition(t *testing.T) {
	t.Parallel()
	for position, want := range map[string]place{
		"center": {middle, middle}, "MIDDLE": {middle, middle}, "top": {middle, near}, "bottom": {middle, far}, "left": {near, middle}, "right": {far, middle},
		"top-left": {near, near}, "left_top": {near, near}, "Bottom Right": {far, far}, "bottomRight": {far, far}, "center-right": {far, middle},
		"middle_center": {middle, middle}, "topcenter": {middle, near}, "lower-left": {near, far}, "mid-top": {middle, near},
	} {
		if got, ok := readPlace(position); !ok || got != want {
			t.Errorf("%s: %v %v, want %v", position, got, ok, want)
		}
	}
	for _, position := range []string{"", "-", "left right", "top-top", "top left center", "northwest"} {
		if got, ok := readPlace(position); ok {
			t.Errorf("%s: %v", position, got)
		}
	}
}

func TestExpression(t *testing.T) {
	t.Parallel()
	for _, e := range []string{
		"0", "-10", "12.5", "w-tw-20", "(w-text_w)/2", "if(lt(t,2),-tw,20)", "main_h*.8", "W/2 - 10*sin(2*PI*t/3)", "max(0, mod(n, 50))", "-(-h)", "2^-1",
	} {
		if _, allowed := checkPlace(e); allowed != "" {
			t.Errorf("%s is refused", e)
		}
	}
	for _, e := range []string{
		"", "w-", "w w", "10:y=5", `10\`, "'", "if(1)", "sin()", "sin(1,2)", "while(1,1)", "st(0,1)", "random(0)", "rand(1,2)", "print(1)", "x", "foo", "(w", "w)", "--1", "1;2",
		"w,h", "pts", "１", strings.Repeat("(", 50) + "1" + strings.Repeat(")", 50), strings.Repeat("1+", 150) + "1",
	} {
		if kept, allowed := checkPlace(e); allowed == "" {
			t.Errorf("%s is taken as %s", e, kept)
		}
	}
	if got := expand("h-text_h-th-lh+text_w", 70, 30); got != "h-70-70-30+text_w" {
		t.Errorf("expanded to %s", got)
	}
}

func TestLines(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text  string
		width int
		want  []string
	}{
		{"one two three", 7, []string{"one two", "three"}},
		{"one two three", 8, []string{"one two", "three"}},
		{"\n one\r\n\n two\t3 \n\n", 20, []string{"one", "", "two    3"}},
		{"incomprehensible", 5, []string{"incom", "prehe", "nsibl", "e"}},
		{"a incomprehensible", 5, []string{"a", "incom", "prehe", "nsibl", "e"}},
		{"e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301", 5, []string{"e\u0301e\u0301e\u0301e\u0301e\u0301", "e\u0301"}},
		{"👨‍👩‍👧👨‍👩‍👧🇩🇪🇫🇷👍🏽👍", 5, []string{"👨‍👩‍👧👨‍👩‍👧🇩🇪🇫🇷👍🏽", "👍"}},
		{"漢字漢字ab cd", 5, []string{"漢字漢字", "ab cd"}},
		{"a\x00b\x1bc\u2028d\u202ee", 20, []string{"a b c", "de"}},
		{"bad \xff utf8", 20, []string{"bad \uFFFD utf8"}},
	} {
		var got []string
		for _, p := range paragraphs(tt.text) {
			got = append(got, wrap(p, tt.width, false)...)
		}
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%q: (-want +got)\n%s", tt.text, d)
		}
	}
	if got := wrap("漢字漢字", 5, true); len(got) != 2 {
		t.Errorf("by width: %q", got)
	}
	if got := paragraphs(" \n\t\u200b\n"); got != nil {
		t.Errorf("nothing to see: %q", got)
	}
}

func TestRender(t *testing.T) {
	t.Parallel()
	long := Overlay{Text: strings.Repeat("word ", 2000)}
	if d := long.Render(1, 0, 0); len(d.Files) != maxLines || len(d.Files["overlay/1-1.txt"]) != 39 {
		t.Errorf("picture not known: %d lines, first %q", len(d.Files), d.Files["overlay/1-1.txt"])
	}
	if d := long.Render(1, 1920, 1080); len(d.Files) != 18 || len(d.Files["overlay/1-1.txt"]) != 69 {
		t.Errorf("1920x1080: %d lines, first of %d characters", len(d.Files), len(d.Files["overlay/1-1.txt"]))
	}
	long.Style = Style{CharsPerLine: 5, Y: "h-t*10", FontSize: 12}
	if d := long.Render(1, 1920, 1080); len(d.Files) != maxLines || d.Files["overlay/1-40.txt"] != "word" {
		t.Errorf("rolling: %d lines", len(d.Files))
	}
	d := Overlay{Text: "שלום.\n\nhello", Style: Style{BoxBorderW: ptr(0)}}.Render(2, 0, 0)
	want := map[string]string{"overlay/2-1.txt": "\u202Bשלום.\u202C", "overlay/2-3.txt": "hello"}
	if diff := cmp.Diff(want, d.Files); diff != "" {
		t.Errorf("files: (-want +got)\n%s", diff)
	}
	if strings.Contains(d.Chain, "box") || strings.Count(d.Chain, "drawtext") != 2 {
		t.Errorf("without a box: %s", d.Chain)
	}
}

func TestFont(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"hello": "font='Sans'", "Привет שלום مرحبا": "font='Sans'", "नमस्ते": `fontfile='Sans\:lang=hi'`, "สวัสดี": `fontfile='Sans\:lang=th'`,
		"漢字": `fontfile='Sans\:lang=zh-cn'`, "漢字かな": `fontfile='Sans\:lang=ja'`, "한글": `fontfile='Sans\:lang=ko'`,
	} {
		if d := (Overlay{Text: text}).Render(1, 0, 0); !strings.Contains(d.Chain, ":"+want+":") {
			t.Errorf("%s: %s, want %s", text, d.Chain, want)
		}
	}
	if d := (Overlay{Text: "漢字", Style: Style{Font: "A-b:style=Bold"}}).Render(1, 0, 0); !strings.Contains(d.Chain, `:fontfile='A\\-b\:style=Bold':`) {
		t.Errorf("named: %s", d.Chain)
	}
}

func TestAppend(t *testing.T) {
	t.Parallel()
	for graph, want := range map[string]string{
		"hflip":                                "hflip,T",
		"hflip ":                               "hflip ,T",
		"[0:v]hflip[v]":                        "[0:v]hflip[_text];[_text]T[v]",
		"[0:v]hflip[ v ];[0:a]volume=2[a]":     "[0:v]hflip[_text];[0:a]volume=2[a];[_text]T[v]",
		"[0:a]volume=2;[0:v]hflip":             "[0:a]volume=2;[0:v]hflip,T",
		"[0:v]hflip;[0:a]volume=2":             "[0:v]hflip,T;[0:a]volume=2",
		"split[a][b];[a]vflip[c];[c][b]hstack": "split[a][b];[a]vflip[c];[c][b]hstack,T",
		"[0:v][0:a]concat=n=1:v=1:a=1[v][a]":   "[0:v][0:a]concat=n=1:v=1:a=1[_text][a];[_text]T[v]",
		"[0:v][0:a]concat=1:1:1":               "[0:v][0:a]concat=1:1:1[_text];[_text]T",
		"drawtext=text='a,[b];c'[v]":           "drawtext=text='a,[b];c'[_text];[_text]T[v]",
		`drawtext=text=\[x\],null`:             `drawtext=text=\[x\],null,T`,
		"[0:a]showwaves[w]":                    "[0:a]showwaves[_text];[_text]T[w]",
		"sws_flags=bicubic;[0:v]scale@x=2:2":   "sws_flags=bicubic;[0:v]scale@x=2:2,T",
		"[0:v]split[a][b];[b]nullsink":         "[0:v]split[_text][b];[b]nullsink;[_text]T[a]",
		"ass=inputs/a.ass":                     "ass=inputs/a.ass,T",
	} {
		if got, err := Append(graph, "T"); got != want {
			t.Errorf("%s: %s %v\nwant %s", graph, got, err, want)
		}
	}
	for graph, says := range map[string]string{
		"": "no video output", "volume=2": "no video output", "[0:a]asplit[a][b]": "no video output", "[0:a][1:a]concat=v=0:a=1": "no video output",
		"split[a][b]": "more than one video output", "[0:v]null;[1:v]null": "more than one video output",
		"drawtext=text='x": "close what was opened", `null\`: "close what was opened", "null[x": "close what was opened",
	} {
		if got, err := Append(graph, "T"); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %s %v, want %s", graph, got, err, says)
		}
	}
}

func TestConflict(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		format  string
		picture bool
		options [][2]string
		says    string
	}{
		{"MP4", true, [][2]string{{"-c:a", "copy"}, {"-c:v", "libx264"}}, ""},
		{"MP3", false, nil, "mp3 holds sound only"},
		{"mp4", true, [][2]string{{"-vn", ""}}, "-vn leaves it out"},
		{"mp4", true, [][2]string{{"-c", "copy"}}, "leave out -c copy"},
	} {
		if err := Conflict(c.format, c.picture, c.options); fmt.Sprint(err) == "<nil>" != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s %v: %v", c.format, c.options, err)
		}
	}
}

// Whatever Parse takes is drawn by filters that a caller might have written, and none of it gets out of its place in them.
func FuzzParse(f *testing.F) {
	f.Add(`{"text":"a\\b %{pts} ':,;[x]\nשלום 👨‍👩‍👧","style":{"x":"w-tw","y":"max(1,2)","font":"A-b+c","fontColor":"#fff@0.1","outlineColor":"red"}}`)
	f.Add(`{"text":"x","style":{"position":"top-left","fontSize":"12","charsPerLine":"5","boxBorderW":0,"lineSpacing":100,"margin":7}}`)
	f.Add(`"{\"text\":\"\\u0000\\ud800\"}"`)
	f.Add(`{"text":"1","style":{"font":"Sans:style=Bold"}}`)
	f.Fuzz(func(t *testing.T, raw string) {
		o, err := Parse([]byte(raw))
		if err != nil {
			return
		}
		if !json.Valid([]byte(o.JSON())) {
			t.Fatalf("kept as %s", o.JSON())
		}
		if again, err := Parse([]byte(o.JSON())); err != nil || cmp.Diff(o, again) != "" {
			t.Fatalf("%s: %v, read back as %s", o.JSON(), err, again.JSON())
		}
		d := o.Render(1, 320, 180)
		if len(d.Files) == 0 || len(d.Files) > maxLines {
			t.Fatalf("%d files", len(d.Files))
		}
		for name, content := range d.Files {
			if strings.ContainsAny(content, "\n\r\v\f\x00") || !strings.Contains(d.Chain, name) {
				t.Errorf("%s: %q", name, content)
			}
		}
		steps, err := stepsOf(d.Chain)
		if err != nil {
			t.Fatalf("%s: %v", d.Chain, err)
		}
		for _, s := range steps {
			if s.name != "drawtext" && s.name != "split" && s.name != "blend" {
				t.Errorf("%s has a filter %q", d.Chain, s.name)
			}
		}
		if _, err := Append("null", d.Chain); err != nil {
			t.Error(err)
		}
		if strings.Contains(d.Chain, "fontfile") {
			return // a pattern of fontconfig looks like a protocol to the check of callers' words
		}
		if err := command.Check([]string{"-vf", d.Chain}); err != nil {
			t.Errorf("%s: %v", d.Chain, err)
		}
	})
}
