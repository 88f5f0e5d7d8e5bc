package ffmpeg

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fflambda/fflambda/shared/job"
)

// The transfer functions of a high dynamic range, by ffmpeg's names.
const (
	hdrPQ  = "smpte2084"
	hdrHLG = "arib-std-b67"
)

// corrected is what stands before anything else: whole frames instead of fields, and a colour matrix for a picture
// that names none, as players guess it: BT.709 from HD on. A smaller copy would be guessed wrongly.
func corrected(m job.Media) []string {
	var filters []string
	if m.Interlaced {
		filters = append(filters, "bwdif=mode=send_frame:deint=interlaced")
	}
	if isYUV(m) && m.ColorSpace == "" {
		guess := "smpte170m"
		switch {
		case m.HDR != "":
			guess = "bt2020nc"
		case max(m.Width, m.Height) >= 1280 || min(m.Width, m.Height) > 576:
			guess = "bt709"
		}
		filters = append(filters, "setparams=colorspace="+guess)
	}
	return filters
}

// flattened puts a picture with transparency before a background where the format has none: white for still pictures and GIFs,
// black for videos, which are made to lie over others.
func (c container) flattened(m job.Media) []string {
	switch {
	case !hasAlpha(m) || c.keepsAlpha(m):
		return nil
	case m.FPS == 0 || m.VideoCodec == "gif":
		return []string{"format=gbrap", "negate", "premultiply=inplace=1", "negate", "format=gbrp"}
	}
	return []string{"format=gbrap", "premultiply=inplace=1", "format=gbrp"}
}

// scaled brings the picture to its size ("": as it is) and into the colours of the format: BT.601 for JPEG and WebP, which know
// no other; for video what the source has, or BT.709 where that was RGB or HDR; always in the range that players expect.
func (c container) scaled(m job.Media, size string) []string {
	rgb := isRGB(m) || m.HDR != "" || len(c.flattened(m)) > 0
	filters, size := toned(m, size)
	switch {
	case c.chroma && rgb:
		return append(append(filters, scale(size, intoBT709...)...), taggedBT709)
	case c.chroma:
		return append(filters, scale(size, "out_range=tv")...)
	case c.colors != "":
		return append(filters, scale(size, c.colors)...)
	case m.HDR != "":
		return append(filters, "format=gbrp")
	}
	return append(filters, scale(size)...)
}

// What brings a picture into BT.709 in the range of video, and says so.
var intoBT709 = []string{"out_color_matrix=bt709", "out_range=tv"}

const taggedBT709 = "setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709"

// toned brings an HDR picture to its size and then into SDR, which costs much and so is done in the small picture. left is the size that
// is still to be done: that of every other picture.
func toned(m job.Media, size string) (filters []string, left string) {
	if m.HDR == "" {
		return nil, size
	}
	return slices.Concat(scale(size), toSDR(m.HDR)), ""
}

// scale is a scale filter with a size (or "") and options; none where there is nothing to do.
func scale(size string, options ...string) []string {
	if size != "" {
		options = slices.Concat([]string{size}, options)
	}
	if len(options) == 0 {
		return nil
	}
	return []string{"scale=" + strings.Join(options, ":")}
}

// Expressions of lutrgb for one channel of 16 bits. The first two are the light of a PQ (SMPTE ST 2084) and an HLG (ARIB STD-B67, on a
// screen of 1000 cd/m2) signal, in units of 100 cd/m2, which is what SDR calls white. knee is Reinhard's curve that leaves shadows
// as they are and brings 1000 cd/m2 to white. bt709 is the transfer of SDR.
const (
	pqLight  = "st(0,pow(val/65535,32/2523));st(1,100*pow(max(ld(0)-3424/4096,0)/(2413/128-2392/128*ld(0)),8192/1305))"
	hlgLight = "st(0,val/65535);st(1,10*pow(if(lte(ld(0),0.5),ld(0)*ld(0)/3,(exp((ld(0)-0.55991073)/0.17883277)+0.28466892)/12),1.2))"
	knee     = "65535*min(1,ld(1)*(1+ld(1)/100)/(1+ld(1)))"
	bt709    = "65535*if(lt(val,1180),4.5*val/65535,1.099*pow(val/65535,0.45)-0.099)"

	// bt2020to709 is the matrix of ITU-R BT.2087, for linear light.
	bt2020to709 = "colorchannelmixer=1.6605:-0.5876:-0.0728:0:-0.1246:1.1329:-0.0083:0:-0.0182:-0.1006:1.1187:0"
)

// toSDR brings a picture of a high dynamic range into BT.709, channel by channel. It takes tables instead of zscale and tonemap:
// not every ffmpeg has zscale, and they are faster (measured with 30 frames of 1920x1080, ffmpeg 7.1.5: 1.0 against 1.2 CPU seconds).
func toSDR(transfer string) []string {
	light := pqLight
	if transfer == hdrHLG {
		light = hlgLight
	}
	return []string{"format=gbrp16le", lut(light + ";" + knee), bt2020to709, lut(bt709)}
}

// lut applies an expression to each of the three channels.
func lut(expression string) string {
	return fmt.Sprintf("lutrgb=r='%[1]s':g='%[1]s':b='%[1]s'", expression)
}

// keepsAlpha reports whether the picture's transparency survives in the format. A GIF always claims some; for a video that seldom holds.
func (c container) keepsAlpha(m job.Media) bool {
	return c.alpha && hasAlpha(m) && (!c.chroma || m.VideoCodec != "gif")
}

// hasAlpha reports whether the picture may have transparent parts.
func hasAlpha(m job.Media) bool {
	return hasPrefix(m.PixelFormat, "rgba", "bgra", "argb", "abgr", "gbrap", "yuva", "ya8", "ya16", "pal8")
}

func isRGB(m job.Media) bool {
	return hasPrefix(m.PixelFormat, "rgb", "bgr", "argb", "abgr", "gbr", "0rgb", "0bgr", "pal8", "x2rgb", "x2bgr")
}

// isYUV is false for what was not probed.
func isYUV(m job.Media) bool {
	return hasPrefix(m.PixelFormat, "yuv", "nv", "p0", "p2", "p4", "uyvy", "yuyv", "yvyu", "y2")
}

func hasPrefix(text string, prefixes ...string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(text, p) })
}
