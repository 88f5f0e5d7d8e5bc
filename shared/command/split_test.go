package command_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fflambda/fflambda/shared/command"
)

func TestSplit(t *testing.T) {
	t.Parallel()
	tests := []struct {
		line string
		want []string
	}{
		{``, nil},
		{" \t\n ", nil},
		{`-i a.mp4 b.mp4`, []string{"-i", "a.mp4", "b.mp4"}},
		{"  a\tb\r\n c  ", []string{"a", "b", "c"}},
		{`'a b' "c d"`, []string{"a b", "c d"}},
		{`a'b'"c"d`, []string{"abcd"}},
		{`"" ''`, []string{"", ""}},
		{`a "" b`, []string{"a", "", "b"}},
		// Outside quotes a backslash goes only before a blank, a quote or a backslash.
		{`eq(n\,0)`, []string{`eq(n\,0)`}},
		{`a\ b`, []string{"a b"}},
		{"a\\\tb", []string{"a\tb"}},
		{`\"a\'`, []string{`"a'`}},
		{`a\\b`, []string{`a\b`}},
		{`a\\\\b`, []string{`a\\b`}},
		{`drawtext=text=a\:b`, []string{`drawtext=text=a\:b`}},
		{`\n \$x \;`, []string{`\n`, `\$x`, `\;`}},
		{`a\`, []string{`a\`}},
		// Before a line end it goes with it.
		{"-i a \\\n  b", []string{"-i", "a", "b"}},
		{"-i a \\\r\n  b", []string{"-i", "a", "b"}},
		{"a\\\nb", []string{"ab"}},
		{"\\\n", nil},
		{"\"a\\\nb\"", []string{"ab"}},
		// Inside double quotes only before a double quote or a backslash.
		{`"a\"b"`, []string{`a"b`}},
		{`"a\\b"`, []string{`a\b`}},
		{`"a\b\,c\'d\ e\$f"`, []string{`a\b\,c\'d\ e\$f`}},
		{`"it's"`, []string{"it's"}},
		{`-vf "select='eq(n\,0)'"`, []string{"-vf", `select='eq(n\,0)'`}},
		// Inside single quotes never.
		{`'a\b\\c\"'`, []string{`a\b\\c\"`}},
		{`'say "hi"'`, []string{`say "hi"`}},
		{`'it'\''s'`, []string{"it's"}},
		{"'a\nb'", []string{"a\nb"}},
		// Nothing else of a shell.
		{`a; b && c | d > e < f & $(g) ` + "`h`" + ` $HOME ~ *.mp4 {x,y} # z !`, []string{
			"a;", "b", "&&", "c", "|", "d", ">", "e", "<", "f", "&", "$(g)", "`h`", "$HOME", "~", "*.mp4", "{x,y}", "#", "z", "!",
		}},
		{`größe=ñ "日 本"`, []string{"größe=ñ", "日 本"}},
	}
	for _, test := range tests {
		got, err := command.Split(test.line)
		if err != nil {
			t.Errorf("Split(%q): %v", test.line, err)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("Split(%q) (-want +got):\n%s", test.line, diff)
		}
	}
}

func TestSplitUnbalanced(t *testing.T) {
	t.Parallel()
	for _, line := range []string{`'`, `"`, `a 'b`, `a "b\"`, `"a\`, `-vf 'scale=1:2 x.mp4`, `it's`} {
		words, err := command.Split(line)
		var r *command.Refusal
		if !errors.As(err, &r) || !strings.Contains(err.Error(), "never closed") {
			t.Errorf("Split(%q) = %q, %v; want a refusal of the open quote", line, words, err)
		}
	}
}

// quote writes a word so that a POSIX shell reads it back.
func quote(word string) string { return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'" }

func FuzzSplit(f *testing.F) {
	for _, seed := range []string{"-i\na b\nc", "it's\n\n\\", "a\\\n'\"", "é\n\t", "eq(n\\,0)\n\"x\""} {
		f.Add(seed, "\\ '")
	}
	f.Fuzz(func(t *testing.T, text, word string) {
		want := append(strings.Split(text, "\n"), word)
		quoted := make([]string, len(want))
		for i, w := range want {
			quoted[i] = quote(w)
		}
		got, err := command.Split(strings.Join(quoted, " "))
		if err != nil {
			t.Fatalf("Split of quoted %q: %v", want, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		words, err := command.Split(text) // and any text at all is split or refused
		if err == nil && strings.Trim(text, " \t\r\n") == "" && len(words) > 0 {
			t.Errorf("Split(%q) = %q, want no words", text, words)
		}
	})
}
