package transcodes

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/fflambda/fflambda/shared/command"
	"github.com/fflambda/fflambda/shared/job"
)

// textOverlay is the one virtual option that the API has.
const textOverlay = "@text-overlay"

var optionName = regexp.MustCompile(`^-[A-Za-z][^\s\pC]*$`)

// refusal is why an option is refused that would take over what the server does itself.
func refusal(name string) (why string, refused bool) {
	switch name {
	case "-i":
		return "source files go into inputs", true
	case "-y", "-n":
		return "the server names the output file, so there is nothing to overwrite", true
	case "-progress":
		return "the server reads the progress itself; it is in the job's progress field", true
	}
	return "", false
}

func (r *Request) parseOptions(f fields, rules Rules) error {
	options, err := parseOptions("options", f["options"], rules)
	r.Transcode.Options = options
	return err
}

// parseOptions reads [{option, argument?}], in order. A list that is missing, null or empty is nil.
func parseOptions(field string, raw json.RawMessage, rules Rules) ([]job.Option, error) {
	if k := kind(raw); k == 0 || k == 'n' {
		return nil, nil
	}
	list, ok := parseArray(raw)
	if !ok {
		return nil, bad(`%s must be an array of objects {"option": "-name", "argument": "…"}`, field)
	}
	var options []job.Option
	for i, raw := range list {
		o, err := parseOption(field+"["+strconv.Itoa(i)+"]", raw, rules)
		if err != nil {
			return nil, err
		}
		options = append(options, o)
	}
	return options, nil
}

func parseOption(at string, raw json.RawMessage, rules Rules) (job.Option, error) {
	f, ok := parseObject(raw)
	if !ok {
		return job.Option{}, bad(`%s must be an object {"option": "-name", "argument": "…"}`, at)
	}
	name, ok := parseText(f["option"])
	if !ok {
		return job.Option{}, bad("%s.option is required and must be a string", at)
	}
	if err := checkName(at+".option", name); err != nil {
		return job.Option{}, err
	}
	argument, ok := parseArgument(f["argument"])
	switch {
	case !ok:
		return job.Option{}, bad("%s.argument must be a string; leave it out for a flag", at)
	case strings.ContainsRune(argument, 0):
		return job.Option{}, bad("%s.argument must not contain a NUL character", at)
	case len(argument) > maxWord:
		return job.Option{}, bad("%s.argument must be at most %d bytes long", at, maxWord)
	case argument == "" && !command.IsFlag(name): // ffmpeg would take the next option, or a file's name, for it
		return job.Option{}, bad("%s: %s needs an argument", at, name)
	case argument != "" && command.IsFlag(name):
		return job.Option{}, bad("%s: %s takes no argument; leave argument out", at, name)
	}
	words := []string{name}
	if argument != "" {
		words = append(words, argument)
	}
	if err := rules.Check(words); err != nil {
		return job.Option{}, refused(at, err)
	}
	return job.Option{Option: name, Argument: argument}, nil
}

// checkName accepts "-name". A word without a dash is refused rather than repaired: ffmpeg would write a file of that name.
func checkName(field, name string) error {
	switch {
	case name == textOverlay:
		return bad("%s: the virtual option %s is not part of this version of the server", field, textOverlay)
	case strings.HasPrefix(name, "@"):
		return bad("%s: %s is not a virtual option", field, quote(name))
	case strings.ContainsAny(name, " \t\r\n"):
		return bad("%s %s must be one word; what follows it belongs in argument", field, quote(name))
	case !optionName.MatchString(name):
		return bad(`%s %s must be the name of an ffmpeg option and start with "-", such as "-crf"`, field, quote(name))
	}
	if why, refused := refusal(name); refused {
		return bad("%s %s is refused: %s", field, quote(name), why)
	}
	return nil
}

// parseArgument reads an argument: none, a string, or a number or boolean that stands for its own JSON text.
func parseArgument(raw json.RawMessage) (argument string, ok bool) {
	switch kind(raw) {
	case 0, 'n':
		return "", true
	case '{', '[':
		return "", false
	case '"':
		return parseText(raw)
	}
	return string(raw), true
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
			return refused(at, err)
		}
		r.Transcode.Filters = append(r.Transcode.Filters, filter)
	}
	// Joined, as ffmpeg gets them: a quote that one leaves open reaches into the next.
	if err := rules.Check([]string{"-filter_complex", strings.Join(r.Transcode.Filters, ";")}); err != nil {
		return refused("filters", err)
	}
	return nil
}

// checkWebM refuses the two codecs that people ask for most and that WebM cannot hold, before anything is fetched.
func (r *Request) checkWebM(fields, Rules) error {
	if !strings.EqualFold(r.Transcode.Format, "webm") {
		return nil
	}
	for i, o := range r.Transcode.Options {
		base, _, _ := strings.Cut(o.Option, ":")
		if !slices.Contains([]string{"-c", "-codec", "-vcodec", "-acodec"}, base) {
			continue
		}
		if codec := notInWebM(o.Argument); codec != "" {
			return bad("options[%d]: WebM does not take %s. It takes VP8, VP9 or AV1 video (libvpx, libvpx-vp9, libaom-av1, libsvtav1) "+
				"and Vorbis or Opus audio (libvorbis, libopus)", i, codec)
		}
	}
	return nil
}

// notInWebM names the codec of an ffmpeg encoder if it is H.264 or AAC.
func notInWebM(encoder string) string {
	e := strings.ToLower(encoder)
	switch {
	case e == "libx264", e == "libx264rgb", e == "libopenh264", e == "h264", strings.HasPrefix(e, "h264_"):
		return "H.264"
	case e == "aac", e == "libfdk_aac", strings.HasPrefix(e, "aac_"):
		return "AAC"
	}
	return ""
}
