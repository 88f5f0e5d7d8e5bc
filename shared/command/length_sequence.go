package command

import (
	"fmt"
	"math"
	"path"
	"strconv"
	"strings"

	"github.com/fflambda/fflambda/shared/job"
)

// sequence counts the pictures that fit a pattern, or takes an earlier command's word for them.
func (f files) sequence(in part) source {
	fps := pictureRate(in)
	count := 0.0
	if kind, _ := in.last("-pattern_type"); kind == "glob" {
		for _, p := range f.Paths {
			if ok, err := path.Match(in.word, p); ok && err == nil {
				count++
			}
		}
	} else {
		count = f.numbered(in)
	}
	if count == 0 {
		m := f.written[in.word]
		count = m.Duration * m.FPS
	}
	if count == 0 {
		count = math.NaN()
	}
	return source{flows: []flow{{end: count / fps, fps: fps}}}
}

// numbered counts the pictures up to the first number that is missing.
func (f files) numbered(in part) float64 {
	if len(verb.FindAllString(in.word, -1)) != 1 {
		return 0
	}
	there := make(map[string]bool, len(f.Paths))
	for _, p := range f.Paths {
		there[p] = true
	}
	first := 0
	if text, found := in.last("-start_number"); found {
		first, _ = strconv.Atoi(text)
	}
	for range startsTried {
		if there[fmt.Sprintf(in.word, first)] {
			break
		}
		first++
	}
	n := first
	for there[fmt.Sprintf(in.word, n)] {
		n++
	}
	return float64(n - first)
}

// list adds up the entries of a concat list (ffmpeg-formats(1), "concat").
func (f files) list(name string) source {
	text, ok := f.Lists[name]
	if !ok {
		return source{flows: unknownFlows()}
	}
	var s source
	var lengths []float64
	begun, still := 0.0, false // of the last entry: its inpoint, and whether it is a picture
	for row := range strings.Lines(text) {
		directive, argument, _ := strings.Cut(strings.TrimSpace(row), " ")
		argument, _ = token(argument, "")
		at, isTime := Seconds(argument)
		last := len(lengths) - 1
		switch {
		case directive == "file":
			m, _ := f.media(path.Join(path.Dir(name), argument))
			if len(s.flows) == 0 {
				s = sourceOf(m)
			}
			lengths, begun, still = append(lengths, length(m)), 0, isStill(m)
		case last < 0 || !isTime:
		case directive == "duration":
			lengths[last] = at
		case directive == "inpoint":
			lengths[last], begun = lengths[last]-at, at
		case directive == "outpoint":
			lengths[last] = at - begun
		}
	}
	if last := len(lengths) - 1; last >= 0 && still {
		lengths[last] = 1.0 / stillRate // whatever its duration is said to be, ffmpeg shows the last picture for a moment
	}
	total := 0.0
	for _, seconds := range lengths {
		total += seconds
	}
	for i := range s.flows {
		s.flows[i].end = total
	}
	return s
}

// length is a file's length, NaN where it is not known.
func length(m job.Media) float64 {
	switch {
	case m.Duration > 0:
		return m.Duration
	case isStill(m):
		return 1.0 / stillRate
	}
	return math.NaN()
}
