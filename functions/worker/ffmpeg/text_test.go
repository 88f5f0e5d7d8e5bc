package ffmpeg_test

// texts are the inputs that are no media. The scripts come in pairs with as many letters: a font that lacks them draws the same
// boxes for both, so two pictures that differ show that there is one.
var texts = map[string]string{
	"plain.srt":       "1\n00:00:00,000 --> 00:00:01,000\nHandgloves\n",
	"bold.srt":        "1\n00:00:00,000 --> 00:00:01,000\n<b>Handgloves</b>\n",
	"italic.srt":      "1\n00:00:00,000 --> 00:00:01,000\n<i>Handgloves</i>\n",
	"arabic.srt":      "1\n00:00:00,000 --> 00:00:01,000\nسلام عليكم\n",
	"arabic2.srt":     "1\n00:00:00,000 --> 00:00:01,000\nمرحب بالجم\n",
	"hebrew.srt":      "1\n00:00:00,000 --> 00:00:01,000\nשלום\n",
	"hebrew2.srt":     "1\n00:00:00,000 --> 00:00:01,000\nבוקר\n",
	"devanagari.srt":  "1\n00:00:00,000 --> 00:00:01,000\nकमल\n",
	"devanagari2.srt": "1\n00:00:00,000 --> 00:00:01,000\nभवन\n",
	"thai.srt":        "1\n00:00:00,000 --> 00:00:01,000\nกาล\n",
	"thai2.srt":       "1\n00:00:00,000 --> 00:00:01,000\nมาก\n",
	"styled.ass": "[Script Info]\nScriptType: v4.00+\nPlayResX: 320\nPlayResY: 96\n\n[V4+ Styles]\n" +
		"Format: Name, Fontname, Fontsize, PrimaryColour, Bold, Italic, Alignment\nStyle: Default,Arial,28,&H0000FFFF,-1,-1,5\n\n[Events]\n" +
		"Format: Layer, Start, End, Style, Text\nDialogue: 0,0:00:00.00,0:00:01.00,Default,{\\frz5}Handgloves\n",
	"arabic.txt":  "سلام عليكم",
	"arabic2.txt": "مرحب بالجم",
	"list.txt":    "file clip.mp4\nfile clip.mp4\n",
	"hls.key":     "0123456789abcdef",
	"hls.keyinfo": "../in/hls.key\n../in/hls.key\n",
}

// drawn is a command that leaves the first frame of a black picture under a filter, as grey points.
func drawn(filter, file string) string {
	return "ffmpeg -v warning -i ../in/black.mp4 -vf " + filter + " -frames:v 1 -pix_fmt gray -f rawvideo " + file
}

// burnt is the filter that burns a file of subtitles in, large enough to see strokes.
func burnt(name string) string { return "subtitles=../in/" + name + ".srt:force_style='Fontsize=80'" }

// script burns two texts in; both have to be seen and not to be the same.
func script(name string) kind {
	return kind{"burn in " + name, []string{
		drawn(burnt(name), "a.gray"),
		drawn(burnt(name+"2"), "b.gray"),
	}, []look{ink("a.gray", 100), ink("b.gray", 100), differ("a.gray", "b.gray", 100)}}
}

