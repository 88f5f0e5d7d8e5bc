package overlay

import (
	"regexp"
	"slices"
	"strings"
)

// colors are ffmpeg's names (ffmpeg-utils(1), "Color"), the same in versions 4 to 8, in lower case.
var colors = strings.Fields(`
	aliceblue antiquewhite aqua aquamarine azure beige bisque black blanchedalmond blue blueviolet brown burlywood cadetblue
	chartreuse chocolate coral cornflowerblue cornsilk crimson cyan darkblue darkcyan darkgoldenrod darkgray darkgreen
	darkkhaki darkmagenta darkolivegreen darkorange darkorchid darkred darksalmon darkseagreen darkslateblue darkslategray
	darkturquoise darkviolet deeppink deepskyblue dimgray dodgerblue firebrick floralwhite forestgreen fuchsia gainsboro
	ghostwhite gold goldenrod gray green greenyellow honeydew hotpink indianred indigo ivory khaki lavender lavenderblush
	lawngreen lemonchiffon lightblue lightcoral lightcyan lightgoldenrodyellow lightgreen lightgrey lightpink lightsalmon
	lightseagreen lightskyblue lightslategray lightsteelblue lightyellow lime limegreen linen magenta maroon
	mediumaquamarine mediumblue mediumorchid mediumpurple mediumseagreen mediumslateblue mediumspringgreen mediumturquoise
	mediumvioletred midnightblue mintcream mistyrose moccasin navajowhite navy oldlace olive olivedrab orange orangered
	orchid palegoldenrod palegreen paleturquoise palevioletred papayawhip peachpuff peru pink plum powderblue purple red
	rosybrown royalblue saddlebrown salmon sandybrown seagreen seashell sienna silver skyblue slateblue slategray snow
	springgreen steelblue tan teal thistle tomato turquoise violet wheat white whitesmoke yellow yellowgreen`)

// colorForm is a name or the digits of a colour, and how much of it there is: 0 to 1, or 0x00 to 0xff.
var colorForm = regexp.MustCompile(`^(?:([a-z]+)|(?:#|0x)?([0-9a-f]{3}|[0-9a-f]{6}|[0-9a-f]{8}))(@(?:0|1|0?\.\d{1,6}|[01]\.\d{0,6}|0x[0-9a-f]{2}))?$`)

// checkColor returns the colour as ffmpeg reads it; #rgb, which it does not know, is written out.
func checkColor(s string) (kept, allowed string) {
	const want = `a colour that ffmpeg knows, such as "white", "#FFCC00", "0xFFCC0080" or "black@0.5"`
	m := colorForm.FindStringSubmatch(strings.ToLower(strings.TrimSpace(s)))
	if m == nil {
		return "", want
	}
	name, digits, alpha := m[1], m[2], m[3]
	if len(alpha) > 1 && alpha[1] == '1' && strings.Trim(alpha[2:], ".0") != "" {
		return "", want // more than all of it
	}
	if name != "" {
		name = strings.Replace(name, "grey", "gray", 1)
		if name == "lightgray" {
			name = "lightgrey" // the one that ffmpeg spells so
		}
		if !slices.Contains(colors, name) {
			return "", want
		}
		return name + alpha, ""
	}
	if len(digits) == 3 {
		digits = string([]byte{digits[0], digits[0], digits[1], digits[1], digits[2], digits[2]})
	}
	return "#" + digits + alpha, ""
}
