package ffmpeg

import (
	"fmt"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/fflambda/fflambda/shared/job"
)

const tailLines = 20 // of stderr, in a failure

// failureOf says why ffmpeg failed. The job's folder is taken out of what is shown.
func (t Tools) failureOf(e ending, task Task) *job.Failure {
	f := &job.Failure{Code: job.FFmpegFailed, Message: exitText(e.err)}
	switch line := telling(e.lines, task.Dir); {
	case t.Sandbox && e.spent(task.CPU): // before memory: what does not end at SIGXCPU is killed
		f = job.Failf(job.TimedOut, "ffmpeg used more than %s of processor time, the limit of one command. Give it less to do: shorter inputs, a faster preset, a smaller resolution.", wholeSeconds(task.CPU))
	case says(e.lines, "exceeds max_streams"): // version 5 calls that a lack of memory
		f = job.Failf(job.InputNotMedia, "An input has more streams than can be read (1000). Leave out what is not needed when the file is made.")
	case t.starved(e):
		f = noMemory()
	case says(e.lines, "File too large") && task.MaxBytes > 0:
		f = task.tooLarge()
	case says(e.lines, "No space left on device"), says(e.lines, "Disk quota exceeded"):
		f = fullDisk()
	case line != "":
		f.Message += ": " + advised(line)
	}
	f.StderrTail = last20(e.lines, task.Dir)
	return f
}

// spent reports whether the kernel ended ffmpeg because its processor time was over. It measures that in another way than
// the time that it tells at the end, which may be some percent less.
func (e ending) spent(limit time.Duration) bool {
	if limit <= 0 || e.cpu < limit/2 {
		return false
	}
	s, crashed := crash(e.err)
	return crashed && s == syscall.SIGXCPU || crashed && s == syscall.SIGKILL && e.cpu > limit/10*9 ||
		slices.Contains(e.lines, fmt.Sprintf("[info] Exiting normally, received signal %d.", syscall.SIGXCPU))
}

func noMemory() *job.Failure {
	return job.Failf(job.OutOfMemory, "ffmpeg ran out of memory. Use a lower resolution, fewer filters or inputs at once, or a machine with more memory.")
}

// starved reports whether ffmpeg ended for want of memory: killed by the kernel, or refused some. It may say that, or crash.
func (t Tools) starved(e ending) bool {
	s, crashed := crash(e.err)
	return crashed && s == syscall.SIGKILL || outOfMemory(e.lines) || crashed && t.MemoryBytes > 0 && e.resident > t.MemoryBytes/2
}

// refusals of memory, in the words of ffmpeg, x264 and x265, libvpx, SVT-AV1 (twice) and C++.
var refusals = []string{"Cannot allocate memory", "malloc of size", "Memory allocation error", "allocate memory failed", "insufficient resources", "bad_alloc"}

// outOfMemory reports whether ffmpeg was refused memory. It says the same of a hardware device that is not there.
func outOfMemory(lines []string) bool {
	refused := slices.ContainsFunc(refusals, func(text string) bool { return says(lines, text) })
	return refused && !says(lines, "Device creation failed")
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
	{"Picture size ", "Pictures of more than 8192 x 8192 pixels are not read, and none of more than about 16000 x 16000 is made"},
	{"Too many open files", "A command may have 1024 files open at once: use fewer inputs and outputs in one command"},
	{"Unsafe file name '", "Lists name inputs by their file names alone"},
	{"Unable to open key file", "Give the key as an input whose name ends in .ts, such as key.ts, and name it so in the playlist"},
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
