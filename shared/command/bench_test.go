package command_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fflambda/fflambda/shared/command"
	"github.com/fflambda/fflambda/shared/job"
)

// long is lines of 32 KiB, the most that one create may hold, of a kind each.
func long() map[string]string {
	const size = 32 << 10
	fill := func(part string) string { return strings.Repeat(part, size/len(part)) }
	distinct := &strings.Builder{}
	for i := 0; distinct.Len() < size-8; i++ {
		fmt.Fprintf(distinct, "{{%x}} ", i)
	}
	return map[string]string{
		"everyday":     fill(everyday[2] + " " + everyday[7] + " "),
		"placeholders": fill("{{a}} "),
		"distinct":     distinct.String(),
		"quotes":       fill(`'a'\''b'"c\"d" `),
		"blanks":       fill(" "),
		"word":         fill("x"),
	}
}

// BenchmarkSplit is the splitter alone.
func BenchmarkSplit(b *testing.B) {
	for name, line := range long() {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(line)))
			for b.Loop() {
				_, _ = command.Split(line)
			}
		})
	}
}

// BenchmarkCompile is substitution, splitting and the checks, with 100 inputs and 100 globs of the longest names.
func BenchmarkCompile(b *testing.B) {
	var names, globs []string
	for i := range 98 {
		names = append(names, fmt.Sprintf("%s%d", strings.Repeat("n", 120), i))
		globs = append(globs, fmt.Sprintf("%s%d", strings.Repeat("?*", 60), i))
	}
	names, globs = append(names, "a", "input.mp4"), append(globs, "*") // which covers every name
	for name, line := range long() {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(line)))
			for b.Loop() {
				if _, err := command.Compile(job.Commands{Lines: []string{line}, Outputs: globs}, names); err != nil && name != "blanks" {
					b.Fatal(err)
				}
			}
		})
	}
}
