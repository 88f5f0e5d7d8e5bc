package command

import (
	"math"
	"slices"
	"strings"
)

// retime is the filters that change the times of one stream.
func (f filter) retime(s flow) flow {
	switch f.name {
	case "trim", "atrim":
		return f.trim(s)
	case "setpts", "asetpts":
		return f.setpts(s)
	case "atempo", "rubberband":
		tempo := f.number("tempo", 1)
		s.start, s.end = s.start/tempo, s.end/tempo
	case "fps", "framerate", "minterpolate":
		s.fps = f.rate("fps", s.fps)
	case "framestep":
		s.fps /= f.number("step", 1)
	case "thumbnail":
		s.fps /= f.number("n", 100)
	case "tile":
		s.fps /= product(f.value("layout"), 30)
	case "zoompan":
		fps := f.rate("fps", stillRate)
		s.end, s.fps = s.start+s.seconds()*s.fps*f.number("d", 90)/fps, fps
	case "loop", "aloop":
		return f.loop(s)
	case "tpad", "apad", "adelay":
		s.end += f.padding(s)
	case "aresample":
		s.fps = f.number("sample_rate", s.fps)
	case "asetrate":
		next := f.number("sample_rate", math.NaN())
		s.start, s.end, s.fps = s.start*s.fps/next, s.end*s.fps/next, next
	case "showwaves", "showspectrum", "showcqt", "showvolume", "avectorscope":
		s.fps = f.rate("rate", s.fps)
	}
	if slices.Contains(picking, f.name) {
		return f.pick(s)
	}
	return s
}

// trim keeps the times: what is left of a clip's end does not begin at 0 before a setpts.
func (f filter) trim(s flow) flow {
	start, end := f.time("start", 0), f.time("end", endless)
	for _, unit := range []string{"frame", "sample"} {
		if f.value("start_"+unit) != "" {
			start = f.number("start_"+unit, 0) / s.fps
		}
		if f.value("end_"+unit) != "" {
			end = f.number("end_"+unit, 0) / s.fps
		}
	}
	s.start = max(s.start, start)
	end = min(end, s.start+f.time("duration", endless))
	if math.IsNaN(s.end) && !math.IsInf(end, 0) {
		s.end = end
	}
	s.end = max(min(s.end, end), s.start)
	return s
}

// setpts works the expression out for the first and the last picture. A tick (1/TB) is taken to be a second, so that
// times in expressions come out as what they are.
func (f filter) setpts(s flow) flow {
	at := func(pts, n float64) float64 {
		return evaluate(f.value("expr"), map[string]float64{
			"PTS": pts, "STARTPTS": s.start, "T": pts, "STARTT": s.start, "TB": 1, "N": n, "FRAME_RATE": s.fps, "FR": s.fps, "SR": s.fps, "SAMPLE_RATE": s.fps,
		})
	}
	if math.IsInf(s.end, 1) {
		return s
	}
	old := s.seconds()
	s.start, s.end = at(s.start, 0), at(s.end, old*s.fps)
	if s.fps *= old / s.seconds(); math.IsInf(s.fps, 0) {
		s.fps = math.NaN()
	}
	return s
}

// loop repeats the first pictures: loop=2:size=25 adds twice that many.
func (f filter) loop(s flow) flow {
	times, size := f.number("loop", 0), f.number("size", 0)
	switch {
	case times == 0 || size == 0:
	case times < 0:
		s.end = endless
	default:
		s.end += times * min(size/s.fps, s.seconds())
	}
	return s
}

// padding is how many seconds the filter adds.
func (f filter) padding(s flow) float64 {
	switch f.name {
	case "adelay":
		first, _, _ := strings.Cut(f.value("delays"), "|")
		if seconds, found := strings.CutSuffix(first, "s"); found {
			return number(seconds)
		}
		return number(first) / 1000
	case "apad":
		if f.value("whole_dur") != "" {
			return max(0, f.time("whole_dur", 0)-s.end)
		}
		return f.time("pad_dur", endless)
	}
	if f.number("stop", 0) < 0 {
		return endless
	}
	return f.time("start_duration", 0) + f.time("stop_duration", 0) + (f.number("start", 0)+f.number("stop", 0))/s.fps
}

// pick is the filters that leave something out. The times of the rest stay, so where pictures are left out all along
// (every tenth, scene changes, key frames) only their number is unknown; else also where the last one is.
func (f filter) pick(s flow) flow {
	s.fps = math.NaN()
	if f.name == "mpdecimate" || f.name == "dedot" {
		return s
	}
	expr := f.value("expr")
	all := strings.Contains(expr, "mod(") || strings.Contains(expr, "scene") || strings.Contains(expr, "pict_type") || strings.Contains(expr, "key")
	windowed := slices.ContainsFunc([]string{"between", "gt", "lt"}, func(word string) bool {
		return strings.Contains(strings.ReplaceAll(expr, "gt(scene", ""), word)
	})
	if !all || windowed {
		s.end = math.NaN()
	}
	return s
}

// rate is an option that is a frame rate; without it, otherwise.
func (f filter) rate(name string, otherwise float64) float64 {
	text := f.value(name)
	if text == "" {
		return otherwise
	}
	return rate(text)
}

// product reads a size like 4x3.
func product(text string, otherwise float64) float64 {
	if text == "" {
		return otherwise
	}
	a, b, _ := strings.Cut(text, "x")
	return number(a) * number(b)
}
