package command

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// checkArgument is for every option but those that name an input, a format or a graph.
func checkArgument(s step) error {
	name := optionName(s.option)
	kind := kindOf(name)
	switch {
	case kind == textOption && harmlessText.MatchString(s.word):
		return nil
	case kind == fileOption:
		return checkFile(s.word)
	case strings.ContainsAny(s.word, "\r\n"):
		return &Refusal{Word: s.word, Reason: "holds a line end", Hint: "the argument of " + clip(s.option) + " must be one line"}
	case kind == linkOption && harmlessLink.MatchString(s.word):
		return nil
	}
	if err := checkText(s.word); err != nil {
		return err
	}
	switch kind {
	case innerFormatOption:
		return checkFormat(s.option, s.word)
	case levelOption:
		return checkLevel(s)
	case codecOption:
		return checkCodec(s)
	case accelOption:
		return checkAccel(s)
	case variantOption:
		return checkVariants(s.word)
	case listFlagsOption:
		return checkListFlags(s)
	case paramsOption:
		return checkParams(s)
	case innerOption:
		return checkInner(s)
	}
	return nil
}

// harmlessText is key=value as -metadata takes it, which could not lead out of the folder even if it were opened.
var harmlessText = regexp.MustCompile(`^[^/:=]+=`)

// harmlessLink is what a playlist's entries shall begin with, or a clock's address in one: ffmpeg writes it down and never opens it.
var harmlessLink = regexp.MustCompile(`^https?://|^/[A-Za-z0-9_/-]*$`)

// level is -loglevel's argument: flags, and one of eight names or a number (parse_loglevel in fftools/cmdutils.c).
var level = regexp.MustCompile(`^[+-]?(?:(?:repeat|level|time|datetime)(?:[+-]|$))*(?:quiet|panic|fatal|error|warning|info|(-?[0-9]{1,3}))?$`)

const infoLevel = 32 // AV_LOG_INFO

func checkLevel(s step) error {
	if m := level.FindStringSubmatch(s.word); m != nil {
		if n, _ := strconv.Atoi(m[1]); n <= infoLevel { // 0 of a name
			return nil
		}
	}
	return &Refusal{Word: s.option + " " + s.word, Reason: "would show the server's own paths and settings in the log", Hint: "use info or less, or leave it out"}
}

// deviceCodec are codecs that open a device or load a driver. Those of NVIDIA are not among them: ffmpeg itself says that there is no card.
var deviceCodec = regexp.MustCompile(`_(?:` + strings.ReplaceAll(deviceCodecs, " ", "|") + `)$`)

const deviceCodecs = "amf d3d12va mediacodec mf mmal omx qsv rkmpp v4l2m2m vaapi vulkan"

func checkCodec(s step) error {
	if !deviceCodec.MatchString(strings.ToLower(s.word)) {
		return nil
	}
	return &Refusal{Word: s.word, Reason: "opens a device", Hint: "use a software codec, such as libx264, libx265 or libsvtav1"}
}

// checkAccel lets through what falls back to software.
func checkAccel(s step) error {
	if slices.Contains([]string{"none", "auto"}, s.word) {
		return nil
	}
	return &Refusal{Word: s.option + " " + s.word, Reason: "opens a device", Hint: "leave it out: frames are decoded in software"}
}

// checkVariants refuses names that %v would put into the segments' paths: of name:. and %v./x becomes ../x.
func checkVariants(variants string) error {
	for _, part := range strings.FieldsFunc(variants, func(c rune) bool { return c == ' ' || c == ',' || c == '\t' }) {
		name, ok := strings.CutPrefix(part, "name:")
		if ok && ValidName(name, false) != nil {
			return &Refusal{Word: part, Reason: "becomes a part of file names", Hint: "begin the name with a letter or a digit, and use only those, '.', '_' and '-'"}
		}
	}
	return nil
}

// checkListFlags refuses append_list: with delete_segments the muxer removes what any playlist in its place names, wherever that lies.
func checkListFlags(s step) error {
	if !strings.Contains(s.word, "append_list") {
		return nil
	}
	return &Refusal{Word: s.option + " " + s.word, Reason: "continues a playlist that may name files outside of the job's folder", Hint: "leave append_list out, and write the playlist with one command"}
}

// checkInner looks at options that are handed on to what works inside of a muxer or a protocol, as key=value:key=value.
func checkInner(s step) error {
	for pair := range strings.SplitSeq(unquoted.Replace(s.word), ":") {
		key, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
		inner := step{option: "-" + key, word: value, hasWord: true}
		if kindOf(key) == innerOption || key == "" {
			continue
		}
		if err := checkOption(key, key); err != nil {
			return err
		}
		if err := checkArgument(inner); err != nil {
			return err
		}
	}
	return nil
}

// checkParams looks at what is handed to an encoder's library, as key=value:key=value. Libraries open files and start programs of
// their own, past all that ffmpeg knows of protocols. Keys are written with dashes; x264 and x265 take underscores too.
func checkParams(s step) error {
	separators := func(c rune) bool { return c == ':' || c == ',' } // kvazaar's is the comma
	for _, pair := range strings.FieldsFunc(unquoted.Replace(s.word), separators) {
		key, value, _ := strings.Cut(pair, "=")
		name := strings.ToLower(strings.ReplaceAll(strings.TrimSpace(key), "_", "-"))
		if r, ok := find(refusedParams, name); ok {
			return &Refusal{Word: strings.TrimSpace(key), Reason: r.reason, Hint: r.hint}
		}
		value = strings.TrimSpace(value)
		if value == "" || !slices.Contains(fileParams, name) {
			continue
		}
		if err := checkFile(value); err != nil {
			return err
		}
	}
	return nil
}
