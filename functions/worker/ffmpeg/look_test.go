package ffmpeg_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// look examines what commands left, because an exit code of 0 can hide a loss. out is what the last one said.
type look func(t *testing.T, b box, out string)

// made: ffprobe finds exactly these streams in any order, each as "codec pixel-format" or "codec", and can decode or read a part of each.
func made(file string, want ...string) look {
	return func(t *testing.T, b box, _ string) {
		t.Helper()
		var found struct {
			Streams []struct {
				Type   string `json:"codec_type"`
				Codec  string `json:"codec_name"`
				Format string `json:"pix_fmt"`
				Frames int    `json:"nb_read_frames,string"`
			} `json:"streams"`
		}
		if err := json.Unmarshal([]byte(b.must(t, "ffprobe -v error -count_frames -show_streams -of json "+file)), &found); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range found.Streams {
			if s.Type == "data" {
				continue
			}
			if s.Frames == 0 {
				t.Errorf("%s: nothing of its %s can be read", file, s.Codec)
			}
			got = append(got, strings.TrimSpace(s.Codec+" "+s.Format))
		}
		slices.Sort(got)
		if !slices.Equal(got, slices.Sorted(slices.Values(want))) {
			t.Errorf("%s has the streams %q, want %q", file, got, want)
		}
	}
}

// probed: ffprobe with these options says something that matches the pattern.
func probed(options, pattern string) look {
	return func(t *testing.T, b box, _ string) {
		t.Helper()
		says(pattern)(t, b, b.must(t, "ffprobe -v error "+options))
	}
}

// says: what the last command said matches.
func says(pattern string) look {
	return func(t *testing.T, _ box, out string) {
		t.Helper()
		if !regexp.MustCompile(pattern).MatchString(out) {
			t.Errorf("nothing matches %q in:\n%s", pattern, out)
		}
	}
}

// quiet: the last command said nothing, no warning either.
func quiet(t *testing.T, _ box, out string) {
	t.Helper()
	if out != "" {
		t.Errorf("it said:\n%s", out)
	}
}

// files: at least so many match the pattern, and none is empty.
func files(pattern string, least int) look {
	return func(t *testing.T, b box, _ string) {
		t.Helper()
		found, err := filepath.Glob(b.path(pattern))
		if err != nil || len(found) < least {
			t.Errorf("%d files are %s, want %d or more (%v)", len(found), pattern, least, err)
		}
		for _, file := range found {
			if info, err := os.Stat(file); err != nil || info.Size() == 0 {
				t.Errorf("%s is empty (%v)", filepath.Base(file), err)
			}
		}
	}
}

// holds: the file's bytes match the pattern.
func holds(file, pattern string) look {
	return func(t *testing.T, b box, _ string) {
		t.Helper()
		if !regexp.MustCompile(pattern).Match(b.bytes(t, file)) {
			t.Errorf("nothing in %s matches %q", file, pattern)
		}
	}
}

// lacks: they do not.
func lacks(file, pattern string) look {
	return func(t *testing.T, b box, _ string) {
		t.Helper()
		if found := regexp.MustCompile(pattern).Find(b.bytes(t, file)); found != nil {
			t.Errorf("%s has %q", file, found)
		}
	}
}

// differ: of two raw pictures of one size, at least so many bytes are not the same.
func differ(one, other string, least int) look {
	return func(t *testing.T, b box, _ string) {
		t.Helper()
		if n := b.distance(t, one, other); n < least {
			t.Errorf("%s and %s differ in %d bytes, want %d or more", one, other, n, least)
		}
	}
}

// same: both have the same bytes.
func same(one, other string) look {
	return func(t *testing.T, b box, _ string) {
		t.Helper()
		if !bytes.Equal(b.bytes(t, one), b.bytes(t, other)) {
			t.Errorf("%s and %s are not the same", one, other)
		}
	}
}

// ink: at least so many bytes of a raw grey picture are brighter than black, and not all are.
func ink(file string, least int) look {
	return func(t *testing.T, b box, _ string) {
		t.Helper()
		picture, n := b.bytes(t, file), 0
		for _, grey := range picture {
			if grey > 64 {
				n++
			}
		}
		if n < least || n == len(picture) {
			t.Errorf("%s: %d of %d points are bright, want %d or more", file, n, len(picture), least)
		}
	}
}

func (b box) bytes(t *testing.T, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(b.path(file))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// distance is how many bytes of two files of one size are not the same.
func (b box) distance(t *testing.T, one, other string) (n int) {
	t.Helper()
	x, y := b.bytes(t, one), b.bytes(t, other)
	if len(x) != len(y) || len(x) == 0 {
		t.Fatalf("%s has %d bytes and %s %d", one, len(x), other, len(y))
	}
	for i := range x {
		if x[i] != y[i] {
			n++
		}
	}
	return n
}