var text = []kind{
	{"burn in .srt", []string{drawn(burnt("plain"), "a.gray")},
		[]look{ink("a.gray", 200), differ("a.gray", "../in/black.gray", 200)}},
	{"burn in .ass", []string{drawn("ass=../in/styled.ass", "a.gray")},
		[]look{ink("a.gray", 200), differ("a.gray", "../in/black.gray", 200)}},
	{"burn in with style", []string{
		drawn(burnt("plain"), "plain.gray"),
		drawn("subtitles=../in/plain.srt:force_style='Fontname=DejaVu␣Serif,Fontsize=80'", "styled.gray"),
	}, []look{differ("plain.gray", "styled.gray", 300)}},
	{"burn in bold and italic", []string{
		drawn(burnt("plain"), "plain.gray"),
		drawn(burnt("bold"), "bold.gray"),
		drawn(burnt("italic"), "italic.gray"),
	}, []look{differ("plain.gray", "bold.gray", 100), differ("plain.gray", "italic.gray", 100), differ("bold.gray", "italic.gray", 100)}},
	script("arabic"), script("hebrew"), script("devanagari"), script("thai"),
	{"burn in from .mkv", []string{
		"ffmpeg -i ../in/black.mp4 -i ../in/plain.srt -c copy -c:s srt in.mkv",
		"ffmpeg -v warning -i in.mkv -vf subtitles=in.mkv:si=0:force_style='Fontsize=80' -frames:v 1 -pix_fmt gray -f rawvideo a.gray",
	}, []look{made("in.mkv", "h264 yuv420p", "subrip"), ink("a.gray", 200)}},
	{"mov_text", []string{"ffmpeg -i ../in/clip.mp4 -i ../in/plain.srt -map 0 -map 1 -c copy -c:s mov_text out.mp4"},
		[]look{made("out.mp4", "h264 yuv420p", "aac", "mov_text")}},
	{".ass in .mkv", []string{"ffmpeg -i ../in/clip.mp4 -i ../in/styled.ass -map 0 -map 1 -c copy out.mkv"},
		[]look{made("out.mkv", "h264 yuv420p", "aac", "ass")}},
	{".srt to .vtt", []string{"ffmpeg -i ../in/arabic.srt out.vtt"}, []look{holds("out.vtt", `^WEBVTT\n[\s\S]*00:00.000 --> 00:01.000\nسلام عليكم`)}},
	{"subtitles out of .mp4", []string{
		"ffmpeg -i ../in/clip.mp4 -i ../in/plain.srt -c copy -c:s mov_text in.mp4",
		"ffmpeg -i in.mp4 -map 0:s:0 out.srt",
	}, []look{holds("out.srt", "Handgloves")}},

	{"drawtext, family", []string{
		drawn("drawtext=text=Handgloves:fontcolor=white:fontsize=40:font=Arial", "sans.gray"),
		drawn("drawtext=text=Handgloves:fontcolor=white:fontsize=40:font='Times␣New␣Roman'", "serif.gray"),
	}, []look{quiet, ink("sans.gray", 300), ink("serif.gray", 300), differ("sans.gray", "serif.gray", 300)}},
	{"drawtext, bold", []string{
		drawn("drawtext=text=Handgloves:fontcolor=white:fontsize=40:font=Arial", "plain.gray"),
		drawn(`drawtext=text=Handgloves:fontcolor=white:fontsize=40:font=Arial\\:bold`, "bold.gray"),
	}, []look{quiet, differ("plain.gray", "bold.gray", 300)}},
	{"drawtext, no such family", []string{drawn("drawtext=text=Handgloves:fontcolor=white:fontsize=40:font=NoSuchFont", "a.gray")},
		[]look{quiet, ink("a.gray", 300)}},
	{"drawtext, time code", []string{drawn(`drawtext=text='%{pts\:hms}':fontcolor=white:fontsize=40:box=1:boxcolor=red@0.5`, "a.gray")},
		[]look{quiet, ink("a.gray", 300)}},
	{"drawtext, Arabic", []string{
		drawn("drawtext=textfile=../in/arabic.txt:fontcolor=white:fontsize=40:font='Noto␣Sans␣Arabic'", "a.gray"),
		drawn("drawtext=textfile=../in/arabic2.txt:fontcolor=white:fontsize=40:font='Noto␣Sans␣Arabic'", "b.gray"),
		drawn("drawtext=textfile=../in/arabic.txt:fontcolor=white:fontsize=40:font='Noto␣Sans␣Arabic':text_shaping=0", "unshaped.gray"),
	}, []look{quiet, ink("a.gray", 300), differ("a.gray", "b.gray", 300), differ("a.gray", "unshaped.gray", 100)}},
}
