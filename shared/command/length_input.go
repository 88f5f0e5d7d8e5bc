package command

import (
	"math"
	"path"
	"slices"
	"strings"

	"github.com/fflambda/fflambda/shared/job"
)

// flow is a stream of pictures or sound somewhere between an input and an output, as far as its times are known.
type flow struct {
	start, end float64 // seconds; endless, or NaN where not known
	fps        float64 // pictures or samples a second; NaN where not known
	sound      bool
	late       bool // nothing comes before everything was read
}

func (f flow) seconds() float64 { return f.end - f.start }

// source is an opened input.
type source struct {
	flows    []flow // at most one of each kind: all streams of an input are taken to last as long
	width    int
	channels int
}

// of is the stream of a kind, if there is one.
func (s source) of(sound bool) []flow {
	return slices.DeleteFunc(slices.Clone(s.flows), func(f flow) bool { return f.sound != sound })
}

const (
	stillRate   = 25 // ffmpeg's frame rate of pictures and of filter sources, unless told otherwise
	startsTried = 5  // image2: a sequence begins at the first of 0 to 4 that is there
)

// files is what is known of the files, with what earlier commands are expected to write.
type files struct {
	Known
	written map[string]job.Media
}

func (f files) media(name string) (job.Media, bool) {
	if m, ok := f.Media[name]; ok {
		return m, true
	}
	m, ok := f.written[name]
	return m, ok
}

// open follows an input's times through its own options.
func (g graph) open(in part) source {
	s := g.read(in)
	offset := 0.0
	if at, found := in.last("-ss"); found && g.copyTimes {
		offset, _ = Seconds(at)
	}
	if by, found := in.last("-itsoffset"); found {
		by, _ := Seconds(by)
		offset += by
	}
	scale := 1.0
	if by, found := in.last("-itsscale"); found {
		scale = number(by)
	}
	for i := range s.flows {
		f := &s.flows[i]
		if forced, found := in.last("-r"); found && !f.sound && f.fps != rate(forced) {
			f.end, f.fps = f.end*f.fps/rate(forced), rate(forced)
		}
		f.end = trim(f.end*scale, in.options)
		f.start, f.end = f.start+offset, f.end+offset
	}
	return s
}

// read is an input before its trims.
func (g graph) read(in part) source {
	format, _ := in.last("-f")
	switch {
	case format == "lavfi":
		return source{flows: graph{files: g.files, labels: map[string]flow{}}.run(in.word, nil)}
	case format == "concat":
		return g.list(in.word)
	case strings.ContainsAny(path.Base(in.word), "%*"):
		return g.sequence(in)
	}
	m, ok := g.media(in.word)
	if !ok {
		return source{flows: unknownFlows()}
	}
	s := sourceOf(m)
	if isStill(m) {
		s.flows[0].fps = pictureRate(in)
		s.flows[0].end = 1 / s.flows[0].fps
	}
	return s
}

// unknownFlows are of a file that was not probed: it may hold anything.
func unknownFlows() []flow {
	return []flow{{end: math.NaN(), fps: math.NaN()}, {end: math.NaN(), fps: math.NaN(), sound: true}}
}

func isStill(m job.Media) bool {
	return m.HasVideo && !m.HasAudio && m.Duration == 0 && m.FPS == 0
}

func sourceOf(m job.Media) source {
	end, fps := length(m), m.FPS
	if fps <= 0 {
		fps = math.NaN()
	}
	s := source{width: m.Width * m.Height, channels: m.Channels}
	if m.HasVideo {
		s.flows = append(s.flows, flow{end: end, fps: fps})
	}
	if m.HasAudio || !m.HasVideo { // subtitles alone last as long as any other stream would
		s.flows = append(s.flows, flow{end: end, fps: math.NaN(), sound: true})
	}
	return s
}

// pictureRate is how many pictures a second are read of an image or a sequence of them.
func pictureRate(in part) float64 {
	if text, found := in.last("-framerate", "-r"); found {
		return rate(text)
	}
	return stillRate
}
