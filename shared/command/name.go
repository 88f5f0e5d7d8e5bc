package command

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

const maxName = 128 // bytes

// nameChars may stand in a file's name. None of them means anything to a shell, to a path or to filter syntax.
const nameChars = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

// patternChars may stand in an output's name besides: printf patterns and globs.
const patternChars = "%*?"

// ValidName says what is wrong with the name of an input, or of an output as it is declared.
func ValidName(name string, output bool) error {
	allowed, text := nameChars, "ASCII letters, digits, '.', '_' and '-'"
	if output {
		allowed, text = nameChars+patternChars, "ASCII letters, digits, '.', '_', '-', '%', '*' and '?'"
	}
	switch {
	case name == "":
		return errors.New("must not be empty")
	case len(name) > maxName:
		return fmt.Errorf("must be at most %d characters long", maxName)
	case name[0] == '.' || name[0] == '-':
		return errors.New("must not begin with '.' or '-'")
	case strings.Trim(name, allowed) != "":
		return fmt.Errorf("may hold only %s", text)
	}
	return nil
}

// Match returns the files that a declared output stands for, sorted: the one of that very name, and for a printf pattern
// (frame_%03d.png) or a glob (seg*.ts) all that fit. Names are without folders; a hidden file fits no pattern.
func Match(declared string, files []string) []string {
	var found []string
	fits := matcher(declared)
	for _, f := range files {
		if fits(f) {
			found = append(found, f)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// verb is what a pattern holds besides literal text: %d, %03d, %% and strftime's or a muxer's own like %v; * and ?.
var verb = regexp.MustCompile(`%%|%0*([0-9]*)d|%[A-Za-z]|[*]+|[?]`)

func matcher(declared string) func(string) bool {
	if !strings.ContainsAny(declared, patternChars) {
		return func(f string) bool { return f == declared }
	}
	var b strings.Builder
	at := 0
	for _, m := range verb.FindAllStringSubmatchIndex(declared, -1) {
		b.WriteString(regexp.QuoteMeta(declared[at:m[0]]))
		b.WriteString(expression(declared[m[0]:m[1]], m[2] >= 0, submatch(declared, m)))
		at = m[1]
	}
	b.WriteString(regexp.QuoteMeta(declared[at:]))
	re, err := regexp.Compile(`^(?s:` + b.String() + `)$`)
	if err != nil { // a width that regexp finds too large: no frame number is that long
		return func(f string) bool { return f == declared }
	}
	// Only some of ffmpeg's muxers expand patterns. The others write a file of that very name.
	return func(f string) bool { return f == declared || !strings.HasPrefix(f, ".") && re.MatchString(f) }
}

func submatch(s string, m []int) string {
	if m[2] < 0 {
		return ""
	}
	return s[m[2]:m[3]]
}

// expression is the regular expression of one verb. A number is padded with zeros to its width, and may be longer.
func expression(verb string, number bool, width string) string {
	switch {
	case verb == "%%":
		return "%"
	case number && width == "":
		return "[0-9]+"
	case number:
		return "[0-9]{" + width + ",}"
	case verb[0] == '*':
		return ".*"
	case verb == "?":
		return "."
	}
	return ".+"
}
