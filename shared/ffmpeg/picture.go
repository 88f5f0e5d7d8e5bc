package ffmpeg

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/fflambda/fflambda/shared/job"
)

// size is a picture's, in square pixels. Zero: not known.
type size struct{ w, h int }

// boxes are the resolutions by name, for a picture that is wider than high.
var boxes = map[string]size{
	"480p":  {854, 480},
	"720p":  {1280, 720},
	"1080p": {1920, 1080},
	"4k":    {3840, 2160},
}

// paletteBytes is what may be held in memory for one palette over the whole GIF: palettegen needs every frame
// before paletteuse can start, so ffmpeg queues them all. A longer one gets a palette a frame, which costs
// twice the time and 7 % more bytes (20 s of 854x480: 724 MB and 54 MB of GIF, or 115 MB and 58 MB).
const paletteBytes = 256 << 20

const (
	palette         = "split[pa][pb];[pa]palettegen[pp];[pb][pp]paletteuse"
	palettePerFrame = "split[pa][pb];[pa]palettegen=stats_mode=single[pp];[pb][pp]paletteuse=new=1"
)

// chain is the filters that fit the picture of one input into format c and the resolution; "" for none.
func (c container) chain(m *job.Media, resolution string, length float64) string {
	if m == nil {
		m = &job.Media{}
	}
	target := c.fit(size{m.Width, m.Height}, resolution)
	filters := slices.Concat(corrected(*m), c.paced(*m), c.flattened(*m), c.scaled(*m, c.sized(target, resolution)))
	if target != (size{}) {
		filters = append(filters, "setsar=1")
	}
	if c.palette {
		filters = append(filters, paletteFor(target, length*c.maxFPS))
	}
	return strings.Join(filters, ",")
}

// paced is what holds the frame rate within what makes sense in the format.
func (c container) paced(m job.Media) []string {
	switch {
	case c.maxFPS > 0 && (m.FPS == 0 || m.FPS > c.maxFPS || m.Uneven):
		return []string{"fps=" + number(c.maxFPS)}
	case c.constant && m.Uneven && m.FPS > 30:
		return []string{"fps=60"}
	case c.constant && m.Uneven:
		return []string{"fps=30"}
	}
	return nil
}

// sized is scale's arguments for the target, or where that is not known, for the resolution. "": the picture stays as it is.
func (c container) sized(target size, resolution string) string {
	switch {
	case target != (size{}):
		return fmt.Sprintf("%d:%d", target.w, target.h)
	case boxes[resolution] != (size{}):
		return c.scaleUnknown(boxes[resolution])
	case c.chroma:
		return "trunc(iw/2)*2:trunc(ih/2)*2"
	}
	return ""
}

// fit is the size of a picture in the resolution's box: its shape is kept, it is never enlarged,
// and it is even where c needs that. Zero where the picture's own size is not known.
func (c container) fit(s size, resolution string) size {
	if s.w <= 0 || s.h <= 0 {
		return size{}
	}
	box, ok := boxes[resolution]
	if !ok {
		box = s
	}
	if ok && s.h > s.w {
		box = size{box.h, box.w}
	}
	return within(s, size{min(box.w, s.w), min(box.h, s.h)}, c.step())
}

// step is what a width or height must be a multiple of.
func (c container) step() int {
	if c.chroma {
		return 2
	}
	return 1
}

// within is the largest size of s's shape that a box holds, in multiples of step, at least one step.
func within(s, box size, step int) size {
	f := min(float64(box.w)/float64(s.w), float64(box.h)/float64(s.h))
	side := func(n, limit int) int {
		whole := int(math.Round(float64(n)*f/float64(step))) * step
		return max(min(whole, limit/step*step), step)
	}
	return size{side(s.w, box.w), side(s.h, box.h)}
}

// scaleUnknown is fit as an expression, for ffmpeg to work out.
func (c container) scaleUnknown(box size) string {
	long, short := strconv.Itoa(box.w), strconv.Itoa(box.h)
	f := fmt.Sprintf("min(1,min(if(gt(ih,iw),%s,%s)/iw,if(gt(ih,iw),%s,%s)/ih))", short, long, long, short)
	step := strconv.Itoa(c.step())
	return fmt.Sprintf("'trunc(iw*%s/%s)*%s':'trunc(ih*%s/%s)*%s'", f, step, step, f, step, step)
}

// paletteFor chooses between one palette and one a frame, by the memory that the frames would take.
func paletteFor(s size, frames float64) string {
	if bytes := float64(s.w*s.h) * 4 * frames; bytes > 0 && bytes <= paletteBytes {
		return palette
	}
	return palettePerFrame
}

// number writes a figure without a needless fraction, to the millisecond.
func number(f float64) string {
	return strconv.FormatFloat(math.Round(f*1000)/1000, 'f', -1, 64)
}

// frameRate writes frames a second as ffmpeg's exact fraction where it is one of television's (29.97 is 30000/1001).
func frameRate(fps float64) string {
	whole := math.Round(fps * 1.001)
	if exact := whole * 1000 / 1001; whole > 0 && math.Abs(exact-fps) < 0.005 && math.Abs(math.Round(fps)-fps) > 0.005 {
		return fmt.Sprintf("%.0f/1001", whole*1000)
	}
	return number(fps)
}
