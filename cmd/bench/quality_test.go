package main

import (
	"archive/zip"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestVMAFOf(t *testing.T) {
	t.Parallel()
	log := `{"version":"3.0.0","frames":[
		{"frameNum":0,"metrics":{"integer_motion":0,"vmaf":97.5}},
		{"frameNum":1,"metrics":{"integer_motion":1.5,"vmaf":90.5}}],
		"pooled_metrics":{"vmaf":{"min":90.5,"max":97.5,"mean":94}}}`
	got, err := vmafOf([]byte(log))
	if want := (likeness{mean: 94, low: 90.5}); err != nil || got != want {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
	for _, bad := range []string{``, `{"frames":[]}`, `{"frames":[{"metrics":{"psnr":40}}]}`} {
		if got, err := vmafOf([]byte(bad)); err == nil {
			t.Errorf("%q gives %+v", bad, got)
		}
	}
}

func TestSSIMOf(t *testing.T) {
	t.Parallel()
	stats := "n:1 Y:0.990000 U:0.9 V:0.9 All:0.970000 (15.228787)\nn:2 Y:1.000000 U:1.0 V:1.0 All:1.000000 (inf)\n"
	got, err := ssimOf([]byte(stats))
	if want := (likeness{mean: 0.985, low: 0.97}); err != nil || got != want {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
	if got, err := ssimOf([]byte("n:1 Y:0.99\n")); err == nil {
		t.Errorf("statistics without a whole give %+v", got)
	}
}

func TestLikenessLow(t *testing.T) {
	t.Parallel()
	var frames []float64
	for i := range 40 {
		frames = append(frames, float64(100-i)) // 61 … 100
	}
	got, err := likenessOf(frames)
	if want := (likeness{mean: 80.5, low: 63}); err != nil || got != want {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
}

func TestBitsRatio(t *testing.T) {
	t.Parallel()
	line := []point{{95, 4}, {85, 1}, {90, 2}}
	half := []point{{96, 2}, {91, 1}, {86, 0.5}} // on the same slope; at each likeness it takes less than half
	if got := bitsRatio(line, line); math.Abs(got-1) > 1e-9 {
		t.Errorf("the same way of coding: %v", got)
	}
	if got, want := bitsRatio(line, half), 0.5*math.Pow(0.5, 0.2); math.Abs(got-want) > 1e-9 {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := bitsRatio(line, []point{{50, 1}, {60, 2}}); !math.IsNaN(got) {
		t.Errorf("no likeness in common: %v", got)
	}
}

func TestClipFits(t *testing.T) {
	t.Parallel()
	got := map[string][]string{}
	for _, c := range []clip{{name: "generated", height: 1080}, {name: filmName, height: filmHeight}, {name: streetName, height: streetSize}} {
		for _, resolution := range []string{"480p", "720p", "1080p", "4k"} {
			if c.fits(resolution) {
				got[c.name] = append(got[c.name], resolution)
			}
		}
	}
	want := map[string][]string{"generated": {"480p", "720p", "1080p"}, filmName: {"480p", "720p"}, streetName: {"480p"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestQualityTable(t *testing.T) {
	t.Parallel()
	s := studio{meter: meter{vmaf: true}}
	generated := take{likeness: likeness{95.04, 91}, megabits: 2.345, cpu: 0.5}
	rows := []row{
		{name: "high, 480p", takes: map[string]take{"detail": {likeness: likeness{mean: 80}}}},
		{name: "medium, 480p", takes: map[string]take{"detail": generated, "motion": generated, "grain": generated, streetName: {likeness: likeness{89.94, 80}, megabits: 0.305}}},
	}
	want := "| medium, 480p | 95.0 (91.0) 2.3 | 95.0 (91.0) 2.3 | 95.0 (91.0) 2.3 | - | 89.9 (80.0) 0.30 | 0.50 |\n"
	if got := s.table(rows); !strings.HasSuffix(got, want) {
		t.Errorf("got\n%s\nwant at its end\n%s", got, want)
	}
	want = "Lowest mean VMAF of medium: 89.9 (medium, 480p, street); must be at least 90.0: **miss**.\n"
	if got := s.verdict(rows); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestLeavesAreTheSame(t *testing.T) {
	t.Parallel()
	var pictures [2]string
	for i := range pictures {
		path := filepath.Join(t.TempDir(), "leaves.png")
		if err := writeLeaves(path, 160, 90); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		pictures[i] = string(text)
	}
	if pictures[0] != pictures[1] || len(pictures[0]) < 5000 {
		t.Errorf("pictures of %d and %d bytes", len(pictures[0]), len(pictures[1]))
	}
}

func TestUnpack(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	archive := filepath.Join(dir, "a.whl")
	f, err := os.Create(archive)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	for _, name := range []string{"p/__init__.py", "p/bin/ffmpeg-linux", "q/bin/ffmpeg-linux"} {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	path, err := unpack(archive, "p/bin/ffmpeg-*", dir)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "p/bin/ffmpeg-linux" || path != filepath.Join(dir, "ffmpeg-linux") {
		t.Errorf("%s holds %q, %v", path, text, err)
	}
	if path, err := unpack(archive, "p/*.mp4", dir); err == nil {
		t.Errorf("what is not there was unpacked to %s", path)
	}
}
