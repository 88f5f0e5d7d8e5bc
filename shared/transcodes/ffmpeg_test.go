package transcodes

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/fflambda/fflambda/shared/command"
)

// own is the static ffmpeg that a build leaves for the Lambda functions.
const own = "../../build/ffmpeg/rootfs/bin/ffmpeg"

// ffmpegs are the ffmpeg of PATH, and our own static one where it was built.
func ffmpegs(t *testing.T) []string {
	t.Helper()
	path, err := exec.LookPath("ffmpeg")
	if err != nil {
		if slices.Contains(strings.Split(os.Getenv("FFLAMBDA_REQUIRE"), ","), "ffmpeg") {
			t.Fatal(err)
		}
		t.Skip("ffmpeg is not installed")
	}
	if _, err := os.Stat(own); err != nil {
		return []string{path}
	}
	static, err := filepath.Abs(own)
	if err != nil {
		t.Fatal(err)
	}
	return []string{path, static}
}

// everyday are the headings of "ffmpeg -h full" under which the codecs, formats and contexts of everyday work list their options,
// in ffmpeg 5.1 and 7.1.
var everyday = regexp.MustCompile(`^(AV(Codec|Format)Context|SWScaler|\(A\)PNG encoder|dnxhd|ffv1 encoder|GIF encoder|mjpeg encoder|` +
	`mpeg2video encoder|MPEG4 encoder|ProRes encoder|AAC encoder|E?-?AC-3 Encoder|alacenc|FLAC encoder|Opus encoder|MOV text enoder|` +
	`lib(aom-av1 encoder|mp3lame encoder|opus|rav1e|svtav1|vorbis|vpx-vp[89] encoder|webp encoder|x264|x264rgb|x265|xvid)|` +
	`gif decoder|H264 Decoder|HEVC decoder|MJPEG decoder|MPEG-2 video|MPEG4 Video Decoder|AAC decoder|FLAC decoder|Opus Decoder|` +
	`libdav1d decoder|AV1 decoder|ADTS muxer|APNG muxer|AVI muxer|mov/mp4.* muxer|flac muxer|GIF muxer|image2 muxer|` +
	`matroska/webm muxer|MP3 muxer|Ogg .* muxer|WAV muxer|WebP muxer|APNG demuxer|avi|GIF demuxer|image2 demuxer|imagepipe demuxer|` +
	`mov,mp4,m4a,3gp,3g2,mj2|mp3|mpegts demuxer|pcm demuxer|rawvideo demuxer|WAV demuxer)$`)

var (
	heading = regexp.MustCompile(`^(.*) AVOptions:$`)
	ownLine = regexp.MustCompile(`^-([\w?-]+)`)
	anyLine = regexp.MustCompile(`^  -(\S+) +<\S+> +([E.])([D.])`)
)

// listed are the options that an ffmpeg lists: the everyday ones, each with the places that its flags allow (0: not said),
// and all of them.
func listed(t *testing.T, bin string) (some map[string]place, all map[string]bool) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), bin, "-hide_banner", "-h", "full").Output()
	if err != nil {
		t.Fatal(err)
	}
	some, all = map[string]place{}, map[string]bool{}
	section := ""
	for line := range strings.SplitSeq(string(out), "\n") {
		if m := heading.FindStringSubmatch(line); m != nil {
			section = m[1]
		} else if m := ownLine.FindStringSubmatch(line); m != nil && section == "" {
			some[m[1]] |= 0
			all[m[1]] = true
		} else if m := anyLine.FindStringSubmatch(line); m != nil {
			all[m[1]] = true
			if everyday.MatchString(section) {
				if m[2] == "E" {
					some[m[1]] |= inOutput
				}
				if m[3] == "D" {
					some[m[1]] |= inInput
				}
			}
		}
	}
	return some, all
}

// TestEveryOption compares the lists with what ffmpeg says of itself: each option of everyday work is allowed or refused by name,
// and one that is for encoding or decoding may stand where it has an effect.
func TestEveryOption(t *testing.T) {
	t.Parallel()
	for _, bin := range ffmpegs(t) {
		some, _ := listed(t, bin)
		if len(some) < 500 {
			t.Fatalf("%s lists only %d options", bin, len(some))
		}
		var missing []string
		for name, where := range some {
			if whyRefused(name) == "" && (placeOf(name) == 0 || placeOf(name)&where != where) {
				missing = append(missing, name)
			}
		}
		if slices.Sort(missing); len(missing) > 0 {
			t.Errorf("%s has options that are neither allowed (in the place they are for) nor refused: %s", bin, strings.Join(missing, " "))
		}
	}
}

// TestOptionsAreRead has ffmpeg read all allowed options at once, each with an argument unless it is a flag: no word may be taken
// for the name of a file to write, and none may be left without its argument.
func TestOptionsAreRead(t *testing.T) {
	t.Parallel()
	for _, bin := range ffmpegs(t) {
		_, all := listed(t, bin)
		words := []string{"-v", "debug"}
		read := 0
		for _, f := range allowed {
			for _, name := range f.names {
				if !all[strings.TrimPrefix(name, "no")] && !all[name] || name == "v" || name == "loglevel" {
					continue
				}
				read++
				words = append(words, "-"+name)
				if !command.IsFlag("-" + name) {
					words = append(words, "argument")
				}
			}
		}
		for _, name := range []string{"-vb", "-vprofile", "-ab", "-aprofile", "-noaccurate_seek"} {
			if placeOf(name[1:]) == 0 {
				t.Errorf("%s is not allowed", name)
			}
			read++
			if words = append(words, name); !command.IsFlag(name) {
				words = append(words, "argument")
			}
		}
		out, _ := exec.CommandContext(t.Context(), bin, words...).CombinedOutput() // no output is named: it always fails
		if n := strings.Count(string(out), "Reading option '-"); n != read+1 {     // and -v
			t.Errorf("%s read %d of %d options", bin, n, read+1)
		}
		for line := range strings.SplitSeq(string(out), "\n") {
			if strings.Contains(line, "matched as output url") || strings.HasPrefix(line, "Unrecognized") || strings.HasPrefix(line, "Missing argument") {
				t.Errorf("%s: %s", bin, line)
			}
		}
	}
}

// TestNamesAreSorted keeps the lists readable, and each name in one place of each kind only.
func TestNamesAreSorted(t *testing.T) {
	t.Parallel()
	for _, f := range allowed {
		if !slices.IsSorted(f.names) {
			t.Errorf("%s: not sorted: %s", f.title, strings.Join(slices.Sorted(slices.Values(f.names)), " "))
		}
		for _, name := range f.names {
			if why := whyRefused(name); why != "" {
				t.Errorf("-%s is allowed and refused: %s", name, why)
			}
		}
	}
}
