package ffmpeg

import (
	"maps"
	"slices"
	"strings"

	"github.com/fflambda/fflambda/shared/command"
	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/overlay"
)

// overlaid is the options for a job with text overlays, and the files that they read. Behind the caller's own filters come
// the texts, in their order. All else is as the caller's options say; where those say nothing of the coding,
// the picture and the sound are coded as by default (a preset that was sent beside options does not count).
func (c container) overlaid(inputs []job.Input, t job.Transcode, length float64) ([]job.Option, map[string]string, error) {
	own, texts, err := overlays(t.Options)
	if err != nil {
		return nil, nil, err
	}
	pairs := make([][2]string, len(own))
	for i, o := range own {
		pairs[i] = [2]string{o.Option, o.Argument}
	}
	if err := overlay.Conflict(t.Format, c.picture != nil, pairs); err != nil {
		return nil, nil, job.Failf(job.FFmpegFailed, "%s.", sentence(err))
	}
	graphs := graphsOf(t.Filters, own)
	if len(graphs) == 0 && !mayHavePicture(inputs) {
		return nil, nil, job.Failf(job.InputNotMedia, "The input has no video or image that the text overlay could be drawn on.")
	}
	var shown size
	if m := onlyPicture(inputs); m != nil && len(graphs) == 0 && !slices.ContainsFunc(own, resizes) {
		shown = c.fit(size{m.Width, m.Height}, "")
	}
	chain, files := drawn(texts, shown)
	var options []job.Option
	if len(graphs) > 0 {
		options, err = c.intoGraph(graphs, chain, own)
	} else {
		options, err = c.intoChain(inputs, t.Format, chain, own, command.Trim(length, own))
	}
	tooLong := func(o job.Option) bool { return len(o.Argument) > maxWord }
	if err == nil && (len(chain) > maxChain || slices.ContainsFunc(options, tooLong)) {
		err = job.Failf(job.FFmpegFailed, "The text overlays are too much for one command. Send fewer or shorter ones, or draw them in several jobs.")
	}
	return options, files, err
}

const (
	// maxWord is the longest word of a command line, in bytes: Linux allows 128 KiB with the NUL behind it (MAX_ARG_STRLEN
	// in execve(2)). The caller's own filters stand in the same word as those of the overlays.
	maxWord  = 128<<10 - 1
	maxChain = 90_000 // bytes of the overlays' filters
)

// hasOverlay reports whether one of the options is a text overlay.
func hasOverlay(options []job.Option) bool {
	return slices.ContainsFunc(options, isOverlay)
}

func isOverlay(o job.Option) bool { return o.Option == overlay.Option }

// overlays takes the text overlays out of the options.
func overlays(options []job.Option) (own []job.Option, texts []overlay.Overlay, err error) {
	for _, o := range options {
		if !isOverlay(o) {
			own = append(own, o)
			continue
		}
		text, err := overlay.Parse([]byte(o.Argument))
		if err != nil {
			return nil, nil, job.Failf(job.FFmpegFailed, "The argument of %s: %v.", o.Option, err)
		}
		texts = append(texts, text)
	}
	return own, texts, nil
}

// drawn is all texts as one chain of filters for a picture of that size.
func drawn(texts []overlay.Overlay, in size) (chain string, files map[string]string) {
	var chains []string
	files = map[string]string{}
	for i, text := range texts {
		d := text.Render(i+1, in.w, in.h)
		chains = append(chains, d.Chain)
		maps.Copy(files, d.Files)
	}
	return strings.Join(chains, ","), files
}

// The names under which a filter graph, and a chain for the picture alone, come in options. The last one of a chain wins.
var (
	graphOptions = []string{"-filter_complex", "-lavfi"}
	chainOptions = []string{"-vf", "-filter:v", "-filter:v:0", "-filter"}
)

// graphsOf is the caller's filter graphs: of the field filters and of options.
func graphsOf(filters []string, own []job.Option) []string {
	var graphs []string
	if len(filters) > 0 {
		graphs = append(graphs, strings.Join(filters, ";"))
	}
	for _, o := range own {
		if slices.Contains(graphOptions, o.Option) {
			graphs = append(graphs, o.Argument)
		}
	}
	return graphs
}

