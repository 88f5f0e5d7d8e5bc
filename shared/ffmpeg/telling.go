package ffmpeg

import (
	"regexp"
	"strings"
	"sync"
)

// rank is how much a line of ffmpeg's says about what is wrong. The lines are those of 5.1 and 7.1; what a version says
// in words of its own counts as telltale, and so stands only behind what names a culprit.
type rank int

const (
	noise    rank = iota // that something failed
	vague                // which stream or file, but not what is wrong with it
	value                // that a value cannot be read, but not which option's
	option               // which option
	telltale             // anything else
	culprit              // the filter, file or range itself, before lines that say less in more words
)

// pattern is compiled when it is first needed. A failure is rare, and every ffmpeg starts through this program (see package
// sandbox): what is done at its start is done for each.
func pattern(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}

// ranks are in the order in which they are asked. A line is tried without its components ("[libx264] ").
var ranks = []struct {
	rank
	says func() *regexp.Regexp
}{
	{culprit, pattern(`^No such filter: |^Value .* for parameter .* out of range|^Impossible to open '|^Unsafe file name '|` +
		`^Could not open file : |^Picture size \S+ (exceeds|is invalid)|^No device available for decoder|^Invalid keyframe time|^Unable to (open|find a suitable output format)|` +
		`^Specified .* is not supported|^Stream map '.*' matches no streams|^The last option of the command`)},
	{noise, pattern(`^(Conversion failed!|Exiting normally|` +
		`Error (splitting the argument list|parsing global options|parsing options for|opening (input|output) files|` +
		`marking filters as finished|reinitializing filters|initializing complex filters|initializing filters|configuring filter graph|sending frames to consumers|` +
		`while processing the decoded data|while filtering|processing packet in decoder|processing filtergraph|binding filtergraph|` +
		`selecting an encoder|muxing a packet|submitting a packet)|` +
		`Failed to inject frame|Task finished with error code|Terminating thread with return code|` +
		`(Last )?[Mm]essage repeated|To ignore this, add a trailing|Did you mean |Supported (sample rates|sample formats|pixel formats|channel layouts):|\d+$|` +
		`\S+_write_frame\(\): |` +
		`(Invalid argument|Option not found|Filter not found|Invalid data found when processing input|` +
		`Function not implemented|Unknown error occurred|Generic error in an external library|Operation not permitted)\.?$)`)},
	{option, pattern(`^Error (setting option|applying option '|setting output stream dispositions)|^Failed to set value '`)},
	{value, pattern(`^Unable to parse option value|^Undefined constant or missing`)},
	{vague, pattern(`^(Error (opening (input|output)|initializing (output stream|filter '|bitstream filter)|while opening (encoder|decoder)|` +
		`opening filters|writing trailer|closing file|submitting|applying (options|encoder options)|parsing (a filter|filterchain)|processing forced keyframes|` +
		`configuring the a?trim filter)|Could not (write header|open encoder before EOF)|Failed to (configure (in|out)put pad|set option)|` +
		`Device (creation|setup) failed|Nothing was written into output file|moov atom not found$)|` +
		`: (Invalid argument|Filter not found|Operation not permitted)$`)},
	{telltale, pattern(`.`)},
}

func rankOf(bare string) rank {
	for _, r := range ranks {
		if r.says().MatchString(bare) {
			return r.rank
		}
	}
	return noise
}

// Since version 7 ffmpeg says in two lines what it said in one: "inputs/a.mp4: No such file or directory",
// "Stream map '0:5' matches no streams."
var (
	openingInput = pattern(`^Error opening input: (.+)$`)
	inputFile    = pattern(`^Error opening input file (.+)\.$`)
	mapOption    = pattern(`^Failed to set value '(.*)' for option 'map': `)
)

const emptyMap = "Stream map '' "

// telling picks the line that names what is wrong: the last one of the highest rank, of vague ones the first.
// Of lines without a level (what ffmpeg prints before it reads -loglevel) all count.
func telling(lines []string, dir string) string {
	var (
		best, reason string
		highest      rank
		dirs         = aliases(dir)
	)
	for _, line := range lines {
		text, isError := level(line)
		if !isError {
			continue
		}
		text = tidy(text, dirs...)
		bare := component().ReplaceAllString(text, "")
		if m := openingInput().FindStringSubmatch(bare); m != nil {
			reason = m[1]
			continue
		}
		if m := inputFile().FindStringSubmatch(bare); m != nil && reason != "" {
			text = m[1] + ": " + reason
			bare = text
		}
		if m := mapOption().FindStringSubmatch(bare); m != nil && strings.Contains(best, emptyMap) {
			best = strings.Replace(best, emptyMap, "Stream map '"+m[1]+"' ", 1)
		}
		if swallowed().MatchString(bare) {
			text, bare = noArgument, noArgument
		}
		if r := rankOf(bare); r > highest || r == highest && r > vague {
			best, highest = text, r
		}
	}
	return best
}

// swallowed is what ffmpeg says where the last option of a command lacks its argument, and takes one of our own options
// for that (see wrap).
var swallowed = pattern(`'level\+info'|^-loglevel: `)

const noArgument = "The last option of the command has no argument"

var (
	levelMark = pattern(`\[(quiet|panic|fatal|error|warning|info|verbose|debug|trace)\] `)
	component = pattern(`^(\[[^\]]*\] +)+`) // "[libx264] "
)

// level takes the mark of -loglevel level out of a line, and reports whether the line tells of an error.
func level(line string) (text string, isError bool) {
	at := levelMark().FindStringSubmatchIndex(line)
	if at == nil || component().ReplaceAllString(line[:at[0]], "") != "" {
		return line, true
	}
	switch line[at[2]:at[3]] {
	case "panic", "fatal", "error":
		isError = true
	}
	return line[:at[0]] + line[at[1]:], isError
}
