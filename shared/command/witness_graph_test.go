package command

import "strings"

// The witness reads filter graphs a second time, character by character as libavutil's av_get_token and av_opt_get_key_value
// and libavfilter's graphparser are written, and knows nothing of how parseGraph does it.

// blanks are WHITESPACES of libavutil/avstring.c and libavfilter/graphparser.c.
const blanks = " \n\t\r"

// cursor is C's pointer into a string that ends in NUL.
type cursor struct {
	s string
	i int
}

func (c *cursor) at() byte {
	if c.i < len(c.s) {
		return c.s[c.i]
	}
	return 0
}

func (c *cursor) is(set string) bool { return c.at() != 0 && strings.IndexByte(set, c.at()) >= 0 }

func (c *cursor) skip(set string) {
	for c.is(set) {
		c.i++
	}
}

// avGetToken is av_get_token.
func (c *cursor) avGetToken(term string) string {
	var out []byte
	end := 0
	c.skip(blanks)
	for c.at() != 0 && !c.is(term) {
		char := c.at()
		c.i++
		switch {
		case char == '\\' && c.at() != 0:
			out = append(out, c.at())
			c.i++
			end = len(out)
		case char == '\'':
			for c.at() != 0 && c.at() != '\'' {
				out = append(out, c.at())
				c.i++
			}
			if c.at() != 0 {
				c.i++
				end = len(out)
			}
		default:
			out = append(out, char)
		}
	}
	for len(out) > end && strings.IndexByte(blanks, out[len(out)-1]) >= 0 {
		out = out[:len(out)-1]
	}
	return string(out)
}

// keyChar is is_key_char of libavutil/opt.c.
func keyChar(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b == '-' || b == '_' || b == '/' || b == '.'
}

// key is get_key: nothing is read where no key is written.
func (c *cursor) key() string {
	p := *c
	p.skip(blanks)
	from := p.i
	for keyChar(p.at()) {
		p.i++
	}
	key := p.s[from:p.i]
	p.skip(blanks)
	if p.at() != '=' {
		return ""
	}
	p.i++
	*c = p
	return key
}

// pairs is av_opt_set_from_string without its shorthands.
func pairs(args string) []filterOption {
	var list []filterOption
	for c := (cursor{s: args}); c.at() != 0; {
		key := c.key()
		list = append(list, filterOption{key, c.avGetToken(":")})
		if c.at() != 0 {
			c.i++
		}
	}
	return list
}

// labels is parse_inputs or parse_outputs: it reports false where a bracket is open.
func (c *cursor) labels() bool {
	for c.skip(blanks); c.at() == '['; c.skip(blanks) {
		c.i++
		c.avGetToken("]")
		if c.at() != ']' {
			return false
		}
		c.i++
	}
	return true
}

// witnessGraph is avfilter_graph_parse2: the filters up to where it gives up, and whether it read all.
func witnessGraph(graph string) (filters []filter, whole bool) {
	c := cursor{s: graph}
	c.skip(blanks)
	if strings.HasPrefix(c.s[c.i:], "sws_flags=") { // parse_sws_flags
		end := strings.IndexByte(c.s[c.i:], ';')
		if end < 0 {
			return nil, false
		}
		c.i += end + 1
	}
	for {
		if !c.labels() {
			return filters, false
		}
		f := filter{name: c.avGetToken("=,;[")}
		if c.at() == '=' {
			c.i++
			f.options = pairs(c.avGetToken("[],;"))
		}
		filters = append(filters, f)
		if !c.labels() {
			return filters, false
		}
		if !c.is(",;") {
			return filters, c.at() == 0
		}
		c.i++
	}
}
