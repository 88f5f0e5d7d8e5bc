package transcodes

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/fflambda/fflambda/shared/command"
	"github.com/fflambda/fflambda/shared/job"
)

// create parses a request for one format with a list of options, and one of options of its input, both as JSON.
func create(format, options, inputOptions string) (Request, error) {
	body := `{"inputs":[{"url":"https://h/a","options":[` + inputOptions + `]}],"outputFormat":"` + format + `","options":[` + options + `]}`
	return ParseCreate([]byte(body), Rules{Check: command.Check})
}

// message is the text of the 400 that err must be.
func message(t *testing.T, err error) string {
	t.Helper()
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Status != http.StatusBadRequest {
		t.Errorf("%v is no 400", err)
		return ""
	}
	return e.Message
}

func pair(option, argument string) string {
	o, _ := json.Marshal(option)
	a, _ := json.Marshal(argument)
	return `{"option":` + string(o) + `,"argument":` + string(a) + `}`
}

func TestOptionsRefused(t *testing.T) {
	t.Parallel()
	const (
		twoPasses = "a job is one command, and two passes are two; use -crf, or -b:v with -maxrate and -bufsize"
		opens     = "is refused: it names a file, a program or a device; leave it out"
		webm      = "It takes VP8, VP9 or AV1 video (libvpx, libvpx-vp9, libaom-av1, libsvtav1) and Vorbis or Opus audio (libvorbis, libopus)"
	)
	for _, test := range []struct{ format, option, argument, want string }{
		{"mp4", "-crff", "23", `options[0].option "-crff" is not an option of ffmpeg that this server takes; did you mean "-crf"?`},
		{"mp4", "-CRF", "23", `options[0].option "-CRF" is not an option of ffmpeg that this server takes; did you mean "-crf"?`},
		{"mp4", "-prset:v", "fast", `options[0].option "-prset:v" is not an option of ffmpeg that this server takes; did you mean "-preset"?`},
		{"mp4", "-nonsense_option", "1", `options[0].option "-nonsense_option" is not an option of ffmpeg that this server takes`},
		{"mp4", "-ZZ", "1", `options[0].option "-ZZ" is not an option of ffmpeg that this server takes`},
		{"mp4", "--crf", "1", `options[0].option "--crf" must start with one dash: write "-crf"`},
		{"mp4", "c:v", "libx264", `options[0].option "c:v" must start with one dash: write "-c:v"`},
		{"mp4", "-stream_loop", "1", `options[0].option "-stream_loop" belongs to an input: send it in inputs[].options`},
		{"mp4", "-framerate", "25", `options[0].option "-framerate" belongs to an input: send it in inputs[].options`},
		{"mp4", "-pass", "2", `options[0].option "-pass" is refused: ` + twoPasses},
		{"mp4", "-report", "", `options[0].option "-report" is refused: it writes a file beside the output, and a job has one output`},
		{"mp4", "-dump_attachment:t", "", `options[0].option "-dump_attachment:t" is refused: it writes a file beside the output, and a job has one output; map the stream instead`},
		{"mp4", "-hwaccel", "cuda", `options[0].option "-hwaccel" is refused: it opens a device, and the server has none; leave it out and use a software codec`},
		{"mp4", "-version", "", `options[0].option "-version" is refused: it only prints, and makes no file; leave it out`},
		{"mp4", "-x264-params", "keyint=48:stats=x.log", `options[0]: key "stats" of -x264-params ` + opens},
		{"mp4", "-x264opts", `keyint=4:DUMP_YUV=x`, `options[0] is refused: "DUMP_YUV" opens a file past the rules for inputs and outputs`},
		{"mp4", "-x264-params:v", `s\tat's'=x`, `options[0]: key "stats" of -x264-params:v ` + opens},
		{"mp4", "-x264-params", "cqm=x.cfg", `options[0]: key "cqm" of -x264-params ` + opens},
		{"mp4", "-x265-params", "crf=28: csv =x", `options[0]: key "csv" of -x265-params ` + opens},
		{"mp4", "-x265-params", "recon-y4m-exec=sh", `options[0] is refused: "recon-y4m-exec" starts a program`},
		{"mp4", "-x264-params", "pass=1", `options[0]: key "pass" of -x264-params is refused: ` + twoPasses},
		{"mkv", "-svtav1-params", "fgs-table=x", `options[0]: key "fgs-table" of -svtav1-params ` + opens},
		{"mkv", "-aom-params", "film-grain-table=x", `options[0]: key "film-grain-table" of -aom-params ` + opens},
		{"mp4", "-metadata", "title", `options[0]: -metadata needs an argument such as "title=…"`},
		{"mp4", "-map_metadata", "tags.txt", `options[0]: -map_metadata takes the number of an input, such as 0, or -1 for none; it reads no file`},
		{"mp4", "-shortest", "1", `options[0]: -shortest takes no argument; leave argument out`},
		{"mp4", "-crf", "", `options[0]: -crf needs an argument`},
		{"mp4", "-f", "webm", `options[0]: -f webm does not fit outputFormat mp4; leave it out, or use -f mp4`},
		{"MP4", "-f", "null", `options[0]: -f null does not fit outputFormat MP4; leave it out, or use -f mp4`},
		{"m4a", "-f", "mp3", `options[0]: -f mp3 does not fit outputFormat m4a; leave it out, or use -f ipod or -f mp4`},
		{"jpeg", "-frames:v", "5", `options[0]: outputFormat jpeg holds one picture; use -frames:v 1, or make a gif, webp or video`},
		{"wav", "-an", "", `options: -an leaves nothing of outputFormat wav, which holds sound only`},
		{"png", "-vn", "", `options: -vn leaves nothing of outputFormat png, which holds a picture only`},
		{"webm", "-c:v", "libx265", `options[0]: WebM does not take H.265. ` + webm},
		{"webm", "-c:a:0", "libmp3lame", `options[0]: WebM does not take MP3. ` + webm},
		{"webm", "-acodec", "pcm_s16le", `options[0]: WebM does not take PCM. ` + webm},
		{"mp3", "-c:a", "aac", `options[0]: MP3 does not take AAC. It takes MP3 audio (libmp3lame)`},
	} {
		option := pair(test.option, test.argument)
		if _, err := create(test.format, option, ""); message(t, err) != test.want {
			t.Errorf("%s %s:\n got %v\nwant %s", test.format, option, err, test.want)
		}
	}
}

