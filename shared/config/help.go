package config

import (
	"fmt"
	"io"
	"strings"
)

const helpHead = `Usage: fflambda serve [flags]

Serves both APIs, the files and the workers from one folder, on one port. It prints "ready <URL>" when it answers.

Each setting is a flag or an environment variable. A flag wins; a variable that is empty is not set.

`

func writeHelp(out io.Writer) error {
	var text strings.Builder
	text.WriteString(helpHead)
	for _, set := range settings() {
		shown := set.shown
		if shown == "" {
			shown = set.def
		}
		fmt.Fprintf(&text, "  %-32s %s\n        %s\n        (default: %s)\n", "--"+set.name+" "+set.value, set.env(), set.help, shown)
	}
	_, err := io.WriteString(out, text.String())
	return err
}
