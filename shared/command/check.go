package command

import (
	"regexp"
	"slices"
	"strings"
)

// Check refuses words that could make ffmpeg open a file outside of the working folder, a device or the network,
// or read a filter graph or options that nobody has looked at. The words are ffmpeg's arguments, placeholders resolved.
//
// What is text and never opened (metadata, drawtext's text) may say anything. Every other word is held to the same rule
// wherever it stands, so that nothing depends on knowing all of ffmpeg's options.
func Check(words []string) error {
	for _, w := range words {
		if strings.ContainsRune(w, 0) {
			return &Refusal{Word: w, Reason: "holds a NUL character"}
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
		return checkFormat(s.word)
	case inputOption:
		defer func() { g.format = "" }()
		if g.format == "lavfi" {
			return checkGraph(s.word)
		}
		return checkFile(s.word)
	case graphOption:
		return checkGraph(s.word)
	case fileOption:
		return checkFile(s.word)
	case textOption:
		if harmlessText.MatchString(s.word) {
			return nil
		}
	}
	if strings.ContainsAny(s.word, "\r\n") {
		return &Refusal{Word: s.word, Reason: "holds a line end", Hint: "the argument of " + clip(s.option) + " must be one line"}
	}
	return checkText(s.word)
}

// harmlessText is key=value as -metadata takes it (which could not lead out of the folder even if it were opened),
// and the URL that a playlist's entries shall begin with.
var harmlessText = regexp.MustCompile(`^[^/:=]+=|^https?://`)

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

func checkFormat(format string) error {
	if slices.Contains(refusedFormats, strings.ToLower(format)) {
		return &Refusal{
			Word: "-f " + format, Reason: "is a device, a network protocol, a script, or writes to places of its own",
			Hint: "use a file format, and one output for each file",
		}
	}
	return nil
}

// checkOutput also takes the two usual ways to throw an output away, which open nothing.
func (g *group) checkOutput(word string) error {
	defer func() { g.format = "" }()
	if word == "/dev/null" || word == "-" && g.format == "null" {
		return nil
	}
	return checkFile(word)
}
