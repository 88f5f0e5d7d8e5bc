package ffmpeg

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fflambda/fflambda/shared/job"
)

// Our limits are in force for every input: the size of a picture, and the protocols.
func TestRunLimitsInputs(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	generate(t, dir, "small.png", "-f", "lavfi", "-i", "color=s=16x16", "-frames:v", "1")
	bomb, err := os.ReadFile(filepath.Join(dir, "inputs", "small.png"))
	if err != nil {
		t.Fatal(err)
	}
	binary.BigEndian.PutUint32(bomb[16:], 9000) // width
	binary.BigEndian.PutUint32(bomb[20:], 9000)
	binary.BigEndian.PutUint32(bomb[29:], crc32.ChecksumIEEE(bomb[12:29]))
	if err := os.WriteFile(filepath.Join(dir, "inputs", "bomb.png"), bomb, 0o600); err != nil {
		t.Fatal(err)
	}
	for args, want := range map[string]string{
		"-i inputs/bomb.png outputs/o.png": "exceeds specified max pixel count",
		"-i pipe:0 outputs/o.mp4":          "pipe:0",
	} {
		err := tools(t).Run(t.Context(), Task{Dir: dir, Args: strings.Fields(args)})
		var f *job.Failure
		if !errors.As(err, &f) || !strings.Contains(strings.Join(f.StderrTail, "\n"), want) {
			t.Errorf("%s: %v, want a failure with %q%s", args, err, want, tail20(err))
		}
	}
}

// The real ffmpeg ends at SIGINT and reports its progress on our descriptor.
func TestRunRealCancelled(t *testing.T) {
	t.Parallel()
	cause := errors.New("cancelled")
	ctx, cancel := context.WithCancelCause(t.Context())
	var last Update
	task := Task{Dir: folder(t), Args: strings.Fields("-re -f lavfi -i testsrc2=s=64x64 -c:v mpeg4 outputs/o.mkv")}
	task.OnProgress = func(u Update) {
		if last = u; u.Frame > 0 {
			cancel(cause)
		}
	}
	if err := tools(t).Run(ctx, task); !errors.Is(err, cause) {
		t.Errorf("Run: %v, want the cause", err)
	}
	if last.Frame == 0 || last.Seconds <= 0 {
		t.Errorf("last progress: %+v", last)
	}
}

