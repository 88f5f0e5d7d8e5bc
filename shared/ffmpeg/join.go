package ffmpeg

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fflambda/fflambda/shared/job"
)

// soundRateHz is the sample rate in which the clips' sound meets.
const soundRateHz = 48000

// joined is the options that play the inputs one after the other, as the first one looks: scaled and padded to its size,
// at one constant frame rate. Where some have sound, the others are silent; where none has, neither has the output.
//
// A clip begins at the first moment of its picture or sound, whichever comes first, and lasts as long as the longer of
// the two: for the rest its last frame stands still, or it is silent.
func (c container) joined(inputs []job.Input, t job.Transcode) []job.Option {
	picture := c.picture != nil
	sound := c.sound != nil && (!picture || slices.ContainsFunc(inputs, heard))
	meet := container{chroma: true} // whatever the format, the clips meet in 4:2:0 without transparency
	first := *inputs[0].Media
	target := meet.fit(size{first.Width, first.Height}, t.Resolution)
	fps := joinRate(inputs, c.maxFPS)
	if !picture {
		fps = soundBeat
	}

	var chains []string
	var pads, outs strings.Builder
	for i, s := range spans(inputs, fps) {
		if picture {
			chains = append(chains, fmt.Sprintf("[%d:V:0]%s,%s[v%d]", i, meet.placed(*inputs[i].Media, target), paced(fps, s), i))
			fmt.Fprintf(&pads, "[v%d]", i)
		}
		if sound {
			chains = append(chains, soundOf(i, inputs[i], s))
			fmt.Fprintf(&pads, "[a%d]", i)
		}
	}
	var maps []job.Option
	if picture {
		outs.WriteString("[joined]")
		chains = append(chains, "[joined]"+c.steadied(target, fps, total(inputs))+"[v]")
		maps = append(maps, list("-map", "[v]")...)
	}
	if sound {
		outs.WriteString("[a]")
		maps = append(maps, list("-map", "[a]")...)
	}
	chains = append(chains, fmt.Sprintf("%sconcat=n=%d:v=%d:a=%d%s", pads.String(), len(inputs), bit(picture), bit(sound), outs.String()))
	return slices.Concat(list("-filter_complex", strings.Join(chains, ";")), maps, c.codecs(picture, sound, t.Quality))
}

// steadied is what happens to the picture of all clips together. Behind a clip whose length was not known, the next one begins
// between two frames: fps brings it back to the beat, and lets a last frame stand while its clip's sound goes on.
func (c container) steadied(s size, fps fraction, seconds float64) string {
	filters := []string{"fps=" + fps.String()}
	if c.colors != "" {
		filters = append(filters, scale("", c.colors)...)
	}
	if c.palette {
		filters = append(filters, paletteFor(s, seconds*fps.hz()))
	}
	return strings.Join(filters, ",")
}

// placed scales a clip into the target and centres it there, in BT.709: the film has one matrix, whatever the clips have.
func (c container) placed(m job.Media, target size) string {
	s := within(size{m.Width, m.Height}, target, c.step())
	toSDR, sized := toned(m, fmt.Sprintf("%d:%d", s.w, s.h))
	filters := slices.Concat(corrected(m), c.flattened(m), toSDR, scale(sized, intoBT709...), []string{"format=yuv420p"})
	if s != target {
		filters = append(filters, fmt.Sprintf("pad=%d:%d:%d:%d", target.w, target.h, (target.w-s.w)/4*2, (target.h-s.h)/4*2))
	}
	filters = append(filters, "setsar=1", taggedBT709)
	return strings.Join(filters, ",")
}

// paced gives a clip the frames of its span, from its first moment on: the first frame stands until the picture begins.
func paced(fps fraction, s span) string {
	frames := s.frames
	if frames == 1 {
		// concat takes a clip's length from the distance of its frames, and drops one that has a single frame.
		fps, frames = fraction{2 * fps.num, fps.den}, 2
	}
	chain := fmt.Sprintf("fps=%s:start_time=0", fps)
	if s.known() {
		// The second fps is for ffmpeg 5.1: where trim reads from tpad, the end of the join comes a frame late.
		chain += fmt.Sprintf(",tpad=stop=-1:stop_mode=clone,fps=%s,trim=end_frame=%d", fps, frames)
	}
	return chain
}

// soundOf is clip i's sound for the clip's whole span, from the clip's first moment; or as much silence.
// concat itself would fill a gap as well, but in one piece: for an hour of it, more than a gigabyte.
func soundOf(i int, in job.Input, s span) string {
	if !heard(in) {
		return fmt.Sprintf("anullsrc=r=%d:cl=stereo,aformat=sample_fmts=fltp,atrim=end_sample=%d[a%d]", soundRateHz, s.samples, i)
	}
	chain := fmt.Sprintf("[%d:a:0]aresample=%d:async=1:first_pts=0,aformat=sample_fmts=fltp:channel_layouts=stereo", i, soundRateHz)
	if s.known() {
		chain += fmt.Sprintf(",apad,atrim=end_sample=%d", s.samples)
	}
	return fmt.Sprintf("%s[a%d]", chain, i)
}

// heard reports whether a clip has sound that its own options do not leave out.
func heard(in job.Input) bool {
	return in.Media.HasAudio && !slices.ContainsFunc(in.Options, func(o job.Option) bool { return o.Option == "-an" })
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}
