package command

import "strings"

// Split cuts a line into words as a POSIX shell does, and does nothing else of a shell: no expansion, no globbing, no pipes.
//
// One rule is ffmpeg's friend and differs from a shell: outside quotes a backslash is dropped only before a blank,
// a quote or another backslash, so that eq(n\,0) keeps its own. Inside double quotes it is dropped only before
// a double quote or a backslash, inside single quotes never. Before a line end it is dropped together with it.
func Split(line string) ([]string, error) {
	var (
		words []string
		word  []byte
		begun bool // a word has begun; it may still be empty, as in ""
		quote byte // the quote that is open, or 0
		from  int  // where it was opened
	)
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case c == '\\' && quote != '\'':
			text, n := unescape(line[i+1:], quote)
			word = append(word, text...)
			begun = begun || text != ""
			i += n
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '\'' || c == '"'):
			quote, from, begun = c, i, true
		case quote == 0 && isBlank(c):
			if begun {
				words = append(words, string(word))
			}
			word, begun = nil, false
		default:
			word, begun = append(word, c), true
		}
	}
	if quote != 0 {
		return nil, &Refusal{Word: line[from:], Reason: "has a quote that is never closed", Hint: `close it, or write \` + string(quote) + " for the character itself"}
	}
	if begun {
		words = append(words, string(word))
	}
	return words, nil
}

// unescape returns what a backslash and the n bytes after it stand for.
func unescape(rest string, quote byte) (text string, n int) {
	switch {
	case strings.HasPrefix(rest, "\r\n"):
		return "", 2
	case rest == "":
		return `\`, 0
	case rest[0] == '\n' || rest[0] == '\r':
		return "", 1
	case rest[0] == '\\' || rest[0] == '"':
		return rest[:1], 1
	case quote == 0 && (rest[0] == '\'' || isBlank(rest[0])):
		return rest[:1], 1
	}
	return `\`, 0
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }
