package overlay

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// What a style is where it says nothing.
const (
	defaultFont        = "Sans" // what drawtext takes by itself
	defaultFontSize    = 48
	defaultLineSpacing = 10
	defaultFontColor   = "white"
	defaultBoxBorder   = 20
	defaultMargin      = 20
	defaultOutline     = 2 // where only its colour is given
	defaultOutlineInk  = "black"
)

// parseStyle reads a style. One that is missing or null is all defaults.
func parseStyle(raw json.RawMessage) (Style, error) {
	var f fields
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &f); err != nil {
			return Style{}, fmt.Errorf(`style must be an object, such as {"fontSize": 48, "fontColor": "white"}`)
		}
	}
	var s Style
	for _, n := range []struct {
		name     string
		min, max int
		set      func(n int)
	}{
		{"charsPerLine", 5, 100, func(n int) { s.CharsPerLine = n }},
		{"fontSize", 12, 200, func(n int) { s.FontSize = n }},
		{"lineSpacing", 0, 100, func(n int) { s.LineSpacing = &n }},
		{"boxBorderW", 0, 100, func(n int) { s.BoxBorderW = &n }},
		{"margin", 0, 2000, func(n int) { s.Margin = &n }},
		{"outlineThickness", 0, 50, func(n int) { s.OutlineThickness = n }},
	} {
		v, ok := number(f[n.name])
		switch {
		case blank(f[n.name]):
		case !ok || v < float64(n.min) || v > float64(n.max):
			return Style{}, fmt.Errorf("style.%s must be a number from %d to %d", n.name, n.min, n.max)
		default:
			n.set(int(math.Round(v)))
		}
	}
	for _, w := range []struct {
		name  string
		to    *string
		check func(string) (kept string, allowed string)
	}{
		{"font", &s.Font, checkFont},
		{"fontColor", &s.FontColor, checkColor},
		{"outlineColor", &s.OutlineColor, checkColor},
		{"position", &s.Position, checkPosition},
		{"x", &s.X, checkPlace},
		{"y", &s.Y, checkPlace},
	} {
		if blank(f[w.name]) {
			continue
		}
		kept, allowed := w.check(word(f[w.name]))
		if allowed != "" {
			return Style{}, fmt.Errorf("style.%s must be %s", w.name, allowed)
		}
		*w.to = kept
	}
	return s, nil
}

// blank reports whether a member says nothing: missing, null or "". Forms that were not filled in send those.
func blank(raw json.RawMessage) bool {
	return len(raw) == 0 || string(raw) == "null" || string(raw) == `""`
}

// number reads a number, or a string that holds one, perhaps with the unit of all sizes: "48px".
func number(raw json.RawMessage) (float64, bool) {
	text := strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(word(raw)), "px"))
	if !decimal.MatchString(text) {
		return 0, false
	}
	v, err := strconv.ParseFloat(text, 64)
	return v, err == nil
}

// decimal is JSON's numbers without an exponent of more than two digits, so that none is infinite.
var decimal = regexp.MustCompile(`^[+-]?(\d{1,15}(\.\d{0,15})?|\.\d{1,15})([eE][+-]?\d{1,2})?$`)

// word is a string's text, or the JSON of anything else.
func word(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	return string(raw)
}
