package ffmpeg

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

// What is said where there are no kernel layers, and where they are not wanted.
func TestUncontained(t *testing.T) {
	t.Parallel()
	for system, want := range map[string]string{"darwin": "ffmpeg is not contained on macOS, ", "freebsd": "ffmpeg is not contained on freebsd, "} {
		if got := uncontained(system); !strings.HasPrefix(got, want) || !strings.Contains(got, "run it on Linux") {
			t.Errorf("%s: %q", system, got)
		}
	}
	var said bytes.Buffer
	tools, err := Tools{FFmpeg: "/nonexistent"}.Contain(t.Context(), false, slog.New(slog.NewTextHandler(&said, nil)))
	if err != nil || tools.Sandbox || tools.Contained() != "off" || !strings.Contains(said.String(), "level=WARN") || !strings.Contains(said.String(), "the sandbox is off") {
		t.Errorf("%+v, %v: %s", tools, err, &said)
	}
}

// TestContain runs the real ffmpeg: what holds it is logged, and what cannot be run is told with the way around.
func TestContain(t *testing.T) {
	t.Parallel()
	found := tools(t)
	var said bytes.Buffer
	held, err := found.Contain(t.Context(), true, slog.New(slog.NewTextHandler(&said, nil)))
	if err != nil || !held.Sandbox || !strings.Contains(said.String(), held.Contained()) && !strings.Contains(said.String(), "is not contained") {
		t.Errorf("%+v, %v: %s", held, err, &said)
	}
	found.FFmpeg = "/nonexistent"
	if _, err := found.Contain(t.Context(), true, slog.New(slog.DiscardHandler)); err == nil || !strings.HasSuffix(err.Error(), "FFLAMBDA_SANDBOX=off runs it all the same, for callers whom you know") {
		t.Errorf("no program: %v", err)
	}
}
