package overlay

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// fontName is a family, and perhaps a style: what stands for a file, a size or another pattern of fontconfig is not taken.
// The family's length is not in it: a hundred copies of these classes take a millisecond of each start.
var fontName = regexp.MustCompile(`^([\pL\pN][\pL\pM\pN _.+&-]*)(:(style=)?[A-Za-z][A-Za-z ]{0,39})?$`)

const maxFamily = 100 // characters

func checkFont(s string) (kept, allowed string) {
	s = strings.TrimSpace(s)
	if m := fontName.FindStringSubmatch(s); m == nil || utf8.RuneCountInString(m[1]) > maxFamily {
		return "", `the name of a font family, such as "DejaVu Sans" or "DejaVu Sans:style=Bold"`
	}
	return s, ""
}

// fontOption names a font. drawtext's font takes a family alone; a pattern goes where it looks for a file first.
func fontOption(name string) string {
	family, style, ok := strings.Cut(name, ":")
	if !ok {
		return "font='" + name + "'"
	}
	return "fontfile='" + strings.ReplaceAll(family, "-", `\\-`) + `\:` + style + "'"
}

// language makes a font a pattern that asks for the letters of a text which common fonts lack; "" for all other texts.
// drawtext draws a text in one font and takes no letter from another.
func language(text string) string {
	for _, r := range text {
		switch {
		case r < 0x0900: // Latin, Greek, Cyrillic, Hebrew, Arabic …
		case unicode.Is(unicode.Devanagari, r):
			return ":lang=hi"
		case unicode.Is(unicode.Bengali, r):
			return ":lang=bn"
		case unicode.Is(unicode.Tamil, r):
			return ":lang=ta"
		case unicode.Is(unicode.Thai, r):
			return ":lang=th"
		case unicode.In(r, unicode.Hiragana, unicode.Katakana):
			return ":lang=ja"
		case unicode.Is(unicode.Hangul, r):
			return ":lang=ko"
		case unicode.Is(unicode.Han, r):
			if strings.ContainsFunc(text, func(r rune) bool { return unicode.In(r, unicode.Hiragana, unicode.Katakana) }) {
				return ":lang=ja"
			}
			return ":lang=zh-cn"
		}
	}
	return ""
}
