package command

import (
	"math"
	"path"
	"slices"
	"strings"

	"github.com/fflambda/fflambda/shared/job"
)

// Formats, by the name's ending, into which ffmpeg puts only one kind of stream by itself.
var (
	soundOnly   = strings.Fields(".aac .ac3 .aiff .flac .m4a .mka .mp2 .mp3 .oga .ogg .opus .wav .wma")
	pictureOnly = strings.Fields(".apng .avif .bmp .gif .jpeg .jpg .png .tif .tiff .webp")
)

// written is an output as it is expected.
type written struct {
	from, end float64
	cost      float64 // of a second
	late      bool
	flows     []flow
}

// write follows the times into an output.
func (g graph) write(out part) written {
	flows := g.mapped(out)
	for i := range flows {
		flows[i] = g.filtered(flows[i], out)
	}
	flows = g.limited(flows, out)
	w := written{from: endless, end: math.NaN(), flows: flows, late: len(flows) > 0}
	for _, f := range flows {
		if math.IsNaN(f.end) {
			continue // what the others say is the better guess
		}
		if math.IsNaN(w.end) || f.end > w.end {
			w.end = f.end
		}
		if !math.IsNaN(f.start) {
			w.from = min(w.from, f.start)
		}
	}
	for _, f := range flows {
		single := !f.sound && f.seconds()*f.fps < 1.5
		w.late = w.late && (f.late || single)
	}
	w.from = min(w.from, w.end)
	w.cost = out.cost(flows)
	return w
}

// mapped are the streams that go into an output: those of -map, or those that ffmpeg takes by itself.
func (g graph) mapped(out part) []flow {
	var flows []flow
	_, noPicture := out.last("-vn")
	_, noSound := out.last("-an")
	mapped := false
	for _, o := range out.options {
		if o.Option != "-map" || strings.HasPrefix(o.Argument, "-") {
			continue
		}
		mapped = true
		if label, found := strings.CutPrefix(o.Argument, "["); found {
			made, ok := g.labelled([]string{strings.TrimSuffix(label, "]")})
			if !ok {
				made = unknownFlows()[:1]
			}
			flows = append(flows, made...)
			continue
		}
		flows = append(flows, g.specified(o.Argument)...)
	}
	if !mapped {
		ext := strings.ToLower(path.Ext(out.word))
		noPicture = noPicture || slices.Contains(soundOnly, ext)
		noSound = noSound || slices.Contains(pictureOnly, ext)
		flows = g.chosen()
	}
	return slices.DeleteFunc(flows, func(f flow) bool { return f.sound && noSound || !f.sound && noPicture })
}

// chosen are the outputs of the graphs, and of the kinds that those lack the largest picture and the sound with the most channels.
func (g graph) chosen() []flow {
	flows := slices.Clone(g.free)
	for _, sound := range []bool{false, true} {
		if slices.ContainsFunc(flows, func(f flow) bool { return f.sound == sound }) {
			continue
		}
		best := -1
		var found flow
		for _, in := range g.inputs {
			score := in.width
			if sound {
				score = in.channels
			}
			if of := in.of(sound); len(of) > 0 && score > best {
				best, found = score, of[0]
			}
		}
		if best >= 0 {
			flows = append(flows, found)
		}
	}
	return flows
}

// filtered is a stream behind the output's own filters.
func (g graph) filtered(f flow, out part) flow {
	names := []string{"-vf", "-filter:v", "-filter:v:0"}
	if f.sound {
		names = []string{"-af", "-filter:a", "-filter:a:0"}
	}
	text, found := out.last(names...)
	if !found {
		return f
	}
	if made := (graph{files: g.files, labels: map[string]flow{}}).run(text, &f); len(made) > 0 {
		return made[0]
	}
	return flow{end: math.NaN(), fps: math.NaN(), sound: f.sound}
}

// limited cuts the streams as the output's options do.
func (g graph) limited(flows []flow, out part) []flow {
	end := endless // of all, set by the first that ends
	frames := math.NaN()
	if n, found := out.last("-frames:v", "-vframes", "-frames"); found {
		frames = number(n)
	}
	_, shortest := out.last("-shortest")
	for i := range flows {
		f := &flows[i]
		if text, found := out.last("-r", "-r:v"); found && !f.sound {
			f.fps = rate(text)
		}
		if g.copyTimes { // -t and -to then count from the input's own beginning
			f.end = min(f.end, limit(out))
			f.start, f.end = 0, f.end-f.start
		} else {
			f.end = trim(f.end, out.options)
			f.start = min(max(0, f.start-trimmed(out)), max(0, f.end))
		}
		if !f.sound && frames > 0 {
			at := f.start + frames/f.fps
			if math.IsNaN(at) && frames == 1 {
				at = f.start + 1.0/stillRate
			}
			if math.IsNaN(f.end) || math.IsNaN(at) || at < f.end {
				f.end = at
			}
			end = min(end, f.end)
		}
		if shortest && !math.IsNaN(f.end) {
			end = min(end, f.end)
		}
	}
	for i := range flows {
		if flows[i].end > end || math.IsNaN(end) {
			flows[i].end = end
		}
	}
	return flows
}

// trimmed is how much -ss cuts off an output's beginning.
func trimmed(out part) float64 {
	text, _ := out.last("-ss")
	at, _ := Seconds(text)
	return at
}

// limit is where -t or -to ends an output.
func limit(out part) float64 {
	for _, name := range []string{"-t", "-to"} {
		text, _ := out.last(name)
		if at, ok := Seconds(text); ok {
			return at
		}
	}
	return endless
}

// media is the file as a later command will find it, where its length is known.
func (w written) media() job.Media {
	m := job.Media{Duration: w.end - w.from}
	for _, f := range w.flows {
		m.HasAudio = m.HasAudio || f.sound
		m.HasVideo = m.HasVideo || !f.sound
		if !f.sound && f.fps > 0 {
			m.FPS = f.fps
		}
	}
	return m
}
