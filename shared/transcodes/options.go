package transcodes

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"

	"github.com/fflambda/fflambda/shared/command"
	"github.com/fflambda/fflambda/shared/job"
)

var optionName = regexp.MustCompile(`^-[A-Za-z0-9][^\s\pC]*$`)

// optionList is one list of options of a request.
type optionList struct {
	field string // its name in the request: "options", "inputs[0].options"
	where place
	rules Rules
}

func (r *Request) parseOptions(f fields, rules Rules) error {
	options, err := optionList{field: "options", where: inOutput, rules: rules}.parse(f["options"])
	r.Transcode.Options = options
	return err
}

// parse reads [{option, argument?}], in order. A list that is missing, null or empty is nil.
func (l optionList) parse(raw json.RawMessage) ([]job.Option, error) {
	if k := kind(raw); k == 0 || k == 'n' {
		return nil, nil
	}
	list, ok := parseArray(raw)
	if !ok {
		return nil, bad(`%s must be an array of objects {"option": "-name", "argument": "…"}`, l.field)
	}
	if len(list) > maxOptions {
		return nil, bad("%s must hold at most %d objects; it holds %d", l.field, maxOptions, len(list))
	}
	var options []job.Option
	for i, raw := range list {
		o, err := l.parseOption(l.field+"["+strconv.Itoa(i)+"]", raw)
		if err != nil {
			return nil, err
		}
		options = append(options, o)
	}
	return options, nil
}

func (l optionList) parseOption(at string, raw json.RawMessage) (job.Option, error) {
	f, ok := parseObject(raw)
	if !ok {
		return job.Option{}, bad(`%s must be an object {"option": "-name", "argument": "…"}`, at)
	}
	name, ok := parseText(f["option"])
	if !ok {
		return job.Option{}, bad("%s.option is required and must be a string", at)
	}
	if strings.HasPrefix(name, "@") {
		return l.parseVirtual(at, name, f["argument"])
	}
	if err := l.checkName(at+".option", name); err != nil {
		return job.Option{}, err
	}
	argument, err := parseArgument(at, name, f["argument"])
	if err != nil {
		return job.Option{}, err
	}
	words := []string{name}
	if argument != "" {
		words = append(words, argument)
	}
	if err := l.rules.Check(words); err != nil {
		return job.Option{}, refusedWords(at, err)
	}
	o := job.Option{Option: name, Argument: argument}
	return o, l.checkArgument(at, o)
}

// checkName accepts "-name" of the options that this list may hold. A word without a dash is refused rather than repaired:
// ffmpeg would write a file of that name.
func (l optionList) checkName(field, name string) error {
	base := baseName(name)
	switch {
	case strings.ContainsAny(name, " \t\r\n"):
		return bad("%s %s must be one word; what follows it belongs in argument", field, quote(name))
	case !optionName.MatchString(name):
		if plain := strings.TrimLeft(name, "-"); placeOf(baseName(plain)) != 0 {
			return bad("%s %s must start with one dash: write %s", field, quote(name), quote("-"+plain))
		}
		return bad(`%s %s must be the name of an ffmpeg option and start with "-", such as "-crf"`, field, quote(name))
	}
	if why := whyRefused(base); why != "" {
		return bad("%s %s is refused: %s", field, quote(name), why)
	}
	where := placeOf(base)
	switch {
	case where == 0:
		return unknownOption(field, name, base)
	case where&l.where == 0 && l.where == inInput:
		return bad("%s %s belongs to the output: send it in options", field, quote(name))
	case where&l.where == 0:
		return bad("%s %s belongs to an input: send it in inputs[].options", field, quote(name))
	}
	return nil
}

func unknownOption(field, name, base string) error {
	e := bad("%s %s is not an option of ffmpeg that this server takes", field, quote(name))
	if n := nearest(base); n != "" {
		e.Message += "; did you mean " + quote("-"+n) + "?"
	}
	return e
}

// parseArgument reads an argument: none, a string, or a number or boolean that stands for its own JSON text.
func parseArgument(at, name string, raw json.RawMessage) (string, error) {
	argument, ok := "", true
	switch kind(raw) {
	case 0, 'n':
	case '{', '[':
		ok = false
	case '"':
		argument, ok = parseText(raw)
	default:
		argument = string(raw)
	}
	switch {
	case !ok:
		return "", bad("%s.argument must be a string; leave it out for a flag", at)
	case strings.ContainsRune(argument, 0):
		return "", bad("%s.argument must not contain a NUL character", at)
	case len(argument) > maxWord:
		return "", bad("%s.argument must be at most %d bytes long", at, maxWord)
	case argument == "" && !command.IsFlag(name): // ffmpeg would take the next option, or a file's name, for it
		return "", bad("%s: %s needs an argument", at, clip(name))
	case argument != "" && command.IsFlag(name): // ffmpeg would take the argument for a file to write
		return "", bad("%s: %s takes no argument; leave argument out", at, clip(name))
	}
	return argument, nil
}

// parseFilters reads [{filter}], in order.
func (r *Request) parseFilters(f fields, rules Rules) error {
	if !f.has("filters") {
		return nil
	}
	list, ok := parseArray(f["filters"])
	if !ok {
		return bad(`filters must be an array of objects {"filter": "…"}`)
	}
	if len(list) > maxOptions {
		return bad("filters must hold at most %d objects; it holds %d", maxOptions, len(list))
	}
	total := 0
	for i, raw := range list {
		at := "filters[" + strconv.Itoa(i) + "]"
		f, _ := parseObject(raw)
		filter, ok := parseText(f["filter"])
		if !ok || strings.TrimSpace(filter) == "" {
			return bad(`%s must be an object {"filter": "…"} with a filter graph in it`, at)
		}
		if strings.ContainsRune(filter, 0) {
			return bad("%s.filter must not contain a NUL character", at)
		}
		if total += len(filter) + 1; total > maxWord {
			return bad("filters must be at most %d bytes long together", maxWord)
		}
		if err := rules.Check([]string{"-filter_complex", filter}); err != nil {
			return refusedWords(at, err)
		}
		r.Transcode.Filters = append(r.Transcode.Filters, filter)
	}
	// Joined, as ffmpeg gets them: a quote that one leaves open reaches into the next.
	if err := rules.Check([]string{"-filter_complex", strings.Join(r.Transcode.Filters, ";")}); err != nil {
		return refusedWords("filters", err)
	}
	return nil
}