// Lines as other versions print them.
func TestTelling(t *testing.T) {
	t.Parallel()
	for want, lines := range map[string]string{
		"inputs/b.mp4: No such file or directory": `[in#0 @ 0x5590] [error] Error opening input: No such file or directory
[error] Error opening input file inputs/b.mp4.
[error] Error opening input files: No such file or directory`,
		"[out#0] Error opening output nowhere/o.mp4: No such file or directory": `[out#0 @ 0x55d0] [error] Error opening output nowhere/o.mp4: No such file or directory
[error] Error opening output file nowhere/o.mp4.
[error] Error opening output files: No such file or directory`,
		"[libx264] width not divisible by 2 (161x121)": `[libx264 @ 0x5600] [error] width not divisible by 2 (161x121)
[vost#0:0/libx264 @ 0x5601] [error] Error while opening encoder - maybe incorrect parameters such as bit_rate, rate, width or height.
[vf#0:0 @ 0x5602] [error] Error sending frames to consumers: Generic error in an external library
[vf#0:0 @ 0x5602] [error] Task finished with error code: -542398533 (Generic error in an external library)
[out#0/mp4 @ 0x5603] [error] Nothing was written into output file, because at least one of its streams received no packets.
[info] frame=    0 fps=0.0 q=0.0 Lsize=       0kB
[fatal] Conversion failed!`,
		"[mp4] Could not find tag for codec pcm_s16le in stream #1, codec not currently supported in container": `[mp4 @ 0x2] [error] Could not find tag for codec pcm_s16le in stream #1, codec not currently supported in container
[out#0/mp4 @ 0x3] [error] Could not write header (incorrect codec parameters ?): Invalid argument
[fatal] Conversion failed!`,
		"a line without a level": "a line without a level",
		"":                       "[info] Stream mapping:\n[warning] deprecated\n[fatal] Conversion failed!",
	} {
		if got := telling(strings.Split(lines, "\n"), "/job"); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestTidy(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"/var/lib/data/work/17/inputs/a.mp4: no":                             "inputs/a.mp4: no",
		"in '/var/lib/data/work/17'":                                         "in '.'",
		"/var/lib/data/fflambda.db: locked":                                  "fflambda.db: locked",
		"/tmp/fl-8c1f/x.tmp, \"/home/jane doe\" and file:/root/.fonts/a.ttf": "x.tmp, \"jane doe\" and a.ttf",
		"'%2Fvar%2Flib%2Fdata%2Fwork%2F17%2Finputs%2Fa.mp4'":                 "'a.mp4'",
		"=%252fvar%252flib%252Fa.mp4 no":                                     "=a.mp4 no",
		"HTTPS://h.example/a.mp4?X-Amz-Signature=ab&c=d no":                  "HTTPS://h.example/a.mp4 no",
		"'https://h.example/a?token=x': no":                                  "'https://h.example/a': no",
		"https%3A%2F%2Fh.example%2Fa%3Ftoken%3Dx no":                         "https%3A%2F%2Fh.example%2Fa no",
		"https://me:secret@h.example/a no":                                   "https://h.example/a no",
		"Opening 'inputs/seg1.ts?token=x' for reading":                       "Opening 'inputs/seg1.ts' for reading",
		"[mov,mp4 @ 0x55917a337f00] moov":                                    "[mov,mp4] moov",
		"bell\a and\ttab\xff":                                                "bell  and tab\uFFFD",
		strings.Repeat("ü", 600):                                             strings.Repeat("ü", 500) + "…",

		// What only looks like one of these.
		"Stream #0:0: Video: h264 (avc1 / 0x31637661), yuv420p(tv, bt709/unknown), 30000/1001 fps": "Stream #0:0: Video: h264 (avc1 / 0x31637661), yuv420p(tv, bt709/unknown), 30000/1001 fps",
		"overlay=(W-w)/2:(H-h)/2, size=N/A, -map 0:a? https://h.example/a/b":                       "overlay=(W-w)/2:(H-h)/2, size=N/A, -map 0:a? https://h.example/a/b",
	} {
		if got := tidy(line, "/var/lib/data/work/17"); got != want {
			t.Errorf("tidy(%q) = %q, want %q", line, got, want)
		}
	}
}

func TestFailureOutOfMemory(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]job.Code{
		"[libx264 @ 0x1] [error] malloc of size 1 failed: Cannot allocate memory":                          job.OutOfMemory,
		"[info]     title : Cannot allocate memory":                                                        job.FFmpegFailed,
		"[error] Device creation failed: -12.\n[error] Error opening output files: Cannot allocate memory": job.FFmpegFailed,
	} {
		if f := (Tools{}).failureOf(ending{err: errors.New("exit"), lines: strings.Split(line, "\n")}, Task{Dir: "/job"}); f.Code != want {
			t.Errorf("%s: %s, want %s", line, f.Code, want)
		}
	}
}

func TestTail(t *testing.T) {
	t.Parallel()
	var short tail
	fmt.Fprint(&short, "one\rtwo\n\nthr")
	fmt.Fprint(&short, "ee")
	if got := strings.Join(short.Lines(), "|"); got != "one|two|three" {
		t.Errorf("lines %q", got)
	}
	for _, block := range []int{1, 7, 4096, tailSize, tailSize + 1, 3*tailSize + 5} {
		var text strings.Builder
		for i := 0; text.Len() < 4*tailSize; i++ {
			fmt.Fprintf(&text, "line %d\n", i)
		}
		all := text.String()
		var long tail
		for rest := all; rest != ""; {
			n := min(block, len(rest))
			if k, err := long.Write([]byte(rest[:n])); k != n || err != nil {
				t.Fatalf("Write: %d, %v", k, err)
			}
			rest = rest[n:]
		}
		got := strings.Join(long.Lines(), "\n") + "\n"
		if len(got) > tailSize || len(got) < tailSize-20 || !strings.HasSuffix(all, "\n"+got) {
			t.Errorf("in blocks of %d: %d bytes kept, want the last %d in whole lines", block, len(got), tailSize)
		}
	}
	var unbroken tail
	_, _ = unbroken.Write(make([]byte, 10*tailSize))
	if len(unbroken.ring) != tailSize {
		t.Errorf("keeps %d bytes", len(unbroken.ring))
	}
}
