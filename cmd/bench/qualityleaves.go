package main

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
)

// Of a leaf, in parts of the picture's width: its smallest and largest radius.
const smallestLeaf, largestLeaf = 1.0 / 500, 1.0 / 10

// writeLeaves writes a picture full of overlapping discs as a PNG, always the same one for a size. Their radii follow r⁻³:
// this "dead leaves" model has the edges and the spectrum of photographs, which noise and test patterns have not.
func writeLeaves(path string, w, h int) error {
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same picture every time
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	small, large := float64(w)*smallestLeaf, float64(w)*largestLeaf
	for bare := w * h; bare > 0; {
		// The inverse of the distribution of r⁻³ between the two radii.
		low, high := 1/(large*large), 1/(small*small)
		r := 1 / math.Sqrt(high-random.Float64()*(high-low))
		bare -= leaf(m, random.Float64()*float64(w), random.Float64()*float64(h), r, leafColor(random))
	}
	f, err := os.Create(path) //nolint:gosec // in the bench's own folder
	if err != nil {
		return err
	}
	encoder := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := encoder.Encode(f, m); err != nil {
		_ = f.Close()
		return fmt.Errorf("write the picture: %w", err)
	}
	return f.Close()
}

// leaf paints a disc behind those that are there, lighter at its top, as things under the sky are. It says how many
// pixels of it can be seen.
func leaf(m *image.NRGBA, x, y, r float64, c color.NRGBA) (seen int) {
	for py := max(int(math.Ceil(y-r)), 0); py <= min(int(y+r), m.Rect.Dy()-1); py++ {
		dy := float64(py) - y
		half := math.Sqrt(max(r*r-dy*dy, 0))
		light := 1 - 0.3*dy/r
		shaded := color.NRGBA{lit(c.R, light), lit(c.G, light), lit(c.B, light), 255}
		for px := max(int(math.Ceil(x-half)), 0); px <= min(int(x+half), m.Rect.Dx()-1); px++ {
			if m.Pix[m.PixOffset(px, py)+3] == 0 {
				m.SetNRGBA(px, py, shaded)
				seen++
			}
		}
	}
	return seen
}

// leafColor is one of muted browns, greens and greys.
func leafColor(random *rand.Rand) color.NRGBA {
	grey := 30 + 150*random.Float64()
	tint := func() uint8 { return uint8(grey + 40*(random.Float64()-0.5)) }
	return color.NRGBA{tint(), tint(), tint(), 255}
}

func lit(v uint8, light float64) uint8 { return uint8(min(max(float64(v)*light, 0), 255)) }
