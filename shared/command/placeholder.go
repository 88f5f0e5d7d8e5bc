package command

import (
	"regexp"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// names are the file names that a job's commands may use.
type names struct {
	inputs  []string
	outputs []string            // as declared: literal names, patterns, globs
	fits    []func(string) bool // of each output: whether it stands for a file's name
}

func newNames(inputs, outputs []string) names {
	n := names{inputs: inputs, outputs: outputs}
	for _, declared := range outputs {
		n.fits = append(n.fits, matcher(declared))
	}
	return n
}

// placeholder is {{name}} or <<name>>; blanks around the name do not count.
var placeholder = regexp.MustCompile(`\{\{([^{}<>]*)\}\}|<<([^{}<>]*)>>`)

// resolve puts the path of the file in the place of each placeholder.
func (n names) resolve(line string) (string, error) {
	var unknown error
	line = placeholder.ReplaceAllStringFunc(line, func(text string) string {
		if unknown != nil {
			return text
		}
		name := strings.TrimSpace(text[2 : len(text)-2])
		path, ok := n.path(name)
		if !ok {
			unknown = n.unknown(text, name, slices.Concat(n.inputs, n.outputs))
		}
		return path
	})
	return line, unknown
}

func (n names) path(name string) (path string, ok bool) {
	if slices.Contains(n.inputs, name) {
		return inputsDir + name, true
	}
	covered := slices.Contains(n.outputs, name) ||
		ValidName(name, true) == nil && slices.ContainsFunc(n.fits, func(fits func(string) bool) bool { return fits(name) })
	if !covered && ValidName(name, true) == nil && len(Match(name, n.inputs)) > 0 { // an image sequence, as in checkPlain
		return inputsDir + name, true
	}
	return outputsDir + name, covered
}

// checkPlain refuses a word that begins with inputs/ and names no input. Other plain paths need no care: they are
// relative to the working folder as they stand. An image sequence (inputs/img%03d.png) names all inputs that fit.
func (n names) checkPlain(word string) error {
	rest, ok := strings.CutPrefix(word, inputsDir)
	if !ok {
		return nil
	}
	name := rest[:len(rest)-len(strings.TrimLeft(rest, nameChars+patternChars))]
	if name != "" && len(Match(name, n.inputs)) > 0 {
		return nil
	}
	return n.unknown(inputsDir+name, name, n.inputs)
}

func (n names) unknown(word, name string, known []string) error {
	r := &Refusal{Word: word, Reason: "names no file of this job", Hint: "none is declared; add it to input_files or output_files"}
	if len(known) == 0 {
		return r
	}
	nearest := slices.MinFunc(known, func(a, b string) int { return distance(name, a) - distance(name, b) })
	r.Hint = "did you mean {{" + nearest + "}}? Known names: " + strings.Join(known, ", ")
	return r
}

// distance is how many characters differ (Levenshtein), whatever their case. Names are cut to the longest valid one,
// which bounds the work.
func distance(a, b string) int {
	return levenshtein.ComputeDistance(strings.ToLower(a[:min(len(a), maxName)]), strings.ToLower(b[:min(len(b), maxName)]))
}