func TestInputOptionsRefused(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ option, argument, want string }{
		{"-crf", "23", `inputs[0].options[0].option "-crf" belongs to the output: send it in options`},
		{"-vf", "hflip", `inputs[0].options[0].option "-vf" belongs to the output: send it in options`},
		{"-map", "0:v", `inputs[0].options[0].option "-map" belongs to the output: send it in options`},
		{"-filter_complex", "hflip", `inputs[0].options[0].option "-filter_complex" belongs to the output: send it in options`},
		{"-i", "x", `inputs[0].options[0].option "-i" is refused: source files go into inputs`},
		{"-f", "lavfi", `inputs[0].options[0]: -f lavfi makes a source of its own, and an input is a file; write the source into filters, such as color or anullsrc`},
		{"-f", "concat", `inputs[0].options[0]: -f concat reads a list of other files; give each file as an input`},
		{"-protocol_whitelist", "http", `inputs[0].options[0].option "-protocol_whitelist" is refused: the server sets what ffmpeg may open; leave it out`},
		{"@text-overlay", "{}", `inputs[0].options[0].option: @text-overlay belongs to the output: send it in options`},
	} {
		option := pair(test.option, test.argument)
		if _, err := create("mp4", "", option); message(t, err) != test.want {
			t.Errorf("%s:\n got %v\nwant %s", option, err, test.want)
		}
	}
}

// TestInputOptionsTaken are the options that people place before -i.
func TestInputOptionsTaken(t *testing.T) {
	t.Parallel()
	var options []string
	for line := range strings.SplitSeq(`-ss 1|-sseof -3|-t 5|-to 6|-itsoffset 0.5|-itsscale 2|-stream_loop -1|-loop 1|-framerate 1/5|-r 25|-f mov|-c:v h264|-ar 48000|-ac 2
-ch_layout stereo|-channel_layout mono|-sample_rate 8000|-channels 1|-pix_fmt rgb24|-pixel_format rgb24|-s 64x64|-video_size 64x64|-start_number 3|-fflags +genpts|-re
-readrate 2|-probesize 10M|-analyzeduration 5M|-threads 2|-thread_queue_size 512|-noautorotate|-an|-vn|-sn|-dn|-err_detect ignore_err|-skip_frame nokey
-discard:a all|-ignore_loop 0|-display_rotation:v 90|-sub_charenc CP1252|-guess_layout_max 0|-accurate_seek|-noaccurate_seek|-seek_timestamp 1|-decryption_key 00`, "\n") {
		for text := range strings.SplitSeq(line, "|") {
			name, argument, _ := strings.Cut(text, " ")
			options = append(options, pair(name, argument))
		}
	}
	if _, err := create("mp4", "", strings.Join(options, ",")); err != nil {
		t.Error(err)
	}
}

