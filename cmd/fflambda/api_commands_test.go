package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// commands is the body of a create without inputs.
func commands(outputs []string, lines ...string) object {
	return object{"input_files": object{}, "output_files": outputs, "ffmpeg_commands": lines}
}

// TestCommandWords is how a line becomes words, as a client sees it: validate answers with the words that ffmpeg gets.
func TestCommandWords(t *testing.T) {
	t.Parallel()
	s := common(t)
	inputs := object{"a": "https://example.com/1", "a.mp4": "https://example.com/2", "b.mp4": "https://example.com/3", "sub.srt": "https://example.com/4", "look.cube": "https://example.com/5"}
	outputs := []string{"a.mp4.mp4", "o.mp4", "frame_%03d.png", "seg*.ts", "unused.txt"}
	for line, want := range map[string][]string{
		`-i {{a}} {{o.mp4}}`:                                       {"-i", "inputs/a", "outputs/o.mp4"},
		`ffmpeg -i {{ a.mp4 }} <<o.mp4>>`:                          {"-i", "inputs/a.mp4", "outputs/o.mp4"},
		`ffmpeg.exe -i "<< a >>" '{{a.mp4.mp4}}'`:                  {"-i", "inputs/a", "outputs/a.mp4.mp4"},
		`/usr/bin/ffmpeg -i {{a}} -i {{a.mp4}} {{a.mp4.mp4}}`:      {"-i", "inputs/a", "-i", "inputs/a.mp4", "outputs/a.mp4.mp4"},
		`-i inputs/a.mp4 -c copy temp.mp4`:                         {"-i", "inputs/a.mp4", "-c", "copy", "temp.mp4"},
		`-i temp.mp4 outputs/o.mp4 -vframes 1 {{frame_007.png}}`:   {"-i", "temp.mp4", "outputs/o.mp4", "-vframes", "1", "outputs/frame_007.png"},
		`-i {{a}} -hls_segment_filename outputs/seg%03d.ts x.m3u8`: {"-i", "inputs/a", "-hls_segment_filename", "outputs/seg%03d.ts", "x.m3u8"},
		`-i {{a}} -f segment {{seg%d.ts}}`:                         {"-i", "inputs/a", "-f", "segment", "outputs/seg%d.ts"},
		`-i {{a}} -vf subtitles={{sub.srt}}:force_style='Fontsize=24' {{o.mp4}}`: {
			"-i", "inputs/a", "-vf", "subtitles=inputs/sub.srt:force_style=Fontsize=24", "outputs/o.mp4"},
		`-i {{a}} -filter_complex [0:v]lut3d={{look.cube}}[v] -map [v] {{o.mp4}}`: {
			"-i", "inputs/a", "-filter_complex", "[0:v]lut3d=inputs/look.cube[v]", "-map", "[v]", "outputs/o.mp4"},
		`-i {{a}} -vf "lut3d='inputs/look.cube',subtitles=inputs/sub.srt" {{o.mp4}}`: {
			"-i", "inputs/a", "-vf", "lut3d='inputs/look.cube',subtitles=inputs/sub.srt", "outputs/o.mp4"},
		`-i {{a}} -metadata url=https://h/outputs/x -metadata s=https://h/inputs/none {{o.mp4}}`: {
			"-i", "inputs/a", "-metadata", "url=https://h/outputs/x", "-metadata", "s=https://h/inputs/none", "outputs/o.mp4"},
		`-i {{a}} -vf select='eq(n\,0)' -metadata title=it\'s\ "a \"b\" \c" {{o.mp4}}`: {
			"-i", "inputs/a", "-vf", `select=eq(n\,0)`, "-metadata", `title=it's a "b" \c`, "outputs/o.mp4"},
		"-i {{a}} \\\n\t-metadata 'x=$HOME `id` $(id) * ~ ; && > #' \\\r\n {{o.mp4}}": {
			"-i", "inputs/a", "-metadata", "x=$HOME `id` $(id) * ~ ; && > #", "outputs/o.mp4"},
	} {
		a := s.do(t, alice, "POST", "/api/validate", object{"input_files": inputs, "output_files": outputs, "ffmpeg_commands": []string{line}})
		var got []string
		if list, ok := a.field("data", "commands").([]any); ok && len(list) == 1 {
			for _, word := range list[0].([]any) {
				got = append(got, word.(string))
			}
		}
		if d := cmp.Diff(want, got); d != "" || a.status != 200 {
			t.Errorf("%s: %d %s\n%s", line, a.status, a.body, d)
		}
	}
}

