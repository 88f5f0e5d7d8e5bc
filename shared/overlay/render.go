package overlay

import (
	"cmp"
	"fmt"
	"path"
	"strconv"
	"strings"
)

// Folder is where the texts are, in the folder that ffmpeg runs in.
const Folder = "overlay"

const (
	// maxLines is how many lines are drawn. Each costs one or two filters, in time and in the length of the command line.
	maxLines = 40

	boxColor   = "black"
	boxOpacity = "0.5"
)

// Drawing is an overlay as filters: a chain with one input and one output, and the files that it reads, by their paths
// relative to the folder that ffmpeg runs in.
type Drawing struct {
	Chain string
	Files map[string]string
}

// Render draws the overlay, the nth of a job (from 1), into a picture of w x h pixels; 0: not known.
//
// The lines are drawn one by one, because drawtext up to version 6 can only align several to the left. Every line's baseline
// is set, because drawtext places the top of the highest letter that a line happens to have.
func (o Overlay) Render(n, w, h int) Drawing {
	p := newPage(o.Style, n)
	p.font = fontOption(cmp.Or(o.Style.Font, defaultFont+language(o.Text)))
	lines := p.lines(o.Text, w, h)
	height := len(lines)*p.size + (len(lines)-1)*p.spacing
	x, y := p.origin(height)

	d := Drawing{Files: map[string]string{}}
	var texts, boxes []string
	for i, line := range lines {
		if line == "" {
			continue
		}
		file := path.Join(Folder, fmt.Sprintf("%d-%d.txt", n, i+1))
		d.Files[file] = line
		at := fmt.Sprintf("drawtext=textfile=%s:expansion=none:%s:fontsize=%d:x='%s':y='%s+%d-ascent'",
			file, p.font, p.size, x, y, i*(p.size+p.spacing)+p.baseline())
		texts = append(texts, at+p.ink)
		boxes = append(boxes, at+fmt.Sprintf(":fontcolor=%s:box=1:boxcolor=%s:boxborderw=%d", boxColor, boxColor, p.border))
	}
	switch {
	case p.border == 0:
	case len(texts) == 1:
		texts[0] += fmt.Sprintf(":box=1:boxcolor=%s@%s:boxborderw=%d", boxColor, boxOpacity, p.border)
	default:
		texts = append(p.behind(boxes), texts...)
	}
	d.Chain = strings.Join(texts, ",")
	return d
}

// page is a style with its defaults filled in, in the words of drawtext.
type page struct {
	n              int
	font, ink      string
	size, spacing  int
	border, margin int
	width          int // characters; 0: what the picture holds
	x, y           string
	place          place
}

func newPage(s Style, n int) page {
	p := page{
		n:       n,
		size:    cmp.Or(s.FontSize, defaultFontSize),
		spacing: given(s.LineSpacing, defaultLineSpacing), border: given(s.BoxBorderW, defaultBoxBorder), margin: given(s.Margin, defaultMargin),
		width: s.CharsPerLine, x: s.X, y: s.Y,
		place: place{}.filled(),
	}
	if s.Position != "" {
		p.place, _ = readPlace(s.Position)
	}
	p.ink = ":fontcolor=" + cmp.Or(s.FontColor, defaultFontColor)
	if s.OutlineThickness > 0 || s.OutlineColor != "" {
		p.ink += fmt.Sprintf(":borderw=%d:bordercolor=%s", cmp.Or(s.OutlineThickness, defaultOutline), cmp.Or(s.OutlineColor, defaultOutlineInk))
	}
	return p
}

func given(n *int, otherwise int) int {
	if n == nil {
		return otherwise
	}
	return *n
}

// baseline is how far below the top of a line its letters stand: what fonts commonly have above it, of their size.
func (p page) baseline() int { return (p.size*39 + 25) / 50 }

// lines wraps the text. What would not fit into the picture, or is more than is drawn, is left out.
func (p page) lines(text string, w, h int) []string {
	width, most := p.width, maxLines
	if width == 0 {
		width = p.guess(w)
	}
	if h > 0 && p.y == "" {
		most = min(most, max(1, (h+p.spacing)/(p.size+p.spacing)))
	}
	var lines []string
	for _, paragraph := range paragraphs(text) {
		lines = append(lines, wrap(paragraph, width, p.width == 0)...)
		if len(lines) >= most {
			lines = lines[:most]
			break
		}
	}
	for i, line := range lines {
		lines[i] = directed(line)
	}
	return lines
}

// guess is how many characters a line of the picture holds: in common fonts they are a bit wider than half their height.
func (p page) guess(w int) int {
	if w <= 0 {
		return unknownWidth
	}
	return max(minChars, (w-2*(p.margin+p.border))*20/(p.size*11))
}

const (
	unknownWidth = 40 // characters a line where the picture's size is not known
	minChars     = 5
)

// directed marks a line that reads from the right, as drawtext takes every line for one that reads from the left.
func directed(line string) string {
	if !rightToLeft(line) {
		return line
	}
	return "\u202B" + line + "\u202C"
}

// origin is where a line's left edge and the first line's top edge are.
func (p page) origin(height int) (x, y string) {
	inset := p.margin + p.border
	x = map[edge]string{near: strconv.Itoa(inset), middle: "(w-text_w)/2", far: "w-text_w-" + strconv.Itoa(inset)}[p.place.across]
	y = map[edge]string{near: strconv.Itoa(inset), middle: "(h-text_h)/2", far: "h-text_h-" + strconv.Itoa(inset)}[p.place.down]
	return expand(cmp.Or(p.x, x), height, p.size), "(" + expand(cmp.Or(p.y, y), height, p.size) + ")"
}

// behind puts boxes behind lines. They may overlap, and would be darker there: so they are drawn opaque, into
// a copy, and that shines through.
func (p page) behind(boxes []string) []string {
	a, b, c := p.label("a"), p.label("b"), p.label("c")
	head := fmt.Sprintf("split%s%s;%s%s", a, b, b, strings.Join(boxes, ","))
	return []string{fmt.Sprintf("%s%s;%s%sblend=all_mode=normal:all_opacity=%s", head, c, a, c, boxOpacity)}
}

func (p page) label(part string) string { return fmt.Sprintf("[_text%d%s]", p.n, part) }
