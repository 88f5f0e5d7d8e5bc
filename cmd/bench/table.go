package main

import (
	"fmt"
	"math"
	"os"
	"strings"
)

// figure is one row of the table. A must or an aim of 0 stands for none.
type figure struct {
	name      string
	value     float64
	unit      string // "": a ratio
	must, aim float64
	atLeast   bool // more is better
}

// markdown is the table of all figures.
func markdown(figures []figure) string {
	var t strings.Builder
	t.WriteString("| measure | measured | must | aim | |\n| --- | ---: | ---: | ---: | --- |\n")
	for _, f := range figures {
		fmt.Fprintf(&t, "| %s | %s | %s | %s | %s |\n", f.name, f.format(f.value), f.bound(f.must), f.bound(f.aim), f.verdict())
	}
	return t.String()
}

func (f figure) verdict() string {
	switch {
	case f.aim != 0 && f.reaches(f.aim):
		return "pass, aim reached"
	case f.must == 0:
		return "reported"
	case f.reaches(f.must):
		return "pass"
	default:
		return "**miss**"
	}
}

func (f figure) reaches(bound float64) bool {
	if f.atLeast {
		return f.value >= bound
	}
	return f.value <= bound
}

func (f figure) bound(v float64) string {
	switch {
	case v == 0:
		return "–"
	case f.atLeast:
		return "≥ " + f.format(v)
	default:
		return "≤ " + f.format(v)
	}
}

// format rounds to what the measure can tell: ratios and seconds to three digits after the point, the rest to one or none.
func (f figure) format(v float64) string {
	switch {
	case f.unit == "":
		return fmt.Sprintf("%.3f", v)
	case f.unit == "s":
		return fmt.Sprintf("%.3f s", v)
	case f.unit == "/s":
		return fmt.Sprintf("%.0f/s", v)
	case math.Abs(v) >= 100 || v == math.Trunc(v):
		return fmt.Sprintf("%.0f %s", v, f.unit)
	default:
		return fmt.Sprintf("%.1f %s", v, f.unit)
	}
}

// marks are the lines that a section's table stands between in the document.
func marks(section string) (begin, end string) {
	return "<!-- bench:begin " + section + " (written by make bench) -->", "<!-- bench:end " + section + " -->"
}

// keep replaces what stands between the marks of a document.
func keep(path, section, text string) error {
	doc, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	begin, end := marks(section)
	before, rest, ok := strings.Cut(string(doc), begin)
	_, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		return fmt.Errorf("%s lacks the lines %q and %q", path, begin, end)
	}
	whole := before + begin + "\n" + strings.TrimSpace(text) + "\n" + end + after
	return os.WriteFile(path, []byte(whole), 0o644) //nolint:gosec // documentation, for everybody to read
}