// TestRefusedCommands: 400 badRequest, with the word that is meant, the nearest name and all names.
func TestRefusedCommands(t *testing.T) {
	t.Parallel()
	s := common(t)
	inputs := object{"clip.mp4": "https://example.com/1", "song.mp3": "https://example.com/2"}
	for line, want := range map[string]string{
		`-i {{cilp.mp4}} {{o.mp4}}`:            `{{cilp.mp4}}`,
		`-i << song >> {{o.mp4}}`:              `<< song >>`,
		`-i {{clip.mp4}} {{f_1.png}}`:          `{{f_1.png}}`, // the pattern has two digits
		`-i {{}} {{o.mp4}}`:                    `{{}}`,
		`-i inputs/clip.mov {{o.mp4}}`:         `inputs/clip.mov`,
		`-i {{inputs/clip.mp4}} {{o.mp4}}`:     `{{inputs/clip.mp4}}`,
		`-i {{clip.mp4}} -vf movie={{x}} o`:    `{{x}}`,
		`-i {{clip.mp4}}{{song.mp3}} o.mp4`:    `inputs/clip.mp4inputs`,
		`-i {{clip.mp4}} "{{o.mp4}}`:           `never closed`,
		`-i {{clip.mp4}} it's`:                 `never closed`,
		``:                                     `empty command`,
		" \t\r\n":                              `empty command`,
		`ffmpeg`:                               `empty command`,
		`"ffmpeg.exe" `:                        `empty command`,
		`-i {{clip.mp4}} {{o.mp4}} -i {{o.mp4`: `{{o.mp4`,
	} {
		for _, path := range []string{"/api/ffmpeg", "/api/validate"} {
			a := s.do(t, alice, "POST", path, object{"input_files": inputs, "output_files": []string{"o.mp4", "f_%02d.png"}, "ffmpeg_commands": []string{`-i {{clip.mp4}} t.mp4`, line}})
			text := a.text("message")
			if a.status != 400 || a.text("errorCode") != "badRequest" || !strings.Contains(text, want) || !strings.HasPrefix(text, "ffmpeg_commands[1]: ") {
				t.Errorf("%s: %d %s, want %s", line, a.status, a.body, want)
			}
			if strings.Contains(text, "names no file") && !strings.Contains(text, "did you mean {{") {
				t.Errorf("%s: no name is near: %s", line, text)
			}
		}
	}
	a := s.do(t, alice, "POST", "/api/validate", object{"input_files": inputs, "output_files": []string{"o.mp4", "f_%02d.png"}, "ffmpeg_commands": []string{`-i {{clip}} {{o.mp4}}`}})
	if want := `ffmpeg_commands[0]: "{{clip}}" names no file of this job; did you mean {{clip.mp4}}? Known names: clip.mp4, song.mp3, o.mp4, f_%02d.png`; a.text("message") != want {
		t.Errorf("got  %s\nwant %s", a.text("message"), want)
	}
}

