package ffmpeg

import (
	"strings"
	"syscall"

	"github.com/fflambda/fflambda/shared/job"
)

const tailLines = 20 // of stderr, in a failure

// failureOf says why ffmpeg failed: err is Wait's, lines are what it wrote to stderr, dir is taken out of what is shown.
func failureOf(err error, lines []string, dir string) *job.Failure {
	f := &job.Failure{Code: job.FFmpegFailed, Message: exitText(err)}
	s, killed := crash(err)
	switch line := telling(lines, dir); {
	case killed && s == syscall.SIGKILL, outOfMemory(lines):
		f = job.Failf(job.OutOfMemory, "ffmpeg ran out of memory. Use a lower resolution, fewer filters or inputs at once, or a machine with more memory.")
	case says(lines, "No space left on device"), says(lines, "Disk quota exceeded"):
		f = job.Failf(job.Internal, "The worker's disk is full.").Again()
	case line != "":
		f.Message += ": " + advised(line)
	}
	f.StderrTail = last20(lines, dir)
	return f
}

// outOfMemory reports whether ffmpeg was refused memory. It says the same of a hardware device that is not there.
func outOfMemory(lines []string) bool {
	return (says(lines, "Cannot allocate memory") || says(lines, "malloc of size")) && !says(lines, "Device creation failed")
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

// advice is what to change, for lines of ffmpeg that only say what is wrong: of those that hold the text.
var advice = []struct{ text, advice string }{
	{"Stream map '", "The input has no such stream; a map that ends in ? may match none"},
	{"Stream specifier '", "That input has no such stream"},
	{"does not contain any stream", "The input has nothing that this output can hold: look at -map, -vn and -an, and at the output's extension"},
	{"divisible by 2", "Use even sizes, such as scale=1280:-2"},
	{"Invalid data found when processing input", "The file is damaged, cut off, or no media"},
	{"does not exist in any defined filter graph", "Map a label that -filter_complex ends in, once"},
	{"unconnected", "Use every output of the filter graph with -map, or end it in nullsink"},
	{"not currently supported in container", "Use another codec, or another container"},
	{"ample rate", "Use a rate that the encoder takes, such as -ar 48000"},
	{"Impossible to open '", "Lists name inputs by their file names alone, and each has to be in input_files"},
	{"Unsafe file name '", "Lists name inputs by their file names alone"},
	{"with the same name", "Use a pattern such as frame_%03d.png, or -frames:v 1 -update 1 for one picture"},
	{"No such file or directory", "A command finds the inputs as {{name}} and what earlier commands wrote, and writes into folders that exist, such as outputs/"},
}

// advised is a line of ffmpeg's as a part of a message: with what to change, where the line does not say that itself.
func advised(line string) string {
	for _, a := range advice {
		if strings.Contains(line, a.text) {
			if !strings.HasSuffix(line, ".") && !strings.HasSuffix(line, "?") {
				line += "."
			}
			return line + " " + a.advice + "."
		}
	}
	return line
}