// intoGraph draws at the end of the caller's filter graph.
func (c container) intoGraph(graphs []string, chain string, own []job.Option) ([]job.Option, error) {
	if len(graphs) > 1 {
		return nil, job.Failf(job.FFmpegFailed, "The text overlay cannot be drawn: there is more than one filter graph. Give filters or one -filter_complex, not both.")
	}
	graph, err := overlay.Append(graphs[0], chain)
	if err != nil {
		return nil, job.Failf(job.FFmpegFailed, "%s.", sentence(err))
	}
	rest := without(own, graphOptions)
	options := c.graph(graph, rest)
	if plain(rest) {
		sound := c.sound != nil && !slices.ContainsFunc(rest, codesSound)
		return slices.Concat(options, c.codecs(true, sound, ""), rest), nil
	}
	return slices.Concat(options, c.single(rest), rest), nil
}

// intoChain draws behind the caller's chain of filters, and behind what fits the picture into the format. Colours
// are counted for a palette after that, with those of the text.
func (c container) intoChain(inputs []job.Input, format, chain string, own []job.Option, length float64) ([]job.Option, error) {
	caller := lastOf(own, chainOptions)
	rest := without(own, chainOptions)
	if !plain(rest) {
		vf, err := behind(caller, chain)
		return slices.Concat(c.single(rest), list("-vf", vf), rest), err
	}
	if caller != "" { // what comes out of it is not what was probed
		inputs = slices.Clone(inputs)
		for i := range inputs {
			inputs[i].Media = nil
		}
	}
	fitting := c.suited(inputs)
	fitting.palette = false
	if slices.ContainsFunc(rest, codesSound) {
		fitting.sound = nil // the caller sees to it
	}
	options := fitting.preset(inputs, job.Transcode{Format: format}, length)
	vf := lastOf(options, chainOptions)
	if caller != "" && vf != "" {
		vf = caller + "," + vf
	} else {
		vf += caller
	}
	vf, err := behind(vf, chain)
	if c.palette {
		vf += "," + palettePerFrame
	}
	return slices.Concat(without(options, chainOptions), list("-vf", vf), rest), err
}

// behind is a chain behind another one, which may be empty.
func behind(before, chain string) (string, error) {
	if before == "" {
		return chain, nil
	}
	both, err := overlay.Append(before, chain)
	if err != nil {
		return "", job.Failf(job.FFmpegFailed, "%s.", sentence(err))
	}
	return both, nil
}

// Options that say nothing of how the picture is coded: they trim, map, filter and describe, or are about the sound.
var (
	plainOptions = strings.Fields("-ss -t -to -map -an -sn -dn -shortest -r -fps_mode -vsync -af -filter:a -metadata -map_metadata -map_chapters -movflags")
	soundOptions = strings.Fields("-c:a -codec:a -acodec -b:a -ab -q:a -aq -ac -ar")
)

// plain reports whether the coding of the picture is left to us.
func plain(options []job.Option) bool {
	return !slices.ContainsFunc(options, func(o job.Option) bool {
		return !slices.Contains(plainOptions, o.Option) && !codesSound(o)
	})
}

func codesSound(o job.Option) bool { return slices.Contains(soundOptions, o.Option) }

// resizes reports whether an option may change the size of the picture.
func resizes(o job.Option) bool { return o.Option == "-s" || slices.Contains(chainOptions, o.Option) }

// lastOf is the argument of the last option with one of the names; "" for none.
func lastOf(options []job.Option, names []string) string {
	argument := ""
	for _, o := range options {
		if slices.Contains(names, o.Option) {
			argument = o.Argument
		}
	}
	return argument
}

func without(options []job.Option, names []string) []job.Option {
	return slices.DeleteFunc(slices.Clone(options), func(o job.Option) bool { return slices.Contains(names, o.Option) })
}

// sentence is an error's text with a capital.
func sentence(err error) string {
	text := err.Error()
	return strings.ToUpper(text[:1]) + text[1:]
}
