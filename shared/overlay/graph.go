package overlay

import (
	"errors"
	"slices"
	"strconv"
	"strings"
)

// Append puts a chain behind the one video output of a filter graph: behind a filter at whose end nothing is written,
// or between one and the label that names its output, which then names the chain's. An error is a text for
// the caller, who has several such outputs or none. A -vf is such a graph, too.
func Append(graph, chain string) (string, error) {
	ends, err := videoEnds(graph)
	switch {
	case err != nil:
		return "", err
	case len(ends) == 0:
		return "", errors.New("the text overlay cannot be drawn: the filters have no video output; let one filter end in a picture")
	case len(ends) > 1:
		return "", errors.New("the text overlay cannot be drawn: the filters have more than one video output; leave only one, or write drawtext into them")
	}
	const behind = "[_text]"
	switch e := ends[0]; {
	case e.label != "":
		return graph[:e.from] + behind + graph[e.to:] + ";" + behind + chain + "[" + e.label + "]", nil
	case e.several: // a comma would hand all of them on
		return graph[:e.from] + behind + graph[e.to:] + ";" + behind + chain, nil
	default:
		return graph[:e.from] + "," + chain + graph[e.to:], nil
	}
}

// end is an output of a graph that no filter of it reads: the place of its label, or where a chain ends without one.
type end struct {
	label    string
	from, to int
	several  bool // the filter has other outputs, too
}

// step is one filter of a graph, with the labels before and behind it.
type step struct {
	name    string
	args    string
	inputs  []end
	outputs []end
	last    bool // of its chain
	to      int  // where it ends
}

// videoEnds are the outputs of a graph that hold a picture.
func videoEnds(graph string) ([]end, error) {
	steps, err := stepsOf(graph)
	if err != nil {
		return nil, err
	}
	var read []string
	for _, s := range steps {
		for _, in := range s.inputs {
			read = append(read, in.label)
		}
	}
	var ends []end
	for _, s := range steps {
		for i, out := range s.outputs {
			if s.shows(i) && !slices.Contains(read, out.label) {
				ends = append(ends, out)
			}
		}
		if s.last && len(s.outputs) == 0 && !s.sinks() && s.shows(0) {
			ends = append(ends, end{from: s.to, to: s.to, several: s.name == "concat"})
		}
	}
	return ends, nil
}

// stepsOf reads a graph, as far as its filters and labels go. Brackets within quotes or behind a backslash are text.
func stepsOf(graph string) ([]step, error) {
	broken := errors.New("the filters end within quotes, a label or a backslash: close what was opened")
	var steps []step
	var s step
	start := -1 // where the filter's name begins
	finish := func(at int, last bool) {
		if start < 0 && len(s.inputs) == 0 {
			return
		}
		if start >= 0 {
			s.name, s.args, _ = strings.Cut(strings.TrimSpace(cutLabels(graph[start:at])), "=")
			s.name, _, _ = strings.Cut(strings.TrimSpace(s.name), "@")
		}
		s.last, s.to = last, at
		steps = append(steps, s)
		s, start = step{}, -1
	}
	i := 0
	if flags, _, ok := strings.Cut(graph, ";"); ok && strings.HasPrefix(flags, "sws_flags=") {
		i = len(flags) + 1
	}
	for ; i < len(graph); i++ {
		switch c := graph[i]; c {
		case '[':
			n := strings.IndexByte(graph[i:], ']')
			if n < 0 {
				return nil, broken
			}
			l := end{label: strings.TrimSpace(graph[i+1 : i+n]), from: i, to: i + n + 1}
			if start < 0 {
				s.inputs = append(s.inputs, l)
			} else {
				s.outputs = append(s.outputs, l)
			}
			i += n
		case ',', ';':
			finish(i, c == ';')
		case ' ', '\t', '\n', '\r':
		default:
			if start < 0 {
				start = i
			}
			switch n := strings.IndexByte(graph[i+1:], '\''); {
			case c == '\\' && i+1 == len(graph), c == '\'' && n < 0:
				return nil, broken
			case c == '\\':
				i++
			case c == '\'':
				i += n + 1
			}
		}
	}
	finish(len(graph), true)
	return steps, nil
}

// cutLabels drops the labels at the end of a filter.
func cutLabels(filter string) string {
	for {
		filter = strings.TrimRight(filter, " \t\r\n")
		open := strings.LastIndexByte(filter, '[')
		if open < 0 || !strings.HasSuffix(filter, "]") {
			return filter
		}
		filter = filter[:open]
	}
}

// Filters are told apart by their names: ffmpeg's for sound begin with an a, but for these.
var (
	soundToo = strings.Fields(`
		bandpass bandreject bass biquad bs2b channelmap channelsplit chorus compand compensationdelay crossfeed crystalizer dcshift deesser
		dialoguenhance drmeter dynaudnorm earwax ebur128 equalizer extrastereo firequalizer flanger flite haas hdcd headphone highpass
		highshelf hilbert join loudnorm lowpass lowshelf mcompand pan replaygain rubberband sidechaincompress sidechaingate
		silencedetect silenceremove sinc sine sofalizer spectrumsynth speechnorm stereotools stereowiden superequalizer surround tiltshelf treble
		tremolo vibrato virtualbass volume volumedetect whisper`)
	pictureToo = strings.Fields(`
		a3dscope abitscope addroi adrawgraph agraphmonitor ahistogram allrgb allyuv alphaextract alphamerge amplify aphasemeter ass atadenoise
		avectorscope avgblur`)
)

// shows reports whether the filter's nth output, from 0, is a picture.
func (s step) shows(n int) bool {
	switch {
	case s.name == "concat": // its pictures come first, then its sounds, once each for as many as there are
		return n < s.pictures()
	case slices.Contains(pictureToo, s.name):
		return true
	}
	return s.name != "" && s.name[0] != 'a' && !slices.Contains(soundToo, s.name)
}

// pictures is how many pictures a concat puts out: its option v, which may also stand second and without its name.
func (s step) pictures() int {
	for i, arg := range strings.Split(s.args, ":") {
		key, value, named := strings.Cut(strings.TrimSpace(arg), "=")
		if !named && i == 1 {
			key, value = "v", key
		}
		if n, err := strconv.Atoi(value); err == nil && key == "v" {
			return n
		}
	}
	return 1
}

// sinks reports whether the filter has no output at all.
func (s step) sinks() bool { return strings.HasSuffix(s.name, "nullsink") }
