package ffmpeg

import (
	"path/filepath"
	"strings"
)

const lineRunes = 500 // of a line that is shown

// last20 is the end of stderr as it is shown.
func last20(lines []string, dir string) []string {
	lines = lines[max(0, len(lines)-tailLines):]
	shown, dirs := make([]string, len(lines)), aliases(dir)
	for i, line := range lines {
		text, _ := level(line)
		shown[i] = tidy(text, dirs...)
	}
	return shown
}

var (
	address = pattern(` @ 0x[0-9a-fA-F]+\]`) // "[libx264 @ 0x55917a337f00]"
	control = pattern(`[\x00-\x1f\x7f]+`)

	// urlQuery is a URL's query, or that of a name in a playlist, also where they are percent-encoded once or more.
	urlQuery  = pattern(`(?i)([a-z][a-z0-9+.-]*(?:://|%(?:25)*3a%(?:25)*2f)[^\s?'"]*?)(?:\?|%(?:25)*3f)[^\s'"]*`)
	nameQuery = pattern(`(?i)\?[^\s'"?=&]+=[^\s'"]*`)
	userInfo  = pattern(`(?i)([a-z][a-z0-9+.-]*://)[^\s/@'"]+@`)

	// absolutePath can only be a host's: a word that begins with a slash, in any of ffmpeg's quotes. encodedPath is one that
	// is percent-encoded.
	absolutePath = pattern(`(^|[\s'"=:,;|(\[])(?:file:)?/(?:[\w.+@%~-]+/)*([\w.+@%~-]+)`)
	encodedPath  = pattern(`(?i)(^|[\s'"=:,;|(\[])(?:%(?:25)*2f)(?:[\w.+@~-]+%(?:25)*2f)*([\w.+@~-]+)`)
)

// aliases are the paths of a folder: its own, and before it the one behind links (macOS: /tmp is a link to /private/tmp).
func aliases(dir string) []string {
	if target, err := filepath.EvalSymlinks(dir); err == nil && target != dir {
		return []string{target, dir}
	}
	return []string{dir}
}

// tidy makes a line fit to show: without our folders (see aliases), the queries of URLs (they may be signatures), addresses in memory,
// or anything that is not text.
func tidy(line string, dirs ...string) string {
	line = strings.ToValidUTF8(line, "\uFFFD")
	for _, dir := range dirs {
		line = withoutDir(line, dir)
	}
	line = urlQuery().ReplaceAllString(line, "$1")
	line = nameQuery().ReplaceAllString(line, "")
	line = userInfo().ReplaceAllString(line, "$1")
	line = absolutePath().ReplaceAllString(line, "$1$2")
	line = encodedPath().ReplaceAllString(line, "$1$2")
	line = address().ReplaceAllString(line, "]")
	line = strings.TrimSpace(control().ReplaceAllString(line, " "))
	if runes := []rune(line); len(runes) > lineRunes {
		line = string(runes[:lineRunes]) + "…"
	}
	return line
}

// withoutDir makes names in dir relative to it, and in the two folders above, which are ours too. One right below the
// root is not: its name says nothing, and "/" would take away more than a folder.
func withoutDir(line, dir string) string {
	for range 3 {
		if len(dir) < 2 {
			break
		}
		line = strings.ReplaceAll(strings.ReplaceAll(line, dir+"/", ""), dir, ".")
		if dir = filepath.Dir(dir); strings.Count(dir, "/") < 2 {
			break
		}
	}
	return line
}
