package transcodes

import (
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Lengths in bytes of what is kept of a caller's file name.
const (
	maxStem      = 80
	maxExtension = 10
)

// serverName is the form of every name that ServerName makes.
var serverName = regexp.MustCompile(`^[0-9]{1,19}-[A-Za-z0-9][A-Za-z0-9._-]{0,180}$`)

// ServerName is the name under which an upload is kept: the time in milliseconds, random (letters and digits, against
// two uploads in one millisecond), and what is left of the original in A-Z, a-z, 0-9, ".", "_" and "-".
// It holds no path, no leading dot and no "..", whatever the original was.
func ServerName(original string, now time.Time, random string) string {
	name := strconv.FormatInt(now.UnixMilli(), 10) + "-"
	if random != "" {
		name += random + "-"
	}
	return name + PlainName(original)
}

// IsServerName reports whether ServerName can have made the name. Any other cannot be in the bucket.
func IsServerName(name string) bool {
	return serverName.MatchString(name) && !strings.Contains(name, "..")
}

// PlainName is what is left of a file name in A-Z, a-z, 0-9, ".", "_" and "-"; where that is nothing, "file". It holds no
// path, no leading dot and no "..". The extension survives the cut of a long one.
func PlainName(original string) string {
	base := original[strings.LastIndexAny(original, `/\`)+1:]
	stem, extension := base, ""
	if i := strings.LastIndexByte(base, '.'); i >= 0 {
		stem, extension = base[:i], plain(base[i+1:], maxExtension)
	}
	stem = strings.Trim(collapse(stem), "._-")
	if len(stem) > maxStem {
		stem = strings.TrimRight(stem[:maxStem], "._-")
	}
	if stem == "" {
		stem = "file"
	}
	if extension == "" {
		return stem
	}
	return stem + "." + extension
}

// collapse keeps plain characters; a run of others, or of dots, becomes one "_" or one dot.
func collapse(s string) string {
	var b strings.Builder
	last := rune(-1)
	for _, c := range s {
		if !isPlain(c) && c != '.' && c != '-' {
			c = '_'
		}
		if c == last && (c == '_' || c == '.') {
			continue
		}
		b.WriteRune(c)
		last = c
	}
	return b.String()
}

// inputName is the name of input number i in the job's folder. The caller's extension is kept because ffmpeg looks at it.
func inputName(i int, urlPath string) string {
	name := strconv.Itoa(i)
	if extension := plain(strings.ToLower(path.Ext(urlPath)), maxExtension); extension != "" {
		name += "." + extension
	}
	return name
}

// plain is the first letters and digits of s, at most n of them.
func plain(s string, n int) string {
	kept := strings.Map(func(c rune) rune {
		if isPlain(c) {
			return c
		}
		return -1
	}, s)
	return kept[:min(n, len(kept))]
}

func isPlain(c rune) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}
