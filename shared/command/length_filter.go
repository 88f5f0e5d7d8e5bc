package command

import (
	"math"
	"slices"
	"strings"
)

// Filters by what they do to the times. One that is in no list leaves them as they are.
var (
	pictureSources = strings.Fields(`allrgb allyuv cellauto color colorchart colorspectrum gradients haldclutsrc life mandelbrot mptestsrc
		nullsrc pal100bars pal75bars rgbtestsrc sierpinski smptebars smptehdbars testsrc testsrc2 yuvtestsrc zoneplate`)
	soundSources = strings.Fields("aevalsrc anoisesrc anullsrc sine")

	// joining filters take several inputs and last as long as the longest, or with shortest=1 as the shortest.
	joining = strings.Fields(`acrossfade ainterleave alphamerge amerge amix blend concat displace guided hstack identity interleave join
		lut2 maskedmerge mergeplanes midequalizer mix overlay paletteuse premultiply psnr remap scale2ref sidechaincompress sidechaingate
		ssim streamselect vstack xfade xmedian xstack`)

	// late filters give nothing before they have read everything.
	late = strings.Fields("areverse palettegen reverse showspectrumpic showwavespic")

	// picking filters leave pictures or sound out by what is in them.
	picking = strings.Fields("aselect dedot mpdecimate select silenceremove")

	// drawing filters make a picture of sound.
	drawing = strings.Fields(`abitscope adrawgraph ahistogram aphasemeter avectorscope showcqt showcwt showfreqs showspatial showspectrum
		showspectrumpic showvolume showwaves showwavespic`)
)

// positions are the options that filters take by their place, as far as they matter here.
var positions = map[string][]string{
	"color": {"color", "size", "rate", "duration"}, "testsrc": {"size", "rate", "duration"}, "testsrc2": {"size", "rate", "duration"},
	"smptebars": {"size", "rate", "duration"}, "nullsrc": {"size", "rate", "duration"}, "rgbtestsrc": {"size", "rate", "duration"},
	"sine": {"frequency", "beep_factor", "sample_rate", "duration"}, "movie": {"filename"}, "amovie": {"filename"},
	"trim": {"start", "end", "start_pts", "end_pts", "duration"}, "atrim": {"start", "end", "start_pts", "end_pts", "duration"},
	"setpts": {"expr"}, "asetpts": {"expr"}, "atempo": {"tempo"}, "rubberband": {"tempo"}, "fps": {"fps"}, "framerate": {"fps"},
	"minterpolate": {"fps"}, "framestep": {"step"}, "select": {"expr"}, "aselect": {"expr"}, "loop": {"loop", "size"},
	"aloop": {"loop", "size"}, "zoompan": {"zoom", "x", "y", "d", "s", "fps"}, "xfade": {"transition", "duration", "offset"},
	"acrossfade": {"nb_samples", "duration"}, "tpad": {"start", "stop", "start_mode", "stop_mode", "start_duration", "stop_duration"},
	"adelay": {"delays"}, "aresample": {"sample_rate"}, "asetrate": {"sample_rate"}, "thumbnail": {"n"}, "tile": {"layout"}, "concat": {"n", "v", "a"}, "amix": {"inputs", "duration"},
}

// short are other names of options.
var short = map[string]string{"d": "duration", "r": "rate"}

// value is an option's value by its name or its place; "" where it is not given.
func (f filter) value(name string) string {
	order := positions[f.name]
	found := ""
	for i, o := range f.options {
		key := o.key
		if key == "" && i < len(order) {
			key = order[i]
		}
		if key == name || (short[key] == name || key == "r" && name == "sample_rate") && !slices.Contains(order, key) {
			found = o.value
		}
	}
	return found
}

// time is an option that is a duration; without it, otherwise.
func (f filter) time(name string, otherwise float64) float64 {
	text := f.value(name)
	if text == "" {
		return otherwise
	}
	if at, ok := Seconds(text); ok {
		return at
	}
	return math.NaN()
}

