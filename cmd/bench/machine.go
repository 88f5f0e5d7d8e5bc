package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// machine says in a paragraph what the figures were measured on, and when.
func machine(ctx context.Context, b *bench, at time.Time) string {
	facts := []string{
		at.UTC().Format("2006-01-02 15:04 UTC"),
		fmt.Sprintf("%s/%s, %d cores", runtime.GOOS, runtime.GOARCH, runtime.NumCPU()),
		field("/proc/cpuinfo", "model name"),
		memory(),
		runtime.Version(),
		firstLine(ctx, "ffmpeg", "-version"),
		"fflambda " + firstLine(ctx, b.binary, "version"),
	}
	var known []string
	for _, f := range facts {
		if f != "" {
			known = append(known, f)
		}
	}
	return strings.Join(known, "; ") + "."
}

// field is the value of a "name : value" line of a file in /proc, or "" where there is none.
func field(path, name string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		key, value, ok := strings.Cut(line, ":")
		if ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func memory() string {
	var kib int64
	if _, err := fmt.Sscanf(field("/proc/meminfo", "MemTotal"), "%d kB", &kib); err != nil {
		return ""
	}
	return fmt.Sprintf("%d GiB of memory", (kib+1<<19)>>20)
}

// firstLine of what a program says, or "" where it does not.
func firstLine(ctx context.Context, name string, args ...string) string {
	out, err := exec.CommandContext(ctx, name, args...).Output()
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(string(out), "\n")
	line, _, _ = strings.Cut(line, " Copyright")
	return line
}
