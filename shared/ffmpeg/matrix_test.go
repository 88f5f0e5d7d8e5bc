package ffmpeg

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/fflambda/fflambda/shared/job"
)

// columns are the formats that give the same of every input.
var columns = [][]string{
	{"mp4", "mov"}, {"mkv"}, {"avi"}, {"webm"}, {"m4a", "aac"}, {"mp3"}, {"wav", "flac"}, {"ogg", "opus"},
	{"jpg", "jpeg"}, {"png"}, {"gif"}, {"webp"},
}

// coded is what each format holds: ffprobe's names of the format, the picture's codec and the sound's.
var madeOf = map[string][3]string{
	"mp4": {"mov", "h264", "aac"}, "mov": {"mov", "h264", "aac"}, "mkv": {"matroska", "h264", "aac"}, "avi": {"avi", "h264", "mp3"},
	"webm": {"matroska", "vp9", "opus"}, "mp3": {"mp3", "", "mp3"}, "m4a": {"mov", "", "aac"}, "aac": {"aac", "", "aac"},
	"wav": {"wav", "", "pcm_s16le"}, "ogg": {"ogg", "", "vorbis"}, "opus": {"ogg", "", "opus"}, "flac": {"flac", "", "flac"},
	"jpg": {"image2", "mjpeg", ""}, "jpeg": {"image2", "mjpeg", ""}, "png": {"png_pipe", "png", ""}, "gif": {"gif", "gif", ""}, "webp": {"webp_pipe", "webp", ""},
}

// TestMatrix makes every format of every kind of input and compares with the table in the documentation: what comes out, or how it fails.
// By default each kind is made into mp4 and another format, one kind into all; FFLAMBDA_MATRIX=full makes all of them, and with -update writes the table.
func TestMatrix(t *testing.T) {
	t.Parallel()
	full := os.Getenv("FFLAMBDA_MATRIX") == "full"
	table := readTable(t)
	var got sync.Map
	t.Run("kinds", func(t *testing.T) {
		for i, k := range kinds() {
			t.Run(k.name, func(t *testing.T) {
				t.Parallel()
				dir := folder(t)
				in, err := k.make(t, dir)
				for n, format := range formats {
					if !full && i > 0 && format != "mp4" && (n+i)%17 != 0 {
						continue
					}
					t.Run(format, func(t *testing.T) {
						cell := short(err)
						if err == nil {
							cell = into(t, dir, format, in)
						}
						key := [2]string{k.name, column(format)}
						if old, twice := got.LoadOrStore(key, cell); twice && old != cell {
							t.Errorf("%s, but another of %s is %s", cell, key[1], old)
						}
						if want := table[key]; !*updating() && cell != want {
							t.Errorf("%s, documented is %q", cell, want)
						}
					})
				}
			})
		}
	})
	if full && *updating() && !t.Failed() {
		writeTable(t, &got)
	}
}

// make makes the file and looks into it; an error is the probe's.
func (k kind) make(t *testing.T, dir string) (job.Input, error) {
	t.Helper()
	if k.before != nil {
		k.before(t, dir)
	}
	if err := tools(t).Run(t.Context(), Task{Dir: dir, Args: append(strings.Fields(k.args), "inputs/"+k.file)}); err != nil {
		t.Fatal(err, tail20(err))
	}
	file := filepath.Join(dir, "inputs", k.file)
	if k.after != nil {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		writeFile(t, file, string(k.after(t, file, b)))
	}
	m, err := tools(t).Probe(t.Context(), file)
	return job.Input{Name: k.file, Media: &m}, err
}

// into makes one format of an input and says what came out.
func into(t *testing.T, dir, format string, in job.Input) string {
	t.Helper()
	file, err := produce(t.Context(), t, dir, job.Transcode{Format: format}, in)
	var f *job.Failure
	switch {
	case errors.As(err, &f) && f.Code == job.InputNotMedia:
		return short(err)
	case err != nil:
		t.Fatal(err, tail20(err))
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if format == "webp" && bytes.Contains(b, []byte("ANMF")) {
		return animated(t, b)
	}
	out := inspect(t, file)
	if name, _, _ := strings.Cut(out.Format.Name, ","); name != madeOf[format][0] && (name != "jpeg_pipe" || !strings.HasPrefix(format, "jp")) {
		t.Errorf("is %s, want %s", name, madeOf[format][0])
	}
	var parts []string
	for _, s := range out.Streams {
		switch s.Type {
		case "video":
			parts = append(parts, s.picture(t, format))
		case "audio":
			parts = append(parts, fmt.Sprintf("%d ch", s.Channels))
			if s.Codec != madeOf[format][2] {
				t.Errorf("sound is %s", s.Codec)
			}
		case "subtitle":
			parts = append(parts, "subtitles")
		}
	}
	sameLength(t, format, in, figure(out.Format.Duration))
	wellFormed(t, format, b)
	return strings.Join(parts, ", ")
}

// output is ffprobe's words on an output.
type output struct {
	Streams []outputStream `json:"streams"`
	Format  struct {
		Name     string `json:"format_name"`
		Duration string `json:"duration"`
	} `json:"format"`
}

type outputStream struct {
	stream
	Profile string `json:"profile"`
	Range   string `json:"color_range"`
	Level   int    `json:"level"`
}

func inspect(t *testing.T, file string) output {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), tools(t).FFprobe, "-v", "error", "-show_format", "-show_streams", "-of", "json", "-i", file)
	b, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var f output
	if err := json.Unmarshal(b, &f); err != nil {
		t.Fatal(err)
	}
	return f
}

