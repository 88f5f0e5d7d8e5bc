package command

import (
	"slices"
	"strings"
)

// checkGraph refuses a filter graph that could open something outside of the working folder.
// The values are judged as the filters get them, with both levels of quoting undone.
func checkGraph(graph string) error {
	filters, rest := parseGraph(graph)
	for _, f := range filters {
		name, _, _ := strings.Cut(f.name, "@")
		if r, ok := find(refusedFilters, name); ok {
			return &Refusal{Word: name, Reason: r.reason, Hint: r.hint}
		}
		if err := checkText(f.name); err != nil { // no filter is called so; a file would be
			return err
		}
		for i, o := range f.options {
			if err := checkFilterOption(name, o, i == 0); err != nil {
				return err
			}
		}
	}
	return checkText(rest)
}

func checkFilterOption(filter string, o filterOption, first bool) error {
	switch {
	case strings.HasPrefix(o.key, "/"): // ffmpeg 7: the value is a file's content
		return &Refusal{Word: o.key, Reason: "reads the option's value from a file", Hint: "write the value itself"}
	case filter == "drawtext" && o.key == "text":
		return nil
	case !isFileOption(filter, o.key, first):
		return checkText(o.value)
	case strings.HasPrefix(o.key, "font") && hasAbsolute(unquoted.Replace(o.value)):
		return &Refusal{Word: o.value, Reason: "is an absolute path", Hint: "add the font to input_files and write fontfile={{font.ttf}}, or name one: font=Sans"}
	}
	return checkFile(o.value)
}

// isFileOption reports whether a filter opens the option's value. Options without a key are known by their place.
func isFileOption(filter, key string, first bool) bool {
	for _, f := range fileFilters {
		if slices.Contains(f.filters, filter) && (slices.Contains(f.keys, key) || key == "" && first && f.first) {
			return true
		}
	}
	return slices.Contains(fileKeys, key)
}

// filter is one filter of a graph.
type filter struct {
	name    string // perhaps with an id: scale@big
	options []filterOption
}

// filterOption is one option of a filter. key is empty where only a value was written.
type filterOption struct{ key, value string }

// graphBlanks are the characters that the graph's syntax skips.
const graphBlanks = " \n\t\r"

// parseGraph reads a graph as libavfilter's graphparser does. rest is what it cannot read: ffmpeg will not take it either.
func parseGraph(graph string) (filters []filter, rest string) {
	graph = withoutFlags(graph)
	for {
		var f filter
		f, graph = nextFilter(skipLinks(graph))
		filters = append(filters, f)
		graph = skipLinks(graph)
		if graph == "" || graph[0] != ',' && graph[0] != ';' {
			return filters, graph
		}
		graph = graph[1:]
	}
}

// withoutFlags drops the scaler's flags that a graph may begin with. They are read without quoting.
func withoutFlags(graph string) string {
	graph = strings.TrimLeft(graph, graphBlanks)
	if flags, after, ok := strings.Cut(graph, ";"); ok && strings.HasPrefix(flags, "sws_flags=") {
		return after
	}
	return graph
}

// nextFilter reads one filter, without the labels around it.
func nextFilter(graph string) (f filter, rest string) {
	f.name, graph = token(graph, "=,;[")
	if after, ok := strings.CutPrefix(graph, "="); ok {
		var args string
		args, graph = token(after, "[],;")
		f.options = parseOptions(args)
	}
	return f, graph
}

// skipLinks passes over blanks and [labels].
func skipLinks(graph string) string {
	for {
		graph = strings.TrimLeft(graph, graphBlanks)
		if !strings.HasPrefix(graph, "[") {
			return graph
		}
		_, after := token(graph[1:], "]")
		if after == "" {
			return graph // never closed
		}
		graph = after[1:]
	}
}

// parseOptions reads a filter's arguments as av_opt_get_key_value does: "key=value:value".
func parseOptions(args string) []filterOption {
	var options []filterOption
	for args != "" {
		var o filterOption
		trimmed := strings.TrimLeft(args, graphBlanks)
		afterKey := strings.TrimLeft(trimmed, nameChars+"/")
		if value, ok := strings.CutPrefix(strings.TrimLeft(afterKey, graphBlanks), "="); ok {
			o.key = trimmed[:len(trimmed)-len(afterKey)]
			args = value
		}
		o.value, args = token(args, ":")
		options = append(options, o)
		args = strings.TrimPrefix(args, ":")
	}
	return options
}

// token reads up to one of the characters in end, which it leaves in rest, and undoes one level of quoting, as av_get_token does:
// a backslash keeps the next character, single quotes keep all up to the next one, blanks around are dropped unless quoted.
func token(s, end string) (text, rest string) {
	s = strings.TrimLeft(s, graphBlanks)
	var b []byte
	quoted := 0 // bytes of b that trailing blanks must not be cut from
	i := 0
	for i < len(s) && strings.IndexByte(end, s[i]) < 0 {
		switch c := s[i]; {
		case c == '\\' && i+1 < len(s):
			b = append(b, s[i+1])
			quoted = len(b)
			i += 2
		case c == '\'':
			body, _, closed := strings.Cut(s[i+1:], "'")
			b = append(b, body...)
			i += 1 + len(body)
			if closed {
				i++
				quoted = len(b)
			}
		default:
			b = append(b, c)
			i++
		}
	}
	tail := strings.TrimRight(string(b[quoted:]), graphBlanks)
	return string(b[:quoted]) + tail, s[i:]
}
