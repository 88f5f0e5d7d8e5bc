package ffmpeg

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fflambda/fflambda/shared/job"
)

// stillRate is the frame rate of a join that starts with a picture that has none.
const stillRate = 25

// joined is the options that play the inputs one after the other, as the first one looks: scaled and padded to its size,
// at its frame rate. Where some have sound, the others are silent; where none has, neither has the output.
func (c container) joined(inputs []job.Input, t job.Transcode) []job.Option {
	picture, sound := c.picture != nil, c.sound != nil && mayHaveSound(inputs)
	even := c
	even.chroma = true // the clips meet in yuv420p, whatever the format
	first := *inputs[0].Media
	target := even.fit(size{first.Width, first.Height}, t.Resolution)
	fps := first.FPS
	if fps == 0 {
		fps = stillRate
	}
	if c.maxFPS > 0 {
		fps = min(fps, c.maxFPS)
	}

	var chains []string
	var pads strings.Builder
	for i, in := range inputs {
		if picture {
			chains = append(chains, fmt.Sprintf("[%d:V:0]%s,fps=%s,format=yuv420p[v%d]", i, placed(*in.Media, target), frameRate(fps), i))
			fmt.Fprintf(&pads, "[v%d]", i)
		}
		if sound {
			chains = append(chains, soundOf(i, in))
			fmt.Fprintf(&pads, "[a%d]", i)
		}
	}
	join := fmt.Sprintf("%sconcat=n=%d:v=%d:a=%d", pads.String(), len(inputs), bit(picture), bit(sound))
	if c.palette {
		join += "," + paletteFor(target, total(inputs)*fps)
	}
	var maps []job.Option
	if picture {
		join += "[v]"
		maps = append(maps, list("-map", "[v]")...)
	}
	if sound {
		join += "[a]"
		maps = append(maps, list("-map", "[a]")...)
	}
	graph := strings.Join(append(chains, join), ";")
	return slices.Concat(list("-filter_complex", graph), maps, c.codecs(picture, sound, t.Quality))
}

// placed scales a clip into the target and centres it there.
func placed(m job.Media, target size) string {
	s := within(size{m.Width, m.Height}, target, 2)
	filter := fmt.Sprintf("scale=%d:%d", s.w, s.h)
	if s != target {
		filter += fmt.Sprintf(",pad=%d:%d:%d:%d", target.w, target.h, (target.w-s.w)/4*2, (target.h-s.h)/4*2)
	}
	return filter + ",setsar=1"
}

// soundOf is clip i's sound, from its first moment and at least as long as its picture; or as much silence.
// concat itself would fill a gap as well, but in one piece: for an hour of it, more than a gigabyte.
func soundOf(i int, in job.Input) string {
	length := number(clipSeconds(in))
	if !in.Media.HasAudio {
		if length == "0" {
			length = number(1.0 / stillRate) // a single frame; concat fills the rest of what it lasts
		}
		return fmt.Sprintf("anullsrc=r=48000:cl=stereo:d=%s,aformat=sample_fmts=fltp[a%d]", length, i)
	}
	chain := fmt.Sprintf("[%d:a:0]aresample=48000:async=1:first_pts=0,aformat=sample_fmts=fltp:channel_layouts=stereo", i)
	if length != "0" {
		chain += ",apad=whole_dur=" + length
	}
	return fmt.Sprintf("%s[a%d]", chain, i)
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}
