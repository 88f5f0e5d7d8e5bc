// Package attack is the table of what strangers may try against a machine that runs their ffmpeg commands, and the field
// on which they try it: a job's folder with planted files, secrets outside that must not be read, listeners that nobody
// may reach, and a watch on everything outside. Only tests import it.
//
// Cases gives the table. NewField makes a field for one case; Field.Words and Field.Inputs fill its commands and files
// with the field's paths and ports, and Field.Breaches says, after the commands have run, what they reached. What runs
// them is the test's choice: the policy alone, the sandbox alone, a whole server. A Tally adds up what came of it.
package attack

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Canary is in every secret, and nothing that a command writes or says may hold it. Whoever runs the suite puts it into
// the environment of the process that plays the worker, before that starts.
const Canary = "canary-e2f4b4d6a9a27"

// Limits is the group whose cases reach nothing, but take without end: a limit has to end them.
const Limits = "limits"

// Case is one attempt.
type Case struct {
	Group    string
	Name     string
	Commands []Command // in order, in one folder. What a later one needs an earlier one makes
	Refused  string    // the word for which the policy refuses Example's lines; empty: it lets them pass
}

// Command is the words of one command, before Field.Words.
type Command struct {
	Program string // the hostile program to run in place of ffmpeg; empty: ffmpeg
	Words   []string
}

//go:embed attacks.txt
var table string

// Cases reads the table. An error names a line that is not understood.
func Cases() ([]Case, error) {
	var cases []Case
	group := ""
	for i, line := range strings.Split(table, "\n") {
		switch line = strings.TrimSpace(line); {
		case line == "" || line[0] == '#':
			continue
		case line[0] == '[':
			group = strings.Trim(line, "[]")
			continue
		}
		columns := strings.SplitN(line, " | ", 3)
		if len(columns) < 2 || group == "" {
			return nil, fmt.Errorf("attacks.txt line %d: want a group first, and name | command | refused word", i+1)
		}
		c := Case{Group: group, Name: columns[0]}
		for _, part := range strings.Split(columns[1], " && ") {
			words := strings.Fields(part)
			command := Command{Words: words}
			if program, ok := strings.CutPrefix(words[0], "!"); ok {
				command = Command{Program: program, Words: words[1:]}
			}
			c.Commands = append(c.Commands, command)
		}
		if len(columns) == 3 {
			c.Refused = columns[2]
		}
		cases = append(cases, c)
	}
	return cases, nil
}

// Hostile reports whether a case needs a program that is no ffmpeg: one that an attacker has made of ffmpeg by a bug of it.
func (c Case) Hostile() bool {
	for _, command := range c.Commands {
		if command.Program != "" {
			return true
		}
	}
	return false
}

// Example is a case's command lines as a caller would send them, with paths of no machine.
func (c Case) Example() []string { return lines(c, example().replacer()) }

// Inputs are the names of the case's own files.
func (c Case) Inputs() []string {
	return slices.Sorted(maps.Keys(needed(c, inputs(example().replacer()))))
}

// lines quotes every word for the shell's rules.
func lines(c Case, filled *strings.Replacer) []string {
	var all []string
	for _, command := range c.Commands {
		words := command.fill(filled)
		for i, word := range words {
			words[i] = "'" + strings.ReplaceAll(word, "'", `'"'"'`) + "'"
		}
		all = append(all, strings.Join(words, " "))
	}
	return all
}

func (c Command) fill(filled *strings.Replacer) []string {
	var words []string
	for _, word := range c.Words {
		if word == "$CLIP" || word == "$SOUND" {
			words = append(words, strings.Fields(filled.Replace(word))...)
			continue
		}
		words = append(words, filled.Replace(word))
	}
	return words
}