// TestOptionsStayWords: whatever is accepted, ffmpeg reads as options. A word that it would take for a file to write cannot get through.
func TestOptionsStayWords(t *testing.T) {
	t.Parallel()
	for _, f := range allowed {
		for _, name := range f.names {
			for _, argument := range []string{"", "evil.mp4"} {
				r, err := create("mkv", pair("-"+name, argument), "")
				if err == nil && command.IsFlag("-"+name) != (r.Transcode.Options[0].Argument == "") {
					t.Errorf("-%s %q is taken", name, argument)
				}
			}
		}
	}
	for _, option := range []string{"evil.mp4", "-", "", "--", "- x", "\u2212crf", "-\u0000", "-/vf", "http://h/x"} {
		if r, err := create("mkv", pair(option, ""), ""); err == nil {
			t.Errorf("%q is taken: %v", option, r.Transcode.Options)
		}
	}
}

func TestOverlayOption(t *testing.T) {
	t.Parallel()
	overlay := `{"option":"@text-overlay","argument":{"text":"Hi"}}`
	r, err := create("mp4", overlay+`,{"option":"@text-overlay","argument":"{\"text\":\"a\"}"}`, "")
	if err != nil || len(r.Transcode.Options) != 2 || !json.Valid([]byte(r.Transcode.Options[0].Argument)) || r.Transcode.Options[1].Option != "@text-overlay" {
		t.Errorf("%v, %v", r, err)
	}
	for _, test := range []struct{ format, options, want string }{
		{"mp4", `{"option":"@text-overlay"}`, `options[0].argument is required: an object {"text": "…", "style": {…}}`},
		{"mp4", `{"option":"-an"},{"option":"@text-overlay","argument":{"text":""}}`, `options[1].argument: text must be `},
		{"mp4", `{"option":"@text-overlay","argument":{"text":"a","style":{"fontSize":5}}}`, `options[0].argument: style.fontSize must be a number from 12 to 200`},
		{"mp4", `{"option":"@text_overlay","argument":{"text":"a"}}`, `options[0].option: "@text_overlay" is not a virtual option; there is @text-overlay`},
		{"MP3", `{"option":"-an"},` + overlay, `options[1]: a text overlay needs a picture to be drawn on, and mp3 holds sound only`},
		{"mp4", overlay + `,{"option":"-vn"}`, `options[0]: a text overlay needs a picture to be drawn on, and -vn leaves it out`},
		{"mp4", overlay + `,{"option":"-c:v","argument":"copy"}`, `options[0]: a text overlay cannot be drawn into a copied stream: leave out -c:v copy, or name an encoder`},
		{"mp4", strings.Repeat(overlay+",", 10) + overlay, `options must hold at most 10 @text-overlay; it holds 11`},
	} {
		if _, err := create(test.format, test.options, ""); !strings.HasPrefix(message(t, err), test.want) {
			t.Errorf("%s:\n got %v\nwant %s", test.options, err, test.want)
		}
	}
	body := `{` + gs + `,"outputFormat":"mp4","options":[` + overlay + `],"filters":[{"filter":"[0:v]split[a][b]"}]}`
	if _, err := ParseCreate([]byte(body), Rules{Check: command.Check}); !strings.HasPrefix(message(t, err), "options[0]: the text overlay cannot be drawn: the filters have more than one video output") {
		t.Error(err)
	}
}

