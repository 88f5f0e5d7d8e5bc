package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// listed makes the files that lists and playlists point to, and returns their folder: two clips of a second, an HLS
// stream of two segments, the same encrypted, pictures, and texts.
func listed(t *testing.T) string {
	t.Helper()
	requireFFmpeg(t)
	dir := t.TempDir()
	source := "-f lavfi -i testsrc2=s=64x48:r=10:d=1 -c:v libx264 -preset ultrafast -g 5 -pix_fmt yuv420p "
	for _, words := range []string{
		source + "a.mp4", source + "b.mp4",
		source + "-f hls -hls_time 0.5 -hls_segment_filename part%d.ts stream.m3u8",
		source + "-f hls -hls_time 0.5 -hls_enc 1 -hls_enc_key 00112233445566778899aabbccddeeff -hls_enc_key_url key.ts -hls_segment_filename secret%d.ts encrypted.m3u8",
		"-f lavfi -i testsrc2=s=64x48:r=10:d=0.3 img%03d.png",
	} {
		cmd := exec.Command("ffmpeg", append([]string{"-v", "error", "-y"}, strings.Fields(words)...)...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", words, err, out)
		}
	}
	texts := map[string]string{
		"list.txt": "file a.mp4\nfile 'b.mp4'\n", "list.ffconcat": "ffconcat version 1.0\nfile a.mp4\nduration 1\nfile b.mp4\n",
		"folder.txt": "file 'inputs/a.mp4'\n", "braces.txt": "file '{{a.mp4}}'\n", "absolute.txt": "file '/srv/media/a.mp4'\n",
		"web.txt": "file 'https://example.com/a.mp4'\n", "blank.txt": "file 'ä b.mp4'\n",
		"words.srt": "1\n00:00:00,000 --> 00:00:01,000\nhello\n",
		"words.ass": "[Script Info]\nScriptType: v4.00+\n[V4+ Styles]\nFormat: Name, Fontname, Fontsize\nStyle: Default,Sans,20\n" +
			"[Events]\nFormat: Layer, Start, End, Style, Text\nDialogue: 0,0:00:00.00,0:00:01.00,Default,hello\n",
		"look.cube": "LUT_3D_SIZE 2\n0 0 0\n1 0 0\n0 1 0\n1 1 0\n0 0 1\n1 0 1\n0 1 1\n1 1 1\n",
	}
	encrypted, err := os.ReadFile(filepath.Join(dir, "encrypted.m3u8"))
	if err != nil {
		t.Fatal(err)
	}
	texts["named.m3u8"] = strings.ReplaceAll(string(encrypted), "key.ts", "stream.key")
	key, err := os.ReadFile(filepath.Join(dir, "key.ts"))
	if err != nil {
		t.Fatal(err)
	}
	texts["stream.key"] = string(key)
	for name, text := range texts {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// aFont is any font of the machine.
func aFont(t *testing.T) string {
	t.Helper()
	for _, pattern := range []string{"/usr/share/fonts/*/*/*.ttf", "/usr/share/fonts/*/*.ttf", "/usr/share/fonts/*.ttf", "/Library/Fonts/*.ttf", "/System/Library/Fonts/Supplemental/*.ttf"} {
		if found, _ := filepath.Glob(pattern); len(found) > 0 {
			return found[0]
		}
	}
	t.Skip("this machine has no TrueType font")
	return ""
}

// TestLists: lists, playlists and everything else that points to files work where they point to inputs by their names, and
// fail with a text that says so where they do not.
func TestLists(t *testing.T) {
	t.Parallel()
	s := common(t)
	dir := listed(t)
	inputs := func(t *testing.T, names string) object {
		urls := object{}
		for _, name := range strings.Fields(names) {
			file := filepath.Join(dir, name)
			if name == "font.ttf" {
				file = aFont(t)
			}
			urls[name] = serveFile(t, file)
		}
		return urls
	}
	for what, c := range map[string]struct {
		inputs, lines string // lines are separated by a bar
		want          string // in error_message; empty: it succeeds
	}{
		"a list":                         {"list.txt a.mp4 b.mp4", "-f concat -i {{list.txt}} -c copy {{o.mp4}}", ""},
		"a list that is called unsafe":   {"list.txt a.mp4 b.mp4", "-f concat -safe 0 -i {{list.txt}} -c copy {{o.mp4}}", ""},
		"a list that says what it is":    {"list.ffconcat a.mp4 b.mp4", "-i {{list.ffconcat}} -c copy {{o.mp4}}", ""},
		"a list that a command makes":    {"a.mp4", "-i {{a.mp4}} -c copy -f segment -segment_time 0.5 -segment_list l.ffconcat s%d.mp4|-f concat -i l.ffconcat -c copy {{o.mp4}}", ""},
		"a playlist":                     {"stream.m3u8 part0.ts part1.ts", "-i {{stream.m3u8}} -c copy {{o.mp4}}", ""},
		"a playlist with its key":        {"encrypted.m3u8 secret0.ts secret1.ts key.ts", "-i {{encrypted.m3u8}} -c copy {{o.mp4}}", ""},
		"subtitles with a font":          {"a.mp4 words.srt font.ttf", "-i {{a.mp4}} -vf subtitles={{words.srt}}:fontsdir=inputs -preset ultrafast {{o.mp4}}", ""},
		"styled subtitles with a font":   {"a.mp4 words.ass font.ttf", "-i {{a.mp4}} -vf ass={{words.ass}}:fontsdir=inputs -preset ultrafast {{o.mp4}}", ""},
		"a text with a font":             {"a.mp4 font.ttf", "-i {{a.mp4}} -vf drawtext=fontfile={{font.ttf}}:text=x -preset ultrafast {{o.mp4}}", ""},
		"colours":                        {"a.mp4 look.cube", "-i {{a.mp4}} -vf lut3d={{look.cube}} -preset ultrafast {{o.mp4}}", ""},
		"pictures":                       {"img001.png img002.png img003.png", "-framerate 10 -i inputs/img%03d.png -preset ultrafast {{o.mp4}}", ""},
		"pictures by a placeholder":      {"img001.png img002.png img003.png", "-framerate 10 -i {{img%03d.png}} -preset ultrafast {{o.mp4}}", ""},
		"pictures by a glob":             {"img001.png img002.png img003.png", "-pattern_type glob -i {{img*.png}} -preset ultrafast {{o.mp4}}", ""},
		"a list with folders":            {"folder.txt a.mp4", "-f concat -i {{folder.txt}} -c copy {{o.mp4}}", "Lists name inputs by their file names alone"},
		"a list with braces":             {"braces.txt a.mp4", "-f concat -i {{braces.txt}} -c copy {{o.mp4}}", "Lists name inputs by their file names alone"},
		"a list of the machine's files":  {"absolute.txt", "-f concat -safe 0 -i {{absolute.txt}} -c copy {{o.mp4}}", "Lists name inputs by their file names alone"},
		"a list of the web":              {"web.txt", "-f concat -safe 0 -i {{web.txt}} -c copy {{o.mp4}}", "Lists name inputs by their file names alone"},
		"a list of names with blanks":    {"blank.txt a.mp4", "-f concat -i {{blank.txt}} -c copy {{o.mp4}}", "Lists name inputs by their file names alone"},
		"a playlist without its parts":   {"stream.m3u8", "-i {{stream.m3u8}} -c copy {{o.mp4}}", "each has to be in input_files"},
		"a playlist with a key of a key": {"named.m3u8 secret0.ts secret1.ts stream.key", "-i {{named.m3u8}} -c copy {{o.mp4}}", "such as key.ts"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			done := s.run(t, object{"input_files": inputs(t, c.inputs), "output_files": []string{"o.mp4"}, "ffmpeg_commands": strings.Split(c.lines, "|")})
			switch status, text := done.text("data", "status"), done.text("data", "error_message"); {
			case c.want == "" && status != "succeeded":
				t.Errorf("%s: %s\n%s", status, text, done.body)
			case c.want != "" && (status != "failed" || !strings.Contains(text, c.want)):
				t.Errorf("%s: %s, want a failure that says %q", status, text, c.want)
			}
		})
	}
}
