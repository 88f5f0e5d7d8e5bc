package config

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// testsOnly is a variable that this project's tests know and the program does not.
const testsOnly = prefix + "REQUIRE"

// input is what was told, before it is understood.
type input struct {
	values   map[string]given // by setting name
	rest     []string         // arguments that are no flags
	help     bool
	problems []error
}

type given struct{ raw, from string }

func (in *input) wrong(format string, args ...any) {
	in.problems = append(in.problems, fmt.Errorf(format, args...))
}

// read takes the values of the settings in flags from args and environ. Variables of all settings are known,
// so that one environment serves every subcommand. An empty variable is one that is not set.
func read(flags, all []setting, args, environ []string) *input {
	in := &input{values: map[string]given{}}
	known := map[string]string{testsOnly: ""}
	for _, set := range all {
		known[set.env()] = set.name
	}
	var unknown []string
	for _, pair := range environ {
		variable, raw, _ := strings.Cut(pair, "=")
		name, ok := known[variable]
		switch {
		case !strings.HasPrefix(variable, prefix):
		case !ok:
			unknown = append(unknown, variable)
		case raw != "" && name != "":
			in.values[name] = given{raw, variable}
		}
	}
	in.readFlags(flags, args)
	slices.Sort(unknown)
	for _, variable := range slices.Compact(unknown) {
		in.wrong("%s: there is no such setting%s", variable, suggest(variable, all, setting.env))
	}
	return in
}

// readFlags goes on after a mistake, so that all of them are told.
func (in *input) readFlags(flags []setting, args []string) {
	set := flag.NewFlagSet("", flag.ContinueOnError)
	set.SetOutput(io.Discard)
	for _, f := range flags {
		set.Func(f.name, "", func(raw string) error {
			in.values[f.name] = given{raw, "--" + f.name}
			return nil
		})
	}
	for skip := false; ; {
		err := set.Parse(args)
		args = set.Args()
		switch unknown, ok := strings.CutPrefix(fmt.Sprint(err), "flag provided but not defined: -"); {
		case errors.Is(err, flag.ErrHelp):
			in.help = true
			return
		case ok:
			in.wrong("--%s: there is no such flag%s", unknown, suggest("--"+unknown, flags, dashed))
			skip = true // the next word, if it is no flag: it was meant as the value
			continue
		case err != nil:
			in.wrong("%w", err)
			skip = strings.HasPrefix(err.Error(), "bad flag syntax") // the only error whose word is still in args
		}
		if len(args) == 0 {
			return
		}
		if err == nil && !skip {
			in.rest = append(in.rest, args[0])
		}
		if err == nil || skip {
			args = args[1:]
		}
		skip = false
	}
}

// apply parses what was given for set, or its default.
func (in *input) apply(s *Serve, set setting) {
	value, ok := in.values[set.name]
	if !ok {
		if set.def == "" {
			return
		}
		value = given{set.def, "--" + set.name}
	}
	if err := set.parse(s, value.raw); err != nil && set.secret {
		in.wrong("%s: %w", value.from, err)
	} else if err != nil {
		in.wrong("%s %q: %w", value.from, value.raw, err)
	}
}

// require notes which of the named settings were not told at all, in one line.
func (in *input) require(names ...string) {
	var missing []string
	for _, set := range settings() {
		if _, ok := in.values[set.name]; !ok && slices.Contains(names, set.name) {
			missing = append(missing, set.env())
		}
	}
	if len(missing) > 0 {
		in.wrong("missing: %s", strings.Join(missing, ", "))
	}
}

func dashed(s setting) string { return "--" + s.name }

// suggest is the end of a sentence about a name that does not exist: the nearest that does, if it is near.
func suggest(wrong string, among []setting, name func(setting) string) string {
	nearest, least := "", len(wrong)
	for _, set := range among {
		if d := levenshtein.ComputeDistance(wrong, name(set)); d < least {
			nearest, least = name(set), d
		}
	}
	if typed := len(strings.TrimLeft(strings.TrimPrefix(wrong, prefix), "-")); least > 1+typed/4 {
		return "; `fflambda serve --help` lists them"
	}
	return "; is it " + nearest + "?"
}
