package command

import (
	"math"

	"github.com/fflambda/fflambda/shared/job"
)

// Known is what is known of the files that commands read. Paths are relative to the job's folder, as in the commands.
type Known struct {
	Media map[string]job.Media // of the files that were probed, by their paths
	Lists map[string]string    // the texts of concat lists, by their paths
	Paths []string             // of all files that are there; of image sequences they are counted
}

// Forecast is what to expect of a command, for its progress.
type Forecast struct {
	From    float64 // where ffmpeg's clock (out_time) begins; 0 but where filters or -itsoffset leave a gap
	Seconds float64 // how far the clock runs from there; 0: not known, or there is no end
	Cost    float64 // of one of these seconds, where 1 is that of coding a video
	Late    bool    // nothing is written before everything was read (reverse, palettegen): the clock says nothing
}

// Costs of a second of output, measured with libx264 and its default preset (docs/ffmpeg-api.md, "Progress").
const (
	costVideo  = 1.0
	costFirst  = 0.65  // the first of two passes: 0.36 with the preset medium, 1 with veryfast
	costDecode = 0.2   // what is decoded and thrown away
	costSound  = 0.03  // nothing but sound is coded
	costCopy   = 0.005 // nothing is
	leastWork  = 0.1   // of any command: ffmpeg starts
)

// Work is how much the command has to do beside the job's others, in seconds of coded video; 0: not known.
func (f Forecast) Work() float64 {
	if f.Seconds <= 0 {
		return 0
	}
	return max(f.Seconds*f.Cost, leastWork)
}

// Predict says what to expect of a job's commands, which run in order: what one writes is known to those behind it.
//
// It follows the times through inputs, filter graphs, maps and limits as ffmpeg does, without reading a frame. Where that
// depends on what is in the pictures (most of select, silenceremove), the length is not known. A wrong guess is possible,
// so it serves the progress and nothing else.
func Predict(commands [][]string, k Known) []Forecast {
	files := files{Known: k, written: map[string]job.Media{}}
	all := make([]Forecast, len(commands))
	for i, words := range commands {
		all[i] = predict(words, files)
	}
	return all
}

// Reads lists the files that a command reads by -i, and of them those that are concat lists.
func Reads(words []string) (paths, lists []string) {
	var format string
	for _, s := range steps(words) {
		switch s.option {
		case "-f":
			format = s.word
		case "-i":
			if format == "concat" {
				lists = append(lists, s.word)
			} else if format != "lavfi" {
				paths = append(paths, s.word)
			}
			format = ""
		}
	}
	return paths, lists
}

// predict adds what the command writes to files.
func predict(words []string, files files) Forecast {
	c := parseLine(words)
	g := graph{files: files, labels: map[string]flow{}, copyTimes: c.copyTimes}
	for _, in := range c.inputs {
		g.inputs = append(g.inputs, g.open(in))
	}
	for _, text := range c.graphs {
		g.free = append(g.free, g.run(text, nil)...)
	}
	from, end, work, most, late := endless, 0.0, 0.0, costCopy, true
	for _, out := range c.outputs {
		o := g.write(out)
		if isKnown(o.end - o.from) {
			files.written[out.word] = o.media()
		}
		from, end = min(from, o.from), max(end, o.end)
		work += o.cost * (o.end - o.from)
		most = max(most, o.cost)
		late = late && o.late
	}
	seconds := end - from
	if !isKnown(seconds) || math.IsNaN(work) {
		return Forecast{Cost: most}
	}
	return Forecast{From: from, Seconds: seconds, Cost: work / seconds, Late: late}
}

// line is a command in its parts.
type line struct {
	inputs    []part
	outputs   []part
	graphs    []string // of -filter_complex
	copyTimes bool     // -copyts
}

// part is an input or an output with the options before it.
type part struct {
	word    string
	options []job.Option
}

func parseLine(words []string) line {
	var l line
	var options []job.Option
	for _, s := range steps(words) {
		switch s.option {
		case "-i":
			l.inputs, options = append(l.inputs, part{s.word, options}), nil
		case "":
			l.outputs, options = append(l.outputs, part{s.word, options}), nil
		case "-filter_complex", "-lavfi":
			l.graphs = append(l.graphs, s.word)
		case "-copyts":
			l.copyTimes = true
		default:
			options = append(options, job.Option{Option: s.option, Argument: s.word})
		}
	}
	return l
}

// last is the argument of the last of the options that has one of the names (dash and all), and whether there is any.
func (p part) last(names ...string) (argument string, found bool) {
	for _, o := range p.options {
		for _, name := range names {
			if o.Option == name {
				argument, found = o.Argument, true
			}
		}
	}
	return argument, found
}
