package overlay

import (
	"fmt"
	"slices"
	"strings"
)

// audioFormats are the output formats without a picture.
var audioFormats = strings.Fields("mp3 m4a aac wav ogg opus flac")

// Conflict says why no text can be drawn into an output of that format with those other options, pairs of name and argument;
// nil: it can, as far as can be told before the inputs are known.
func Conflict(format string, options [][2]string) error {
	if f := strings.ToLower(format); slices.Contains(audioFormats, f) {
		return fmt.Errorf("a text overlay needs a picture to be drawn on, and %s holds sound only", f)
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