// number is an option that is a number or a simple expression; without it, otherwise.
func (f filter) number(name string, otherwise float64) float64 {
	text := f.value(name)
	if text == "" {
		return otherwise
	}
	return evaluate(text, nil)
}

// source is what kind of source the filter is: "picture", "sound", "file", or "".
func (f filter) source() string {
	switch {
	case f.name == "movie" || f.name == "amovie":
		return "file"
	case slices.Contains(pictureSources, f.name):
		return "picture"
	case slices.Contains(soundSources, f.name):
		return "sound"
	}
	return ""
}

func (f filter) joins() bool { return slices.Contains(joining, f.name) }

// sounds reports whether the filter reads sound. Where it is not known, it reads pictures.
func (f filter) sounds() bool {
	others := []string{"loudnorm", "volume", "volumedetect", "ebur128", "dynaudnorm", "silencedetect", "silenceremove", "pan", "join", "rubberband"}
	pictures := []string{"alphamerge", "alphaextract", "atadenoise", "avgblur", "ass", "addroi", "amplify"}
	return slices.Contains(others, f.name) || slices.Contains(drawing, f.name) ||
		strings.HasPrefix(f.name, "a") && !slices.Contains(pictures, f.name)
}

// apply is what comes out of the filter, given what goes in. One that has several outputs which are alike gives one.
func (f filter) apply(in []flow, files files) []flow {
	switch f.source() {
	case "file":
		m, _ := files.media(f.value("filename"))
		return sourceOf(m).of(f.name == "amovie")
	case "picture", "sound":
		out := flow{end: f.time("duration", endless), fps: f.rate("rate", stillRate), sound: f.source() == "sound"}
		if out.sound {
			out.fps = f.number("sample_rate", 44100)
		}
		return []flow{out}
	}
	if len(in) == 0 {
		return []flow{{end: math.NaN(), fps: math.NaN(), sound: f.sounds()}}
	}
	out := in[0]
	for _, other := range in[1:] {
		out.late = out.late || other.late
	}
	if f.name == "concat" {
		return f.concat(in, out)
	}
	if f.joins() {
		out = f.join(in, out)
	}
	out.late = out.late || slices.Contains(late, f.name)
	if slices.Contains(drawing, f.name) {
		out.sound, out.fps = false, stillRate
	}
	return []flow{f.retime(out)}
}

// concat gives the pictures and then the sound of its segments, one after the other. Each lasts as long as the longest of its streams.
func (f filter) concat(in []flow, out flow) []flow {
	pictures, sounds := int(f.number("v", 1)), int(f.number("a", 0))
	each := pictures + sounds
	if each < 1 {
		return []flow{out}
	}
	made := slices.Clone(in[:min(each, len(in))])
	end := 0.0
	for segment := range slices.Chunk(in, each) {
		longest := 0.0
		for _, s := range segment {
			longest = max(longest, s.end)
		}
		end += longest
	}
	for i := range made {
		made[i].start, made[i].end, made[i].late = 0, end, out.late
	}
	return made
}

// join is the filters of several inputs.
func (f filter) join(in []flow, out flow) flow {
	shortest, longest := endless, 0.0
	for _, s := range in {
		shortest, longest = min(shortest, s.end), max(longest, s.end)
	}
	second := in[len(in)-1]
	switch {
	case f.name == "xfade":
		out.end = f.time("offset", 0) + second.seconds()
	case f.name == "acrossfade":
		out.end = out.seconds() + second.seconds() - f.time("duration", 0)
	case f.name == "paletteuse" || f.name == "amix" && f.value("duration") == "first" || strings.HasPrefix(f.name, "sidechain"):
	case f.name == "amerge" || f.value("shortest") == "1" || f.name == "amix" && f.value("duration") == "shortest":
		out.end = shortest
	default:
		out.end = longest
	}
	return out
}
