package transcodes

import (
	"cmp"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"

	"github.com/fflambda/fflambda/shared/command"
)

// place is where an option may stand: before an -i, before the output's name, or both.
type place uint8

const (
	inInput  place = 1 << iota // inputs[].options
	inOutput                   // options
)

// family is a group of ffmpeg's options that may be used, sorted, without dashes and stream specifiers.
type family struct {
	title string // for people
	where place
	names []string
}

// allowed are all options that may be used. An option that is neither here nor refused by name is one that no build of ffmpeg
// has which we know, or one of a codec, format or device that this API does not serve.
var allowed = slices.Concat(program, anyCodec, oneCodec, formats)

// placeOf says where an option may stand; 0: nowhere. name has no dash and no stream specifier.
func placeOf(name string) place {
	if p := placeIn(allowed, name); p != 0 {
		return p
	}
	if rest, ok := strings.CutPrefix(name, "no"); ok && command.IsFlag("-"+name) {
		return placeIn(program, rest)
	}
	if name != "" && strings.IndexByte("vas", name[0]) >= 0 {
		return placeIn(anyCodec, name[1:])
	}
	return 0
}

func placeIn(families []family, name string) place {
	var p place
	for _, f := range families {
		if slices.Contains(f.names, name) {
			p |= f.where
		}
	}
	return p
}

// nearest is the allowed option that name may be a slip of: at most two letters are wrong, and fewer than half. "" where there is none.
// Of several the shortest wins, as it is the more common one.
func nearest(name string) string {
	const longest = 40 // bytes: no option's name is longer
	if len(name) > longest {
		return ""
	}
	name = strings.ToLower(name)
	type near struct {
		name string
		off  int
	}
	best := near{off: min(2, (len(name)-1)/2) + 1}
	for _, f := range allowed {
		for _, candidate := range f.names {
			n := near{candidate, levenshtein.ComputeDistance(name, candidate)}
			if c := cmp.Compare(n.off, best.off); c < 0 || c == 0 && best.name != "" && len(n.name) < len(best.name) {
				best = n
			}
		}
	}
	return best.name
}

// baseName is an option without its dash and its stream specifier: -metadata:s:v -> metadata.
func baseName(option string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(option, "-"), ":")
	return name
}
