package ffmpeg

import "strings"

// tailSize is how much of stderr is kept: enough for what matters at the end, bounded whatever ffmpeg writes.
const tailSize = 64 << 10

// tail is a writer that keeps the last bytes. The zero value is ready. Not for concurrent use.
type tail struct {
	ring    []byte
	next    int  // where the next byte goes, tailSize for the beginning
	wrapped bool // older bytes were overwritten
}

// Write never fails.
func (t *tail) Write(p []byte) (int, error) {
	if t.ring == nil {
		t.ring = make([]byte, tailSize)
	}
	n := len(p)
	if len(p) > tailSize {
		p, t.wrapped = p[len(p)-tailSize:], true
	}
	for len(p) > 0 {
		if t.next == tailSize {
			t.next, t.wrapped = 0, true
		}
		k := copy(t.ring[t.next:], p)
		p = p[k:]
		t.next += k
	}
	return n, nil
}

// Lines is what is kept, split at \n and \r alike, without empty lines and without a first line that lost its beginning.
func (t *tail) Lines() []string {
	text := string(t.ring[:t.next])
	if t.wrapped {
		text = string(t.ring[t.next:]) + text
		if i := strings.IndexAny(text, "\r\n"); i >= 0 {
			text = text[i:]
		}
	}
	return strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' })
}
