package ffmpeg

import (
	"path/filepath"
	"regexp"
	"strings"
	"syscall"

	"github.com/fflambda/fflambda/shared/job"
)

const (
	tailLines = 20
	lineRunes = 500 // of a line that is shown
)

// failureOf says why ffmpeg failed: err is Wait's, lines are what it wrote to stderr, dir is taken out of what is shown.
func failureOf(err error, lines []string, dir string) *job.Failure {
	f := &job.Failure{Code: job.FFmpegFailed, Message: exitText(err)}
	s, killed := crash(err)
	switch line := telling(lines, dir); {
	case killed && s == syscall.SIGKILL, says(lines, "Cannot allocate memory"):
		f = job.Failf(job.OutOfMemory, "ffmpeg ran out of memory. Use a lower resolution, fewer filters or inputs at once, or a machine with more memory.")
	case says(lines, "No space left on device"), says(lines, "Disk quota exceeded"):
		f = job.Failf(job.Internal, "The worker's disk is full.").Again()
	case line != "":
		f.Message += ": " + line
	}
	f.StderrTail = last20(lines, dir)
	return f
}

// says reports whether one of ffmpeg's error lines holds text.
func says(lines []string, text string) bool {
	for _, line := range lines {
		if _, isError := level(line); isError && strings.Contains(line, text) {
			return true
		}
	}
	return false
}

// Lines of ffmpeg that only say that something failed, in two ranks (seen with 5.1; later versions have some of their own): noise says nothing at all,
// vague names a stream or a file, but not what is wrong with it.
var (
	noise = regexp.MustCompile(`^(Conversion failed!|Exiting normally|` +
		`Error (splitting the argument list|parsing global options|parsing options for|opening (input|output) files|` +
		`reinitializing filters|initializing complex filters|configuring filter graph|sending frames to consumers|` +
		`while processing the decoded data|while filtering|processing packet in decoder|binding filtergraph)|` +
		`Failed to inject frame|Task finished with error code|Terminating thread with return code|` +
		`(Last )?[Mm]essage repeated|To ignore this, add a trailing|` +
		`(Invalid argument|Option not found|Filter not found|Invalid data found when processing input|` +
		`Function not implemented|Unknown error occurred|Generic error in an external library|Operation not permitted)\.?$)`)
	vague = regexp.MustCompile(`^(Error (opening (input|output)|initializing output stream|while opening encoder|while opening decoder|` +
		`opening filters|writing trailer|closing file|submitting)|Could not (write header|open encoder before EOF)|` +
		`Nothing was written into output file|moov atom not found$)|: Invalid argument$`)
)

// Since version 7 ffmpeg says in two lines what it said in one: "inputs/a.mp4: No such file or directory".
var (
	openingInput = regexp.MustCompile(`^Error opening input: (.+)$`)
	inputFile    = regexp.MustCompile(`^Error opening input file (.+)\.$`)
)

// telling picks the line that names what is wrong: the last one that is neither noise nor vague, else the first vague one.
// Of lines without a level (what ffmpeg prints before it reads -loglevel) all count.
func telling(lines []string, dir string) string {
	var vagueLine, best, reason string
	for _, line := range lines {
		text, isError := level(line)
		text = tidy(text, dir)
		bare := component.ReplaceAllString(text, "")
		if m := openingInput.FindStringSubmatch(bare); isError && m != nil {
			reason = m[1]
		}
		switch file := inputFile.FindStringSubmatch(bare); {
		case !isError, bare == "", noise.MatchString(bare):
		case file != nil && reason != "":
			best = file[1] + ": " + reason
		case vague.MatchString(bare):
			if vagueLine == "" {
				vagueLine = text
			}
		default:
			best = text
		}
	}
	if best == "" {
		return vagueLine
	}
	return best
}

var (
	levelMark = regexp.MustCompile(`\[(quiet|panic|fatal|error|warning|info|verbose|debug|trace)\] `)
	component = regexp.MustCompile(`^(\[[^\]]*\] )+`)     // "[libx264] "
	address   = regexp.MustCompile(` @ 0x[0-9a-fA-F]+\]`) // "[libx264 @ 0x55917a337f00]"
	urlQuery  = regexp.MustCompile(`(?i)([a-z][a-z0-9+.-]*://[^\s?'"]*)\?[^\s'"]*`)
	control   = regexp.MustCompile(`[\x00-\x1f\x7f]+`)
)

// level takes the mark of -loglevel level out of a line, and reports whether the line tells of an error.
func level(line string) (text string, isError bool) {
	at := levelMark.FindStringSubmatchIndex(line)
	if at == nil || component.ReplaceAllString(line[:at[0]], "") != "" {
		return line, true
	}
	switch line[at[2]:at[3]] {
	case "panic", "fatal", "error":
		isError = true
	}
	return line[:at[0]] + line[at[1]:], isError
}

// last20 is the end of stderr as it is shown.
func last20(lines []string, dir string) []string {
	lines = lines[max(0, len(lines)-tailLines):]
	shown := make([]string, len(lines))
	for i, line := range lines {
		text, _ := level(line)
		shown[i] = tidy(text, dir)
	}
	return shown
}

// tidy makes a line fit to show: without our folder, the queries of URLs (they may be signatures), addresses in memory,
// or anything that is not text.
func tidy(line, dir string) string {
	line = strings.ToValidUTF8(line, "\uFFFD")
	if target, err := filepath.EvalSymlinks(dir); err == nil && target != dir {
		line = withoutDir(line, target) // macOS: /tmp is a link to /private/tmp
	}
	line = withoutDir(line, dir)
	line = urlQuery.ReplaceAllString(line, "$1")
	line = address.ReplaceAllString(line, "]")
	line = strings.TrimSpace(control.ReplaceAllString(line, " "))
	if runes := []rune(line); len(runes) > lineRunes {
		line = string(runes[:lineRunes]) + "…"
	}
	return line
}

func withoutDir(line, dir string) string {
	if len(dir) < 2 { // "" or "/" would take away more than a folder
		return line
	}
	return strings.ReplaceAll(strings.ReplaceAll(line, dir+"/", ""), dir, ".")
}
