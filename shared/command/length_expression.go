package command

import (
	"math"
	"strconv"
	"strings"
)

// number reads a decimal number; NaN where it is none.
func number(text string) float64 {
	v, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil {
		return math.NaN()
	}
	return v
}

// rate reads a frame rate as ffmpeg does: 25, 30000/1001, 1/10, ntsc. NaN where it is none.
func rate(text string) float64 {
	switch text {
	case "ntsc":
		return 30000.0 / 1001
	case "pal":
		return 25
	case "film":
		return 24
	case "ntsc-film":
		return 24000.0 / 1001
	}
	if v := evaluate(text, nil); v > 0 {
		return v
	}
	return math.NaN()
}

// evaluate works out an expression of numbers, variables, + - * / and parentheses, which is most of what setpts is given.
// It is NaN where the expression holds anything else (ffmpeg-utils(1), "Expression Evaluation").
func evaluate(text string, variables map[string]float64) float64 {
	e := formula{rest: text, variables: variables}
	v := e.sum(0)
	if e.skip(); e.rest != "" {
		return math.NaN()
	}
	return v
}

type formula struct {
	rest      string
	variables map[string]float64
}

// maxDepth of parentheses and signs: what is deeper is not worth working out.
const maxDepth = 50

func (e *formula) skip() { e.rest = strings.TrimLeft(e.rest, " \t") }

// take takes one of the characters, or returns 0.
func (e *formula) take(characters string) byte {
	e.skip()
	if e.rest == "" || strings.IndexByte(characters, e.rest[0]) < 0 {
		return 0
	}
	c := e.rest[0]
	e.rest = e.rest[1:]
	return c
}

func (e *formula) sum(depth int) float64 {
	v := e.product(depth)
	for {
		switch e.take("+-") {
		case '+':
			v += e.product(depth)
		case '-':
			v -= e.product(depth)
		default:
			return v
		}
	}
}

func (e *formula) product(depth int) float64 {
	v := e.operand(depth)
	for {
		switch e.take("*/") {
		case '*':
			v *= e.operand(depth)
		case '/':
			v /= e.operand(depth)
		default:
			return v
		}
	}
}

func (e *formula) operand(depth int) float64 {
	if depth > maxDepth {
		return math.NaN()
	}
	switch e.take("+-(") {
	case '+':
		return e.operand(depth + 1)
	case '-':
		return -e.operand(depth + 1)
	case '(':
		v := e.sum(depth + 1)
		if e.take(")") == 0 {
			return math.NaN()
		}
		return v
	}
	after := strings.TrimLeft(e.rest, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.")
	word := e.rest[:len(e.rest)-len(after)]
	e.rest = after
	if v, ok := e.variables[word]; ok {
		return v
	}
	return number(word) // a function's name is none
}
