package ffmpeg

import (
	"regexp"
	"slices"
	"strings"
)

// link is a label of a filter graph: what a filter reads or writes.
type link struct {
	name   string
	output bool
}

// streams are labels that name streams of an input, like 0:v or 1:a:0.
var (
	soundStream   = regexp.MustCompile(`^\d+:a\b`)
	pictureStream = regexp.MustCompile(`^\d+(:[vV]\b|$)`)
)

// outputsOf is what to map of a filter graph where the caller mapped nothing: its labelled outputs that no other filter reads.
// ffmpeg then selects no stream by itself any more. So where the output can hold both, and the graph reads only the picture
// or only the sound of its inputs, the other one comes along from the first input, as it would without labels.
// Nil for a graph without such labels: ffmpeg maps its outputs unasked.
func outputsOf(graph string, both bool) []string {
	links := linksOf(graph)
	var maps []string
	for _, l := range links {
		if l.output && !slices.Contains(links, link{name: l.name}) {
			maps = append(maps, "["+l.name+"]")
		}
	}
	if maps == nil || !both {
		return maps
	}
	reads := func(kind *regexp.Regexp) bool {
		return slices.ContainsFunc(links, func(l link) bool { return !l.output && kind.MatchString(l.name) })
	}
	switch picture, sound := reads(pictureStream), reads(soundStream); {
	case picture && !sound:
		maps = append(maps, "0:a:0?")
	case sound && !picture:
		maps = append(maps, "0:V:0?")
	}
	return maps
}

// linksOf reads the labels of a filter graph: those before a filter's name are its inputs, those behind its arguments
// its outputs. Brackets within quotes or behind a backslash are text.
func linksOf(graph string) []link {
	var links []link
	output := false // whether the filter's name has been passed
	for i := 0; i < len(graph); i++ {
		switch c := graph[i]; c {
		case '[':
			end := strings.IndexByte(graph[i:], ']')
			if end < 0 {
				return links
			}
			links = append(links, link{name: strings.TrimSpace(graph[i+1 : i+end]), output: output})
			i += end
		case ',', ';':
			output = false
		case '\\':
			i++
		case '\'':
			end := strings.IndexByte(graph[i+1:], '\'')
			if end < 0 {
				return links
			}
			i += end + 1
			output = true
		case ' ', '\t', '\n', '\r':
		default:
			output = true
		}
	}
	return links
}
