package main

import (
	"fmt"
	"math"
	"strings"
)

// speedRounds is how often a clip is coded as MP4 at medium, for the median of its times; else once.
const speedRounds = 3

// clipNames are the columns: speed is the mean over the first three, which are always as large as the output or larger.
var clipNames = [...]string{"detail", "motion", "grain", filmName, streetName}

const generatedClips = 3

// row is one way of coding.
type row struct {
	name  string
	takes map[string]take
}

// speed is the mean over the generated clips.
func (r row) speed() (cpu float64) {
	for _, name := range clipNames[:generatedClips] {
		cpu += r.takes[name].cpu / generatedClips
	}
	return cpu
}

func (s *studio) legend() string {
	return fmt.Sprintf("Encoder: ffmpeg %s on %d threads. A cell is the mean %s, in brackets what 95 %% of the frames exceed, and Mbit/s.",
		s.tools.Version, s.tools.CPUs, s.meter.name())
}

func (s *studio) table(rows []row) string {
	var t strings.Builder
	fmt.Fprintf(&t, "| | %s | CPU s a second of film |\n| --- |%s\n", strings.Join(clipNames[:], " | "), strings.Repeat(" ---: |", len(clipNames)+1))
	for _, r := range rows {
		t.WriteString(s.line(r) + "\n")
	}
	return t.String()
}

func (s *studio) line(r row) string {
	cells := []string{r.name}
	for _, name := range clipNames {
		t, ok := r.takes[name]
		if !ok {
			cells = append(cells, "-")
			continue
		}
		cells = append(cells, fmt.Sprintf("%s (%s) %s", s.meter.format(t.mean), s.meter.format(t.low), megabits(t.megabits)))
	}
	cells = append(cells, fmt.Sprintf("%.2f", r.speed()))
	return "| " + strings.Join(cells, " | ") + " |"
}

// megabits keeps two digits that count.
func megabits(v float64) string {
	if v < 1 {
		return fmt.Sprintf("%.2f", v)
	}
	return fmt.Sprintf("%.1f", v)
}

// verdict says whether medium is visually clean everywhere.
func (s *studio) verdict(rows []row) string {
	worst, where := math.Inf(1), ""
	for _, r := range rows {
		if !strings.HasPrefix(r.name, "medium") {
			continue
		}
		for name, t := range r.takes {
			if t.mean < worst {
				worst, where = t.mean, r.name+", "+name
			}
		}
	}
	verdict := "pass"
	if worst < s.meter.clean() {
		verdict = "**miss**"
	}
	return fmt.Sprintf("Lowest mean %s of medium: %s (%s); must be at least %s: %s.\n",
		s.meter.name(), s.meter.format(worst), where, s.meter.format(s.meter.clean()), verdict)
}
