package overlay

import (
	"fmt"
	"strings"
)

// Conflict says why no text can be drawn into an output of that format, which holds a picture or not, with those other
// options, pairs of name and argument; nil: it can, as far as can be told before the inputs are known.
func Conflict(format string, picture bool, options [][2]string) error {
	if !picture {
		return fmt.Errorf("a text overlay needs a picture to be drawn on, and %s holds sound only", strings.ToLower(format))
	}
	for _, o := range options {
		name, arg := o[0], strings.ToLower(o[1])
		switch name {
		case "-vn":
			return fmt.Errorf("a text overlay needs a picture to be drawn on, and -vn leaves it out")
		case "-c", "-codec", "-c:v", "-codec:v", "-vcodec", "-c:v:0", "-codec:v:0", "-c:0", "-codec:0":
			if arg == "copy" {
				return fmt.Errorf("a text overlay cannot be drawn into a copied stream: leave out %s copy, or name an encoder", name)
			}
		}
	}
	return nil
}
