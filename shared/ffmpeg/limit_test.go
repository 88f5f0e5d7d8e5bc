package ffmpeg

import (
	"errors"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/fflambda/fflambda/shared/job"
)

// Too many files are seen while they come; those that were given do not count.
func TestRunMaxFiles(t *testing.T) {
	t.Parallel()
	f := failure(t, Task{Dir: folder(t), Args: []string{"fake:many files"}, MaxFiles: 290, Grace: after(0)}, job.OutputTooLarge)
	if want := "The job made more than 290 files, the limit of one job. Make fewer: longer segments, fewer pictures a second."; f.Message != want {
		t.Errorf("message %q, want %q", f.Message, want)
	}
	task := Task{Dir: folder(t), MaxFiles: 1, GivenFiles: 1}
	if err := task.over(); err != nil {
		t.Errorf("two folders, one of them given: %v", err)
	}
	task.GivenFiles = 0
	if task.over() == nil {
		t.Error("two folders of one are not too many")
	}
}

func TestEnough(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		free, size int64
		want       bool
	}{
		{1 << 40, 1 << 41, true}, {256 << 20, 1 << 41, false}, {257 << 20, 1 << 41, true}, // 256 MiB of a large disk
		{30 << 20, 512 << 20, true}, {25 << 20, 512 << 20, false}, // a 20th of a small one
		{0, 1 << 30, false},
	} {
		if got := enough(c.free, c.size); got != c.want {
			t.Errorf("%d of %d bytes free: %t", c.free, c.size, got)
		}
	}
}

func TestMemoryShare(t *testing.T) {
	t.Parallel()
	all := memory()
	if got := MemoryShare(1); got != all {
		t.Errorf("one of one has %d of %d", got, all)
	}
	if got, want := MemoryShare(1_000_000), min(all, leastShare); got != want {
		t.Errorf("one of many has %d, want %d", got, want)
	}
	if MemoryShare(0) != all {
		t.Error("without workers the share is not the whole")
	}
}

// What ffmpeg's end means, where the kernel's limits had a part in it.
func TestFailureOfLimits(t *testing.T) {
	t.Parallel()
	killed, crashed := ended(t, "KILL"), ended(t, "SEGV")
	contained := Tools{Sandbox: true, MemoryBytes: 1 << 30}
	minute := Task{Dir: "/job", CPU: time.Minute, MaxBytes: 5e6}
	interrupted := []string{"[info] Exiting normally, received signal 24."}
	for name, c := range map[string]struct {
		end  ending
		code job.Code
		text string
	}{
		"processor time":                      {ending{err: errors.New("exit"), lines: interrupted, cpu: 58 * time.Second}, job.TimedOut, "more than 1m0s of processor time"},
		"processor time, deaf":                {ending{err: killed, cpu: 64 * time.Second}, job.TimedOut, "processor time"},
		"killed":                              {ending{err: killed, cpu: 20 * time.Second}, job.OutOfMemory, "machine with more memory"},
		"somebody who only talks of a signal": {ending{err: errors.New("exit"), lines: interrupted, cpu: time.Second}, job.FFmpegFailed, ""},
		"crashed with much memory":            {ending{err: crashed, resident: 600 << 20}, job.OutOfMemory, "memory"},
		"crashed with little":                 {ending{err: crashed, resident: 60 << 20}, job.FFmpegFailed, "signal"},
		"x264 was refused memory":             {ending{err: errors.New("exit"), lines: []string{"x264 [error]: malloc of size 20248512 failed"}}, job.OutOfMemory, "memory"},
		"SVT-AV1 was":                         {ending{err: errors.New("exit"), lines: []string{"[libsvtav1 @ 0x564a] [error] Error initializing encoder: insufficient resources (0x80001000)"}}, job.OutOfMemory, "memory"},
		"libvpx was":                          {ending{err: errors.New("exit"), lines: []string{"[libvpx-vp9 @ 0x562] [error] Failed to initialize encoder: Memory allocation error"}}, job.OutOfMemory, "memory"},
		"a file's limit":                      {ending{err: errors.New("exit"), lines: []string{"[error] Error writing trailer of o.avi: File too large"}}, job.OutputTooLarge, "more than 5 MB"},
		"streams, in 5.1": {ending{err: errors.New("exit"), lines: []string{"[matroska,webm @ 0x55] [error] Number of streams exceeds max_streams parameter (1000), see the documentation if you wish to increase it",
			"[error] s.mkv: Cannot allocate memory"}}, job.InputNotMedia, "more streams than can be read (1000)"},
		"a full disk": {ending{err: errors.New("exit"), lines: []string{"[error] av_interleaved_write_frame(): No space left on device"}}, job.Internal, "disk is full"},
	} {
		if f := contained.failureOf(c.end, minute); f.Code != c.code || !strings.Contains(f.Message, c.text) {
			t.Errorf("%s: %s %q, want %s with %q", name, f.Code, f.Message, c.code, c.text)
		}
	}
}

// ended is Wait's error of a process that got a signal.
func ended(t *testing.T, signal string) error {
	t.Helper()
	err := exec.CommandContext(t.Context(), "sh", "-c", "kill -"+signal+" $$").Run()
	if err == nil {
		t.Fatal("the shell lives")
	}
	return err
}

// An encoder that hangs after it was refused memory is out of memory, and not just stuck.
func TestExplainHang(t *testing.T) {
	t.Parallel()
	p := &process{}
	_, _ = p.stderr.Write([]byte("[in#0/lavfi @ 0x555] [error] Error during demuxing: Cannot allocate memory\n"))
	var f *job.Failure
	if err := p.explain(job.Failf(job.TimedOut, "stuck"), "/job"); !errors.As(err, &f) || f.Code != job.OutOfMemory || len(f.StderrTail) != 1 {
		t.Errorf("%v", err)
	}
}

// Every decoder of pictures keeps to -max_pixels, whatever the file claims.
func TestEveryPictureIsLimited(t *testing.T) {
	t.Parallel()
	found, dir := tools(t), t.TempDir()
	write := strings.Fields("-y -f lavfi -i color=s=64x64")
	read := strings.Fields("-hide_banner")
	decoders := map[string]string{"png": "png", "jpg": "mjpeg", "bmp": "bmp", "gif": "gif", "tiff": "tiff", "ppm": "ppm", "pcx": "pcx", "sgi": "sgi",
		"jp2": "jpeg2000", "jls": "jpegls", "exr": "exr", "dpx": "dpx", "xwd": "xwd", "pfm": "pfm", "fits": "fits", "webp": "webp"}
	for extension := range decoders {
		write = append(write, "-frames:v", "1", "-update", "1", filepath.Join(dir, "still."+extension))
		read = append(read, "-max_pixels", "1000", "-i", filepath.Join(dir, "still."+extension))
	}
	if said, err := exec.CommandContext(t.Context(), found.FFmpeg, write...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	said, err := exec.CommandContext(t.Context(), found.FFmpeg, append(read, "-f", "null", "-")...).CombinedOutput()
	if err == nil {
		t.Error("they are read")
	}
	for _, decoder := range decoders {
		refused := regexp.MustCompile(`(?m)^\[` + decoder + ` @ .* Picture size 64x64 exceeds specified max pixel count 1000`)
		if !refused.Match(said) {
			t.Errorf("%s is not limited: %s", decoder, said)
		}
	}
}
