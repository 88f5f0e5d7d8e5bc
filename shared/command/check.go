package command

import (
	"strings"
)

// Check refuses words that could make ffmpeg open a file outside of the working folder, a device or the network, start a program,
// or read a filter graph or options that nobody has looked at. The words are ffmpeg's arguments, placeholders resolved.
//
// It is two nets. By name, what is dangerous whatever its argument says is refused (rules.go), and the arguments that ffmpeg takes
// apart are read as it reads them (argument.go, filter.go). And every word but text that is never opened (metadata, drawtext's text)
// is held to the same rule wherever it stands (checkText), so that nothing depends on knowing all of ffmpeg's options.
func Check(words []string) error {
	for _, w := range words {
		if strings.ContainsRune(w, 0) {
			return &Refusal{Word: w, Reason: "holds a NUL character", Hint: "leave it out"}
		}
	}
	var g group
	for _, s := range steps(words) {
		if err := g.check(s); err != nil {
			return err
		}
	}
	return nil
}

// group is what has been read of the options before an input or an output.
type group struct {
	format string // argument of the last -f
}

func (g *group) check(s step) error {
	if s.option == "" {
		return g.checkOutput(s.word)
	}
	name := optionName(s.option)
	if err := checkOption(s.option, name); err != nil {
		return err
	}
	if !s.hasWord {
		return nil
	}
	if isOption(s.word) && kindOf(optionName(s.word)) != plainOption {
		return &Refusal{Word: s.option, Reason: "has no argument: " + clip(s.word) + " follows it", Hint: "give it one, or leave it out"}
	}
	switch kindOf(name) {
	case formatOption:
		g.format = strings.ToLower(s.word)
		return checkFormat(s.option, s.word)
	case inputOption:
		defer func() { g.format = "" }()
		if g.format == "lavfi" {
			return checkGraph(s.word)
		}
		return checkFile(s.word)
	case graphOption:
		return checkGraph(s.word)
	}
	return checkArgument(s)
}

// checkOption refuses an option for its name. ffmpeg knows no abbreviations: a name is taken as a whole, and in one case only.
func checkOption(option, name string) error {
	if option == "--" {
		return &Refusal{Word: option, Reason: "is not taken", Hint: "begin file names with a letter or a digit"}
	}
	if strings.HasPrefix(name, "/") {
		return &Refusal{Word: option, Reason: "reads its argument from a file", Hint: "write the argument itself: -" + clip(name[1:])}
	}
	if r, ok := find(refusedOptions, name); ok {
		return &Refusal{Word: option, Reason: r.reason, Hint: r.hint}
	}
	return nil
}

// checkFormat also looks at single names of a list like video4linux2,v4l2.
func checkFormat(option, format string) error {
	for name := range strings.SplitSeq(strings.ToLower(format), ",") {
		if r, ok := find(refusedFormats, strings.TrimSpace(name)); ok {
			return &Refusal{Word: option + " " + format, Reason: r.reason, Hint: r.hint}
		}
	}
	return checkText(format)
}

// checkOutput also takes the two usual ways to throw an output away, which open nothing.
func (g *group) checkOutput(word string) error {
	defer func() { g.format = "" }()
	if word == "/dev/null" || word == "-" && g.format == "null" {
		return nil
	}
	return checkFile(word)
}
