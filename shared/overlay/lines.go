package overlay

import (
	"slices"
	"strings"
	"unicode"
)

// tab is what a tab becomes.
const tab = "    "

// paragraphs are the text's own lines, made fit to be drawn: control characters are blanks, what cannot be seen is left
// out, and no line begins or ends with a blank. Empty lines between others are kept. None: there is nothing to see.
func paragraphs(text string) []string {
	text = strings.NewReplacer("\r\n", "\n", "\t", tab).Replace(strings.ToValidUTF8(text, "\uFFFD"))
	lines := strings.Split(strings.Map(drawable, text), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimSpace(line)
	}
	seen := func(line string) bool { return strings.ContainsFunc(line, unicode.IsGraphic) }
	first := slices.IndexFunc(lines, seen)
	if first < 0 {
		return nil
	}
	for !seen(lines[len(lines)-1]) {
		lines = lines[:len(lines)-1]
	}
	return lines[first:]
}

// drawable is what is drawn for a character. drawtext up to version 6 would draw a box for one that only steers others.
func drawable(r rune) rune {
	switch {
	case strings.ContainsRune("\n\r\v\f\u0085\u2028\u2029", r):
		return '\n'
	case unicode.IsControl(r):
		return ' '
	case strings.ContainsRune("\u00AD\u200B\u2060\uFEFF", r), // soft hyphen, blanks of no width
		r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069, // embeddings: each line gets its own
		r >= 0xFE00 && r <= 0xFE0F, r >= 0xE0000 && r <= 0xE0FFF: // variation selectors, tags
		return -1
	}
	return r
}

// wrap breaks a line after at most width characters: at blanks, beside characters of East Asia, or else anywhere. What is
// written as several characters but read as one stays together. With wide, one of East Asia counts as two.
func wrap(line string, width int, wide bool) []string {
	parts := clusters(line)
	var lines []string
	for len(parts) > 0 {
		end := fit(parts, width, wide)
		if end < len(parts) {
			for i := end; i > 0; i-- {
				if parts[i] == " " || isWide(parts[i]) || isWide(parts[i-1]) {
					end = i
					break
				}
			}
		}
		lines = append(lines, strings.TrimSpace(strings.Join(parts[:end], "")))
		for parts = parts[end:]; len(parts) > 0 && parts[0] == " "; {
			parts = parts[1:]
		}
	}
	if lines == nil {
		return []string{""}
	}
	return lines
}

// fit is how many of the parts, at least one, a line of that width holds.
func fit(parts []string, width int, wide bool) int {
	for i, p := range parts {
		width--
		if wide && isWide(p) {
			width--
		}
		if width < 0 {
			return max(i, 1)
		}
	}
	return len(parts)
}

// clusters splits text into what is read as one character each: a letter with its marks, an emoji of several.
// It knows the common cases of UAX #29 (marks, joiners, skin tones, flags), not all.
func clusters(text string) []string {
	var parts []string
	var last rune
	flag := false // the last part is half a flag
	for _, r := range text {
		regional := r >= 0x1F1E6 && r <= 0x1F1FF
		joins := unicode.In(r, unicode.M) || r == joiner || r >= 0x1F3FB && r <= 0x1F3FF || last == joiner && r > 0x2000 || regional && flag
		if joins && len(parts) > 0 {
			parts[len(parts)-1] += string(r)
		} else {
			parts = append(parts, string(r))
		}
		flag = regional && !flag
		last = r
	}
	return parts
}

const joiner = '\u200D'

// isWide reports whether a part is a character of East Asia: a full square wide, with no blanks between words.
func isWide(part string) bool {
	for _, r := range part {
		return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) || r >= 0x3000 && r <= 0x303F || r >= 0xFF01 && r <= 0xFF60
	}
	return false
}

// rightToLeft reports whether a line reads from the right: whether its first letter does.
func rightToLeft(line string) bool {
	for _, r := range line {
		if unicode.IsLetter(r) {
			return unicode.In(r, unicode.Hebrew, unicode.Arabic, unicode.Syriac, unicode.Thaana, unicode.Nko, unicode.Adlam)
		}
	}
	return false
}
