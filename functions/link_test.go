package functions_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestLinked: a function holds no code that it has no use for, so that it is small and starts fast.
func TestLinked(t *testing.T) {
	t.Parallel()
	const ours, theirs = "github.com/fflambda/fflambda/shared/", "github.com/aws/aws-sdk-go-v2/service/"
	work := []string{ours + "ffmpeg", ours + "worker", ours + "fetch", ours + "service", ours + "hooks", ours + "ingest", ours + "notify"}
	for name, without := range map[string][]string{
		"status":   append([]string{theirs + "sqs", theirs + "s3", ours + "queue", ours + "bucket"}, work...),
		"download": append([]string{theirs + "sqs", ours + "queue"}, work...),
		"upload":   append([]string{theirs + "sqs", ours + "queue"}, work...),
		"cancel":   append([]string{theirs + "s3", ours + "bucket"}, work...),
		"create":   work,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "./"+name).Output()
			must(t, err)
			linked := map[string]bool{}
			for path := range strings.FieldsSeq(string(out)) {
				linked[path] = true
			}
			if !linked[ours+"api"] {
				t.Fatalf("it links %d packages, and not even package api", len(linked))
			}
			for _, path := range without {
				if linked[path] {
					t.Errorf("it links %s", path)
				}
			}
		})
	}
}

// TestWiring: a function's program is wiring. What can be wrong in more ways belongs where tests can reach it.
func TestWiring(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("*", "main.go"))
	must(t, err)
	if len(files) != len(names()) {
		t.Errorf("%d programs for %d functions", len(files), len(names()))
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		must(t, err)
		if n := bytes.Count(text, []byte("\n")); n > 40 {
			t.Errorf("%s has %d lines, want 40 at most", file, n)
		}
	}
}
