package ffmpeg

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/overlay"
)

// Command is one ffmpeg command line, ready for Tools.Run in the job's folder.
type Command struct {
	Args   []string          // without the program's name and without what Run adds
	Files  map[string]string // what it reads beside the inputs, by paths in the folder: to be written before it runs
	Ran    []job.Option      // the output's options, for people: local paths are replaced by names
	Output string            // the file that it writes, relative to the folder
}

// Plan writes the command for a job of the transcodes API. Its inputs lie in inputs/ by their names and were probed;
// one that was not (Media is nil) is taken to be what is needed. The only failures are requests that no command
// can fulfil, like sound wanted of a silent video: a *job.Failure.
//
// The caller's filters or options run as they are, with the codecs of the preset where only filters were given.
// Text overlays are drawn behind the caller's filters (see overlaid).
// Otherwise the preset decides everything: two or more inputs that all have a picture are joined in order,
// anything else is mapped as ffmpeg does by default.
func Plan(j job.Job) (Command, error) {
	if j.Transcode == nil || len(j.Inputs) == 0 {
		return Command{}, fmt.Errorf("plan job %s: it has no inputs or is not of the transcodes API", j.ID)
	}
	t := *j.Transcode
	c, ok := containers[strings.ToLower(t.Format)]
	if !ok {
		return Command{}, job.Failf(job.FFmpegFailed, "The output format %q is not one that this server makes.", t.Format)
	}
	if err := dashed(j); err != nil {
		return Command{}, err
	}
	var options []job.Option
	var files map[string]string
	switch {
	case hasOverlay(t.Options):
		var err error
		if options, files, err = c.overlaid(j.Inputs, t, longest(j.Inputs)); err != nil {
			return Command{}, err
		}
	case len(t.Filters) > 0:
		options = c.filtered(t)
	case len(t.Options) > 0:
		options = slices.Concat(c.single(t.Options), t.Options)
	default:
		if err := c.accepts(t.Format, j.Inputs); err != nil {
			return Command{}, err
		}
		if joinable(j.Inputs) {
			options = c.joined(j.Inputs, t)
		} else {
			options = c.suited(j.Inputs).preset(j.Inputs, t, longest(j.Inputs))
		}
	}
	output := "outputs/" + j.ID + "." + t.Format
	return Command{
		Args:   slices.Concat(inputArgs(j.Inputs), words(options), []string{output}),
		Files:  files,
		Ran:    shown(options, j.Inputs),
		Output: output,
	}, nil
}

// dashed refuses an option that ffmpeg would take for the name of a file to write.
func dashed(j job.Job) error {
	options := slices.DeleteFunc(slices.Clone(j.Transcode.Options), isOverlay)
	for _, in := range j.Inputs {
		options = append(options, in.Options...)
	}
	for _, o := range options {
		if len(o.Option) < 2 || o.Option[0] != '-' {
			return job.Failf(job.FFmpegFailed, "%q is not an option of ffmpeg: options begin with a dash.", o.Option)
		}
	}
	return nil
}

// preset is the options for the default mapping.
func (c container) preset(inputs []job.Input, t job.Transcode, length float64) []job.Option {
	var mapping, filters []job.Option
	picture, sound := c.picture != nil && mayHavePicture(inputs), c.sound != nil && mayHaveSound(inputs)
	if !picture {
		mapping = list("-vn", "") // or else cover art would become the video
	} else if chain := c.chain(onlyPicture(inputs), t.Resolution, length); chain != "" {
		filters = list("-vf", chain)
	}
	if sound && c.layouts != "" {
		filters = append(filters, list("-af", "aformat=channel_layouts="+c.layouts)...)
	}
	return slices.Concat(mapping, filters, c.codecs(picture, sound, t.Quality))
}

// filtered is the options for the caller's filters: the codecs are the caller's too, or else the preset's.
// The preset's resolution is not applied: what the filters put out is what was asked for.
func (c container) filtered(t job.Transcode) []job.Option {
	options := c.graph(strings.Join(t.Filters, ";"), t.Options)
	if len(t.Options) > 0 {
		return slices.Concat(options, c.single(t.Options), t.Options)
	}
	if c.picture == nil {
		options = append(options, list("-vn", "")...)
	}
	return slices.Concat(options, c.codecs(c.picture != nil, c.sound != nil, t.Quality))
}

// graph is a filter graph with its outputs mapped, where the other options map nothing.
func (c container) graph(text string, others []job.Option) []job.Option {
	options := list("-filter_complex", text)
	if slices.ContainsFunc(others, func(o job.Option) bool { return o.Option == "-map" }) {
		return options
	}
	for _, arg := range outputsOf(text, c.picture != nil && c.sound != nil) {
		options = append(options, list("-map", arg)...)
	}
	return options
}

// codecs is how the preset codes what there is.
func (c container) codecs(picture, sound bool, quality string) []job.Option {
	var pictureCodec, soundCodec []job.Option
	rate := c.rate.at(quality)
	if picture {
		pictureCodec = slices.Concat(c.picture, rate)
	}
	if sound {
		soundCodec = c.sound
	}
	if c.picture == nil {
		soundCodec = slices.Concat(soundCodec, rate)
	}
	return slices.Concat(pictureCodec, soundCodec, c.muxer)
}

// single asks for one frame where the format is a single picture and the caller's options do not say how many.
// Without it ffmpeg writes the first frame and then fails.
func (c container) single(options []job.Option) []job.Option {
	counts := []string{"-frames:v", "-vframes", "-frames", "-update"}
	if !c.still || slices.ContainsFunc(options, func(o job.Option) bool { return slices.Contains(counts, o.Option) }) {
		return nil
	}
	return oneFrame
}

// inputArgs names the inputs, each behind its own options.
func inputArgs(inputs []job.Input) []string {
	var args []string
	for _, in := range inputs {
		args = slices.Concat(args, words(decoder(in)), words(in.Options), []string{"-i", "inputs/" + in.Name})
	}
	return args
}

// words is options as arguments of a command line.
func words(options []job.Option) []string {
	args := make([]string, 0, 2*len(options))
	for _, o := range options {
		args = append(args, o.Option)
		if o.Argument != "" {
			args = append(args, o.Argument)
		}
	}
	return args
}

// shown is options with the paths of the inputs and of the texts of overlays replaced by their names.
func shown(options []job.Option, inputs []job.Input) []job.Option {
	out := slices.Clone(options)
	for i := range out {
		out[i].Argument = strings.ReplaceAll(out[i].Argument, "textfile="+overlay.Folder+"/", "textfile=")
		for _, in := range inputs {
			out[i].Argument = strings.ReplaceAll(out[i].Argument, "inputs/"+in.Name, in.Name)
		}
	}
	return out
}
