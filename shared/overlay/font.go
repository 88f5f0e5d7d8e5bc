package overlay

import (
	"regexp"
	"strings"
	"unicode"
)

// fontName is a family, and perhaps a style: what stands for a file, a size or another pattern of fontconfig is not taken.
var fontName = regexp.MustCompile(`^[\pL\pN][\pL\pM\pN _.+&-]{0,99}(:(style=)?[A-Za-z][A-Za-z ]{0,39})?$`)

func checkFont(s string) (kept, allowed string) {
	if s = strings.TrimSpace(s); !fontName.MatchString(s) {
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
