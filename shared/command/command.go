// Package command turns a caller's ffmpeg command lines into the arguments that ffmpeg is started with.
//
// Compile does it all: it puts paths in the place of {{name}}, splits the line into words, and refuses what could reach
// a file outside of the job's folder or the network (Check). Match finds the files that a declared output name stands for.
// Nothing here touches a file or a process, no shell is involved, and every error is a *Refusal: text for the caller.
package command

import (
	"errors"
	"slices"
	"strings"

	"github.com/fflambda/fflambda/shared/job"
)

// The folders of a job, relative to its working folder, in which ffmpeg runs.
const (
	inputsDir  = "inputs/"
	outputsDir = "outputs/"
)

// programs are how lines name the program itself that were written for a terminal. The first word of a line may be one.
var programs = []string{"ffmpeg", "ffmpeg.exe", "./ffmpeg", "/usr/bin/ffmpeg", "/usr/local/bin/ffmpeg"}

// Compile returns the arguments of each command, without the program's name and with paths relative to the job's folder.
// inputs are the names of the job's input files. Names are assumed valid: see ValidName.
func Compile(c job.Commands, inputs []string) ([][]string, error) {
	known := newNames(inputs, c.Outputs)
	commands := make([][]string, 0, len(c.Lines))
	for i, line := range c.Lines {
		words, err := compile(line, known)
		if err != nil {
			var r *Refusal
			if errors.As(err, &r) {
				r.Command = i
			}
			return nil, err
		}
		commands = append(commands, words)
	}
	return commands, nil
}

// compile resolves placeholders before it splits: names hold nothing that splitting looks at,
// and blanks inside the braces do not count.
func compile(line string, known names) ([]string, error) {
	line, err := known.resolve(line)
	if err != nil {
		return nil, err
	}
	words, err := Split(line)
	if err != nil {
		return nil, err
	}
	if len(words) > 0 && slices.Contains(programs, words[0]) {
		words = words[1:]
	}
	if len(words) == 0 {
		return nil, &Refusal{Word: line, Reason: "is an empty command", Hint: "write ffmpeg's arguments, for example -i {{input.mp4}} {{output.mp4}}"}
	}
	for _, word := range words {
		if err := known.checkPlain(word); err != nil {
			return nil, err
		}
	}
	words = withoutDropped(words)
	return words, Check(words)
}

// withoutDropped leaves out the options that have no say here, so that commands written for other machines pass unchanged:
// a concat list is always read safely, and outputs are always overwritten (ffmpeg refuses -n beside -y).
func withoutDropped(words []string) []string {
	var kept []string
	for _, s := range steps(words) {
		if s.option != "" && slices.Contains([]string{"safe", "n"}, optionName(s.option)) {
			continue
		}
		kept = append(kept, s.words()...)
	}
	return slices.Clip(kept)
}

// step is an option with its argument, or a word that stands alone: an output.
type step struct {
	option  string // with its dash; empty: word is an output
	word    string
	hasWord bool
}

func (s step) words() []string {
	switch {
	case s.option == "":
		return []string{s.word}
	case !s.hasWord:
		return []string{s.option}
	}
	return []string{s.option, s.word}
}

// steps reads words as ffmpeg does: a word that begins with a dash is an option, and every option but a flag takes the next word.
func steps(words []string) []step {
	var list []step
	for i := 0; i < len(words); i++ {
		switch {
		case !isOption(words[i]):
			list = append(list, step{word: words[i], hasWord: true})
		case isFlag(optionName(words[i])) || i+1 == len(words):
			list = append(list, step{option: words[i]})
		default:
			list = append(list, step{option: words[i], word: words[i+1], hasWord: true})
			i++
		}
	}
	return list
}

func isOption(word string) bool { return len(word) > 1 && word[0] == '-' }

// optionName is an option without its dash and its stream specifier: -metadata:s:v -> metadata.
func optionName(option string) string {
	name, _, _ := strings.Cut(option[1:], ":")
	return name
}
