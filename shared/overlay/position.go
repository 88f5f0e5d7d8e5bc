package overlay

import "strings"

// edge is where along one axis a text stands.
type edge int

const (
	unset edge = iota
	near       // left, top
	middle
	far // right, bottom
)

// place is what a position's words say. An axis that they leave out is unset.
type place struct{ across, down edge }

var placeWords = []struct {
	word  string
	place place
}{
	{"top", place{down: near}}, {"upper", place{down: near}}, {"bottom", place{down: far}}, {"lower", place{down: far}},
	{"left", place{across: near}}, {"right", place{across: far}},
	{"center", place{}}, {"centre", place{}}, {"middle", place{}}, {"mid", place{}}, // along whatever axis is left
}

// readPlace reads the words of a position: in any order and case, with hyphens, underscores, blanks or nothing between.
func readPlace(position string) (p place, ok bool) {
	rest := strings.ToLower(position)
	count := 0
	for {
		rest = strings.TrimLeft(rest, " -_,/")
		if rest == "" {
			return p.filled(), count > 0 && count <= 2
		}
		found := false
		for _, w := range placeWords {
			if after, is := strings.CutPrefix(rest, w.word); is {
				if w.place.across != unset && p.across != unset || w.place.down != unset && p.down != unset {
					return place{}, false
				}
				p.across, p.down = max(p.across, w.place.across), max(p.down, w.place.down)
				rest, found = after, true
				count++
				break
			}
		}
		if !found {
			return place{}, false
		}
	}
}

// filled is p with the middle where it says nothing.
func (p place) filled() place {
	if p.across == unset {
		p.across = middle
	}
	if p.down == unset {
		p.down = middle
	}
	return p
}

func checkPosition(s string) (kept, allowed string) {
	if _, ok := readPlace(s); !ok {
		return "", `one of top, center, bottom, left, right, or two of them, such as "bottom-right"`
	}
	return s, ""
}
