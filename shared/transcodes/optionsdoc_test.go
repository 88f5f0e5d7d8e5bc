package transcodes

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/fflambda/fflambda/shared/command"
	"github.com/fflambda/fflambda/shared/jobtest"
)

// TestOptionsDoc keeps docs/transcodes-options.md true; -update writes it.
func TestOptionsDoc(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString(`# ffmpeg's options in the transcodes API

Written by ` + "`go test ./shared/transcodes -run TestOptionsDoc -update`" + ` from the lists that the server goes by. They hold what ffmpeg 5.1.9 (Debian) and 7.1.5
(` + "`docs/ffmpeg.md`" + `) list of themselves; an option that only one of the two has fails in the other. A name may be followed by a stream specifier
(` + "`-b:v:0`, `-metadata:s:a:0`" + `). Of the options of every codec there is also the short form with the letter of the stream's type in front (` + "`-vb`, `-aprofile`" + `).
A flag may begin with no (` + "`-nostdin`" + `). What an option means: ` + "`ffmpeg -h full`, `ffmpeg -h encoder=libx264`, `ffmpeg -h muxer=mp4`" + `.

## Allowed

*Flags, which take no argument, are in italics.*
`)
	for _, f := range allowed {
		where := map[place]string{inInput: "`inputs[].options`", inOutput: "`options`", inInput | inOutput: "`inputs[].options` and `options`"}[f.where]
		fmt.Fprintf(&b, "\n### %s\n\n%s:\n", f.title, where)
		b.WriteString(wrapped(f.names, func(name string) string {
			if command.IsFlag("-" + name) {
				return "*-" + strings.ReplaceAll(name, "_", `\_`) + "*"
			}
			return "`-" + name + "`"
		}))
	}
	b.WriteString("\n## Refused\n\n| options | why, and what to use instead |\n| --- | --- |\n")
	for _, r := range refused {
		fmt.Fprintf(&b, "| `-%s` | %s |\n", strings.Join(r.names, "` `-"), r.why)
	}
	b.WriteString("\nKeys of the options that hand `key=value` pairs to an encoder's library, where the library would open a file, start a program or make a second pass:\n\n| option | keys refused |\n| --- | --- |\n")
	for _, option := range slices.Sorted(maps.Keys(paramKeys)) {
		fmt.Fprintf(&b, "| `-%s` | `%s` |\n", option, strings.Join(paramKeys[option], "` `"))
	}
	b.WriteString("\nBuilt-in tables are no files: `cqm=flat`, `cqm=jvt`, `scaling-list=default` and `scaling-list=off` are taken.\n")
	b.WriteString("\n## Output formats\n\n| outputFormat | `-f`, where it is given | encoders of these codecs are refused |\n| --- | --- | --- |\n")
	for f := range strings.SplitSeq(formatNames, ", ") {
		to := targetOf(f)
		fmt.Fprintf(&b, "| %s | %s | %s |\n", f, strings.Join(to.muxers, ", "), strings.Join(to.refuses, ", "))
	}
	jobtest.Golden(t, "../../../docs/transcodes-options.md", []byte(b.String()))
}

// wrapped is the names in lines of at most 150 characters.
func wrapped(names []string, show func(string) string) string {
	var b strings.Builder
	length := 150
	for _, name := range names {
		word := show(name)
		if length += len(word) + 1; length > 150 {
			length = len(word)
			b.WriteString("\n")
		} else {
			b.WriteString(" ")
		}
		b.WriteString(word)
	}
	return b.String() + "\n"
}
