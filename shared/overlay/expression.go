package overlay

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const (
	maxExpression = 200 // characters
	maxNesting    = 20  // brackets within brackets: ffmpeg gives up at 100
)

// variables are what an expression may name: those of drawtext(1) that do not depend on single letters.
var variables = strings.Fields("w W main_w h H main_h text_w tw text_h th line_h lh t n sar dar PI E PHI")

// functions are those of ffmpeg-utils(1), "Expression Evaluation", with how many arguments each takes. Not among them: what
// gives another value at each call, because a line and its box are placed by two filters; what can run for ever
// (while, root, taylor); what prints or stores.
var functions = map[string][2]int{
	"abs": {1, 1}, "acos": {1, 1}, "asin": {1, 1}, "atan": {1, 1}, "atan2": {2, 2}, "between": {3, 3}, "ceil": {1, 1}, "clip": {3, 3},
	"cos": {1, 1}, "cosh": {1, 1}, "eq": {2, 2}, "exp": {1, 1}, "floor": {1, 1}, "gauss": {1, 1}, "gt": {2, 2}, "gte": {2, 2},
	"hypot": {2, 2}, "if": {2, 3}, "ifnot": {2, 3}, "isinf": {1, 1}, "isnan": {1, 1}, "lerp": {3, 3}, "log": {1, 1}, "lt": {2, 2},
	"lte": {2, 2}, "max": {2, 2}, "min": {2, 2}, "mod": {2, 2}, "not": {1, 1}, "pow": {2, 2}, "round": {1, 1}, "sgn": {1, 1},
	"sin": {1, 1}, "sinh": {1, 1}, "sqrt": {1, 1}, "squish": {1, 1}, "tan": {1, 1}, "tanh": {1, 1}, "trunc": {1, 1},
}

// checkPlace takes a number of pixels, or an expression that drawtext will be able to evaluate.
func checkPlace(s string) (kept, allowed string) {
	const want = `a number of pixels or an expression of w, h, text_w, text_h, t and n with numbers, + - * / ^, brackets and functions such as min, max, if, mod, sin; ` +
		`for example "(w-text_w)/2"`
	s = strings.Join(strings.Fields(s), "") // ffmpeg skips blanks, too
	if before, ok := strings.CutSuffix(s, "px"); ok && decimal.MatchString(before) {
		s = before
	}
	r := reader{tokens: token.FindAllString(s, -1)}
	if len(s) > maxExpression || strings.Join(r.tokens, "") != s || !r.sum(0) || len(r.tokens) > 0 {
		return "", want
	}
	return s, ""
}

// token is one piece of an expression. Joined, they must give the whole again: nothing else stands between them.
var token = regexp.MustCompile(`\d+(\.\d*)?|\.\d+|[A-Za-z_][A-Za-z0-9_]*|[-+*/^(),]`)

// reader walks through an expression. Its methods take what they know off the front, and say whether it was right.
type reader struct{ tokens []string }

func (r *reader) next(want ...string) bool {
	if len(r.tokens) == 0 || !slices.Contains(want, r.tokens[0]) {
		return false
	}
	r.tokens = r.tokens[1:]
	return true
}

func (r *reader) sum(depth int) bool {
	for {
		r.next("+", "-")
		if !r.value(depth) {
			return false
		}
		if !r.next("+", "-", "*", "/", "^") {
			return true
		}
	}
}

func (r *reader) value(depth int) bool {
	if depth > maxNesting || len(r.tokens) == 0 {
		return false
	}
	if r.next("(") {
		return r.sum(depth+1) && r.next(")")
	}
	name := r.tokens[0]
	r.tokens = r.tokens[1:]
	if _, err := strconv.ParseFloat(name, 64); err == nil && (name[0] == '.' || name[0] <= '9') {
		return true
	}
	arity, known := functions[name]
	if !known {
		return slices.Contains(variables, name)
	}
	if !r.next("(") {
		return false
	}
	for n := 1; r.sum(depth + 1); n++ {
		if r.next(")") {
			return n >= arity[0] && n <= arity[1]
		}
		if !r.next(",") {
			return false
		}
	}
	return false
}

// expand writes the measures of the whole text into an expression: to drawtext, text_h is the height of one line, and
// of the letters that happen to stand in it.
func expand(expression string, height, line int) string {
	return token.ReplaceAllStringFunc(expression, func(t string) string {
		switch t {
		case "text_h", "th":
			return strconv.Itoa(height)
		case "line_h", "lh":
			return strconv.Itoa(line)
		}
		return t
	})
}