// TestCommandLimits is each limit of counts and lengths, at it and one beyond.
func TestCommandLimits(t *testing.T) {
	t.Parallel()
	s := common(t)
	named := func(n int) (list []string) {
		for i := range n {
			list = append(list, fmt.Sprintf("n%d.mp4", i))
		}
		return list
	}
	inputs := func(names ...string) object {
		all := object{}
		for _, name := range names {
			all[name] = "https://example.com/" + name
		}
		return all
	}
	body := func(change string, value any) object {
		b := object{"input_files": inputs("a"), "output_files": []string{"o.mp4"}, "ffmpeg_commands": []string{"-i {{a}} t"}}
		b[change] = value
		return b
	}
	long := strings.Repeat("n", 128)
	line := "-i {{a}} -metadata x=" // and as many letters as there is room for
	fill := func(n int) string { return line + strings.Repeat("x", n-len(line)-len(" t")) + " t" }
	for what, c := range map[string]struct {
		body  object
		field string // that is refused; empty: taken
	}{
		"no inputs":                 {object{"output_files": []string{"o"}, "ffmpeg_commands": []string{"-f lavfi -i sine {{o}}"}}, ""},
		"100 inputs":                {body("input_files", inputs(append(named(99), "a")...)), ""},
		"101 inputs":                {body("input_files", inputs(append(named(100), "a")...)), "input_files"},
		"no outputs":                {body("output_files", []string{}), "output_files"},
		"100 outputs":               {body("output_files", named(100)), ""},
		"101 outputs":               {body("output_files", named(101)), "output_files"},
		"one command, alone":        {object{"input_files": inputs("a"), "output_files": []string{"o"}, "ffmpeg_command": "-i {{a}} {{o}}"}, ""},
		"no commands":               {body("ffmpeg_commands", []string{}), "ffmpeg_commands"},
		"10 commands":               {body("ffmpeg_commands", strings.Split(strings.Repeat("-i {{a}} t|", 9)+"-i {{a}} t", "|")), ""},
		"11 commands":               {body("ffmpeg_commands", strings.Split(strings.Repeat("-i {{a}} t|", 10)+"-i {{a}} t", "|")), "ffmpeg_commands"},
		"32 KiB":                    {body("ffmpeg_commands", []string{fill(16 << 10), fill(16 << 10)}), ""},
		"32 KiB and a byte":         {body("ffmpeg_commands", []string{fill(16 << 10), fill(16<<10 + 1)}), "ffmpeg_commands"},
		"an input of 128 letters":   {body("input_files", inputs("a", long)), ""},
		"an input of 129 letters":   {body("input_files", inputs("a", long+"n")), "input_files"},
		"an output of 128 letters":  {body("output_files", []string{long}), ""},
		"an output of 129 letters":  {body("output_files", []string{long + "n"}), "output_files"},
		"an input with a dot first": {body("input_files", inputs("a", ".b")), "input_files"},
		"a dash first":              {body("output_files", []string{"-o"}), "output_files"},
		"an input with a percent":   {body("input_files", inputs("a", "b%d")), "input_files"},
		"an input with a blank":     {body("input_files", inputs("a", "b c")), "input_files"},
		"a folder":                  {body("output_files", []string{"o/p"}), "output_files"},
		"the same output twice":     {body("output_files", []string{"o", "o"}), "output_files"},
		"an input's name":           {body("output_files", []string{"a"}), "output_files"},
		"odd patterns":              {body("output_files", []string{"%", "%%", "*", "?", "%d%d", "**", "a%", "%5", "%03", "%x*?%%d"}), ""},
	} {
		a := s.do(t, alice, "POST", "/api/validate", c.body)
		switch {
		case c.field == "" && a.status != 200:
			t.Errorf("%s: %d %.300s", what, a.status, a.body)
		case c.field != "" && (a.status != 400 || a.text("errorCode") != "validationError" || !strings.HasPrefix(a.text("message"), c.field)):
			t.Errorf("%s: %d %.300s, want a refusal of %s", what, a.status, a.body, c.field)
		}
	}
	twice := `{"input_files":{"a":"https://example.com/1","a":"https://example.com/2"},"output_files":["o"],"ffmpeg_commands":["-i {{a}} {{o}}"]}`
	if a := s.do(t, alice, "POST", "/api/validate", twice); a.status != 400 || !strings.Contains(a.text("message"), "input_files.a") {
		t.Errorf("an input that comes twice: %d %s", a.status, a.body)
	}
}