// picture checks a picture and says its size, and whether it has transparency.
func (s outputStream) picture(t *testing.T, format string) string {
	t.Helper()
	if s.Codec != madeOf[format][1] {
		t.Errorf("picture is %s", s.Codec)
	}
	if x, y, ok := ratio(s.Aspect, ":"); ok && x != y {
		t.Errorf("pixels of %s", s.Aspect)
	}
	if containers[format].chroma {
		if s.PixelFormat != "yuv420p" || s.Range == "pc" || s.Width%2+s.Height%2 != 0 {
			t.Errorf("%dx%d in %s, %s", s.Width, s.Height, s.PixelFormat, s.Range)
		}
		if s.Transfer == hdrPQ || s.Transfer == hdrHLG {
			t.Errorf("8 bits of %s", s.Transfer)
		}
	}
	if s.Codec == "h264" && (s.Profile != "High" || s.Level > 52) {
		t.Errorf("profile %s, level %d", s.Profile, s.Level)
	}
	if fps := s.fps(); fps > 60 && format == "avi" {
		t.Errorf("%v frames a second", fps)
	}
	text := fmt.Sprintf("%dx%d", s.Width, s.Height)
	if s.Tags.AlphaMode == "1" || format != "webp" && hasPrefix(s.PixelFormat, "rgba", "ya", "yuva", "argb") {
		text += " alpha"
	}
	return text
}

// sameLength checks the length, where both are known: within two frames of video or of sound.
func sameLength(t *testing.T, format string, in job.Input, seconds float64) {
	t.Helper()
	frames := 0.14
	if in.Name == "phone.wav" {
		frames = 0.3 // MP3 pads with up to two frames, which last long at 8 kHz
	}
	if in.Media.Duration > 0 && !containers[format].still && math.Abs(seconds-in.Media.Duration) > frames && in.Name != "cut.mp4" {
		t.Errorf("lasts %v s, want %v", seconds, in.Media.Duration)
	}
}

// wellFormed looks at what ffprobe does not say: the index of MP4 stands before the pictures, so that playing can begin at once.
func wellFormed(t *testing.T, format string, b []byte) {
	t.Helper()
	brand := map[string]string{"mp4": "isom", "mov": "qt  ", "m4a": "M4A "}[format]
	if brand == "" {
		return
	}
	if got := string(b[4:12]); got != "ftyp"+brand {
		t.Errorf("begins with %q, want ftyp%s", got, brand)
	}
	if index, media := bytes.Index(b, []byte("moov")), bytes.Index(b, []byte("mdat")); index < 0 || media < index {
		t.Errorf("moov at %d, mdat at %d", index, media)
	}
}

// animated reads the header of a WebP: ffmpeg cannot read animated ones.
func animated(t *testing.T, b []byte) string {
	t.Helper()
	if len(b) < 30 || string(b[:4])+string(b[8:16]) != "RIFFWEBPVP8X" {
		t.Fatal("is not an animated WebP")
	}
	return fmt.Sprintf("%dx%d", 1+int(b[24])+int(b[25])<<8, 1+int(b[27])+int(b[28])<<8)
}

// short is the reason of a failure in a few words.
func short(err error) string {
	if err == nil {
		return ""
	}
	for text, words := range map[string]string{
		"neither video nor audio": "failed: neither", "has no audio": "failed: no audio", "has no video or image": "failed: no picture", "animated WebP": "failed: animated WebP",
	} {
		if strings.Contains(err.Error(), text) {
			return words
		}
	}
	return "failed: " + err.Error()
}

// column is the heading that a format stands under.
func column(format string) string {
	i := slices.IndexFunc(columns, func(c []string) bool { return slices.Contains(c, format) })
	return strings.Join(columns[i], " ")
}