func TestOptionLimits(t *testing.T) {
	t.Parallel()
	list := func(n int, item string) string { return strings.TrimSuffix(strings.Repeat(item+",", n), ",") }
	if _, err := create("mp4", list(200, `{"option":"-an"}`), ""); err != nil {
		t.Error(err)
	}
	_, err := create("mp4", list(50000, `{"option":"-an"}`), "")
	if got := message(t, err); got != "options must hold at most 200 objects; it holds 50000" {
		t.Error(got)
	}
	_, err = create("mp4", "", list(201, `{"option":"-an"}`))
	if got := message(t, err); got != "inputs[0].options must hold at most 200 objects; it holds 201" {
		t.Error(got)
	}
	_, err = ParseCreate([]byte(`{`+gs+`,"outputFormat":"mp4","filters":[`+list(201, `{"filter":"null"}`)+`]}`), open)
	if got := message(t, err); got != "filters must hold at most 200 objects; it holds 201" {
		t.Error(got)
	}
}

// TestHostileBodies: none of them is slow, a crash or a 500. The figures are far above what they take, for a busy machine.
func TestHostileBodies(t *testing.T) {
	t.Parallel()
	pad := strings.Repeat("a", 65000)
	for name, body := range map[string]string{
		"nested":       `{"options":` + strings.Repeat("[", 500000) + strings.Repeat("]", 500000) + `}`,
		"nested 9,999": `{` + gs + `,"outputFormat":"mp4","options":` + strings.Repeat("[", 9990) + strings.Repeat("]", 9990) + `}`,
		"huge number":  `{` + gs + `,"outputFormat":"mp4","options":[{"option":"-nope","argument":` + strings.Repeat("9", 1<<20-200) + `}]}`,
		"long name":    `{` + gs + `,"outputFormat":"mp4","options":[{"option":"-` + strings.Repeat("c", 1<<20-200) + `"}]}`,
		"surrogates":   `{` + gs + `,"outputFormat":"mp4","options":[{"option":"-\ud800\udfff\ud800"}]}`,
		"NUL":          `{` + gs + `,"outputFormat":"mp4","options":[{"option":"-metadata","argument":"a=\u0000"}]}`,
		"same key":     `{"outputFormat":"mp4",` + strings.Repeat(`"inputs":[],`, 80000) + `"inputs":[]}`,
		"long words":   `{` + gs + `,"outputFormat":"mp4","options":[` + strings.Repeat(`{"option":"-vf","argument":"`+pad+`"},`, 15) + `{"option":"-nope"}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := ParseCreate([]byte(body), Rules{Check: command.Check})
			if text := message(t, err); text == "" || len(text) > 500 {
				t.Errorf("answers %d bytes: %.200s", len(text), text)
			}
		})
	}
}

func TestNearest(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"crff": "crf", "presett": "preset", "bufsiz": "bufsize", "movflag": "movflags", "pixfmt": "pix_fmt", "fliter": "filter", "mapp": "map",
		"x": "", "qqqqqq": "", "": "", strings.Repeat("c", 100): "",
	} {
		if got := nearest(name); got != want {
			t.Errorf("%s: did you mean %q, want %q", name, got, want)
		}
	}
}

func TestFormatsHaveTargets(t *testing.T) {
	t.Parallel()
	for f := range strings.SplitSeq(formatNames, ", ") {
		if targetOf(strings.ToUpper(f)).title == "" {
			t.Errorf("%s has no target", f)
		}
	}
	for f, to := range targets {
		if !slices.Contains(strings.Split(formatNames, ", "), f) || (to.takes == "") != (len(to.refuses) == 0) {
			t.Errorf("%s: %+v", f, to)
		}
	}
}

// FuzzOptions: what is accepted gives words of which every option but a flag has its argument.
func FuzzOptions(f *testing.F) {
	f.Add("-x264-params", "keyint=1:stats='x")
	f.Add("-metadata:s:a:0", "a=b")
	f.Add("@text-overlay", `{"text":"x"}`)
	f.Fuzz(func(t *testing.T, option, argument string) {
		r, err := create("mkv", pair(option, argument), "")
		if err != nil {
			if message(t, err) == "" {
				t.Fatal(strconv.Quote(option))
			}
			return
		}
		o := r.Transcode.Options[0]
		if o.Option[0] != '@' && (o.Option[0] != '-' || command.IsFlag(o.Option) != (o.Argument == "")) {
			t.Fatalf("%+v", o)
		}
		if o == (job.Option{}) {
			t.Fatal("nothing")
		}
	})
}
