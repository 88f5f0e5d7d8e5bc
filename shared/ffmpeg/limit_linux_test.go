package ffmpeg

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/sandbox"
)

// contained is the fake in the sandbox.
func contained(t *testing.T) Tools {
	t.Helper()
	if !sandbox.Detect().Seccomp {
		t.Skip("this kernel has no seccomp")
	}
	tools := fake(t)
	tools.Sandbox = true
	return tools
}

// The kernel ends what takes more processor time than it may, and it is said why.
func TestRunProcessorTime(t *testing.T) {
	t.Parallel()
	err := contained(t).Run(t.Context(), Task{Dir: folder(t), Args: []string{"fake:busy"}, CPU: 500 * time.Millisecond})
	var f *job.Failure
	if !errors.As(err, &f) || f.Code != job.TimedOut || !strings.Contains(f.Message, "more than 1s of processor time") {
		t.Errorf("Run: %v", err)
	}
}

// A file that the kernel cut off is too large, also where the program goes on as if nothing were.
func TestRunFileBytes(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	err := contained(t).Run(t.Context(), Task{Dir: dir, Args: []string{"fake:too large a file"}, MaxBytes: 3 << 20})
	var f *job.Failure
	if !errors.As(err, &f) || f.Code != job.OutputTooLarge {
		t.Errorf("Run: %v", err)
	}
	if info, err := os.Stat(filepath.Join(dir, "outputs", "big")); err != nil || info.Size() != 3<<20+1 {
		t.Errorf("%v %v", info, err)
	}
}

// ffmpeg and ffprobe are the kernel's preferred victims where memory is short, in the sandbox and without it.
func TestVolunteers(t *testing.T) {
	t.Parallel()
	free := fake(t)
	for name, run := range map[string]func(ctx context.Context, dir string) error{
		"ffmpeg": func(ctx context.Context, dir string) error {
			return contained(t).Run(ctx, Task{Dir: dir, Args: []string{"fake:busy", dir}, Grace: after(0)})
		},
		"ffmpeg without a sandbox": func(ctx context.Context, dir string) error {
			return free.Run(ctx, Task{Dir: dir, Args: []string{"fake:busy", dir}, Grace: after(0)})
		},
		"ffprobe": func(ctx context.Context, dir string) error {
			_, err := contained(t).ask(ctx, filepath.Join(dir, "fake:busy"))
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := folder(t)
			ctx, stop := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- run(ctx, dir) }()
			tick := time.NewTicker(5 * time.Millisecond)
			defer tick.Stop()
			limit := time.After(20 * time.Second)
			for seen := ""; seen != sandbox.OOMScore; seen = scoreOf(dir) {
				select {
				case <-tick.C:
				case err := <-done:
					t.Fatalf("it ended: %v", err)
				case <-limit:
					t.Fatalf("its score is %q, want %s", seen, sandbox.OOMScore)
				}
			}
			stop()
			if err := <-done; !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
	}
}

// scoreOf is the oom_score_adj of the process that has dir among its words.
func scoreOf(dir string) string {
	lines, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, line := range lines {
		words, err := os.ReadFile(line)
		if err != nil || !strings.Contains(string(words), dir) {
			continue
		}
		score, _ := os.ReadFile(filepath.Join(filepath.Dir(line), "oom_score_adj"))
		return strings.TrimSpace(string(score))
	}
	return ""
}

func TestGroupLimit(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for name, text := range map[string]string{
		"memory.max": "max\n", "system.slice/memory.max": "3000\n", "system.slice/fflambda.service/memory.max": "max\n",
		"memory/memory.limit_in_bytes": "9223372036854771712\n", "memory/docker/abc/memory.limit_in_bytes": "2000\n",
	} {
		file := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for groups, want := range map[string]int64{
		"":                                    5000,
		"0::/\n":                              5000,
		"0::/system.slice/fflambda.service\n": 3000, // of the group around it
		"0::/../other\n":                      5000, // seen from inside a container
		"5:cpu:/docker/abc\n4:memory:/docker/abc\n0::/docker/abc\n": 2000,
		"4:memory:/\n": 5000,
		"nonsense\n":   5000,
	} {
		if got := groupLimit(root, groups, 5000); got != want {
			t.Errorf("%q: %d, want %d", groups, got, want)
		}
	}
}
