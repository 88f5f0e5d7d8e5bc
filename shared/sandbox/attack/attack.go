// Package attack is the table of what strangers may try against a machine that runs their ffmpeg commands, and the field
// on which they try it: a job's folder with planted files, secrets outside that must not be read, listeners that nobody
// may reach, and a watch on everything outside. Only tests import it.
//
// Cases gives the table. NewField makes a field for one case; Field.Words fills a command with the field's paths and
// ports, and Field.Breaches says, after the command has run, what it reached. What runs the command is the test's
// choice: the policy alone, the sandbox alone, a whole server.
package attack

import (
	_ "embed"
	"fmt"
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
		name, text, ok := strings.Cut(line, " | ")
		if !ok || group == "" {
			return nil, fmt.Errorf("attacks.txt line %d: want a group first, and name | command", i+1)
		}
		c := Case{Group: group, Name: name}
		for _, part := range strings.Split(text, " && ") {
			words := strings.Fields(part)
			command := Command{Words: words}
			if program, ok := strings.CutPrefix(words[0], "!"); ok {
				command = Command{Program: program, Words: words[1:]}
			}
			c.Commands = append(c.Commands, command)
		}
		cases = append(cases, c)
	}
	return cases, nil
}
