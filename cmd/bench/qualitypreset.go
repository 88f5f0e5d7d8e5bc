package main

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/fflambda/fflambda/shared/job"
)

// trafficPrice is in dollars for a GB that leaves AWS for the internet: the list price of the first 10 TB a month.
const trafficPrice = 0.09

// reportPresets measures the presets of x264 at the three rates of the API, in 720p, against the one that is in use.
func reportPresets(ctx context.Context, b *bench) (string, error) {
	s, err := newStudio(ctx, b)
	if err != nil {
		return "", err
	}
	clips, err := s.clips(ctx)
	if err != nil {
		return "", err
	}
	var all []preset
	for _, name := range []string{"superfast", "veryfast", "faster", "fast", "medium", "slow"} {
		p := preset{name: name, points: map[string][]point{}}
		for _, quality := range []string{"high", "medium", "low"} {
			t := job.Transcode{Format: "mp4", Quality: quality, Resolution: "720p", HasPreset: true}
			r, err := s.row(ctx, name+", "+quality, clips, t, 1, job.Option{Option: "-preset", Argument: name})
			if err != nil {
				return "", err
			}
			p.add(r, quality == "medium")
		}
		all = append(all, p)
	}
	return s.legend() + "\n\n" + s.presetTable(all), nil
}

// preset is what one of x264's presets makes of the clips.
type preset struct {
	name   string
	medium row
	points map[string][]point // by clip, one for each quality
	cpu    float64            // seconds for a second of film: the mean over the generated clips and the qualities
}

func (p *preset) add(r row, medium bool) {
	for name, t := range r.takes {
		p.points[name] = append(p.points[name], point{likeness: t.mean, bits: t.megabits})
	}
	cpu := r.speed()
	p.cpu += cpu / 3
	if medium {
		p.medium = r
	}
}

// presetTable compares with the first but one, veryfast.
func (s *studio) presetTable(all []preset) string {
	var t strings.Builder
	fmt.Fprintf(&t, "| `-preset` | %s | CPU s a second of film | bits at equal %s, against veryfast | one minute: coding, and each view |\n| --- |%s\n",
		strings.Join(clipNames[:], " | "), s.meter.name(), strings.Repeat(" ---: |", len(clipNames)+3))
	for _, p := range all {
		cells := []string{p.name}
		for _, name := range clipNames {
			m, ok := p.medium.takes[name]
			if !ok {
				cells = append(cells, "-")
				continue
			}
			cells = append(cells, fmt.Sprintf("%s (%s) %s", s.meter.format(m.mean), s.meter.format(m.low), megabits(m.megabits)))
		}
		code, view := p.cost()
		cells = append(cells, fmt.Sprintf("%.2f", p.cpu), fmt.Sprintf("%+.0f %%", 100*(p.against(all[1])-1)),
			fmt.Sprintf("$ %.5f, %.5f", code, view))
		t.WriteString("| " + strings.Join(cells, " | ") + " |\n")
	}
	return t.String()
}

// cost is in dollars for a minute of film at medium: of coding it, and of sending it to somebody once.
func (p preset) cost() (code, view float64) {
	second := (workerMemory/1024*memoryPrice + (workerStorage-freeStorage)/1024*storagePrice) * memoryPerCPU / workerMemory
	var bits float64
	for _, t := range p.medium.takes {
		bits += t.megabits / float64(len(p.medium.takes))
	}
	return 60 * p.cpu * second, 60 * bits / 8 / 1000 * trafficPrice
}

// against is the geometric mean over the clips of bitsRatio.
func (p preset) against(other preset) float64 {
	sum, n := 0.0, 0
	for name, points := range p.points {
		if r := bitsRatio(other.points[name], points); !math.IsNaN(r) {
			sum += math.Log(r)
			n++
		}
	}
	return math.Exp(sum / float64(n))
}

// point is a rate and the likeness that it gave.
type point struct{ likeness, bits float64 }

// bitsRatio is how many bits the second way of coding takes for each bit of the first at the same likeness: the mean over the
// likenesses that both reach, along straight lines of log bits (Bjøntegaard's measure, piecewise linear).
// NaN where they share none.
func bitsRatio(first, second []point) float64 {
	const steps = 100
	first, second = byLikeness(first), byLikeness(second)
	low := max(first[0].likeness, second[0].likeness)
	high := min(first[len(first)-1].likeness, second[len(second)-1].likeness)
	if low >= high {
		return math.NaN()
	}
	sum := 0.0
	for i := range steps {
		at := low + (high-low)*(float64(i)+0.5)/steps
		sum += logBits(second, at) - logBits(first, at)
	}
	return math.Exp(sum / steps)
}

func byLikeness(points []point) []point {
	return slices.SortedFunc(slices.Values(points), func(a, b point) int { return cmp.Compare(a.likeness, b.likeness) })
}

// logBits is between the two points around a likeness, which lies within the sorted points.
func logBits(points []point, at float64) float64 {
	i := 1
	for i < len(points)-1 && points[i].likeness < at {
		i++
	}
	a, b := points[i-1], points[i]
	part := (at - a.likeness) / (b.likeness - a.likeness)
	return math.Log(a.bits) + part*(math.Log(b.bits)-math.Log(a.bits))
}
