package ffmpeg

import (
	"slices"
	"strings"

	"github.com/fflambda/fflambda/shared/job"
)

// accepts says what is missing in the inputs for a preset to make the format at all.
func (c container) accepts(format string, inputs []job.Input) error {
	name := strings.ToLower(format)
	picture, sound := mayHavePicture(inputs), mayHaveSound(inputs)
	switch {
	case !picture && !sound:
		return job.Failf(job.InputNotMedia, "The input has neither video nor audio, so no %s can be made of it. Give at least one video, audio or image file.", name)
	case c.picture == nil && !sound:
		return job.Failf(job.InputNotMedia, "The input has no audio, so no %s can be made of it. Choose a video or image format, or give an input with sound.", name)
	case c.sound == nil && !picture:
		return job.Failf(job.InputNotMedia, "The input has no video or image, so no %s can be made of it. Choose an audio format, or give an input with a picture.", name)
	}
	return nil
}

// mayHavePicture reports whether an input has a picture, or was not probed and so may have one.
func mayHavePicture(inputs []job.Input) bool {
	return slices.ContainsFunc(inputs, func(in job.Input) bool { return in.Media == nil || in.Media.HasVideo })
}

// mayHaveSound is the same for sound.
func mayHaveSound(inputs []job.Input) bool {
	return slices.ContainsFunc(inputs, func(in job.Input) bool { return in.Media == nil || in.Media.HasAudio })
}

// onlyPicture is the input that the picture comes from, or nil where it cannot be told which one ffmpeg will take.
func onlyPicture(inputs []job.Input) *job.Media {
	var found *job.Media
	for _, in := range inputs {
		if in.Media == nil || (in.Media.HasVideo && found != nil) {
			return nil
		}
		if in.Media.HasVideo {
			found = in.Media
		}
	}
	return found
}

// decoder is the option before an input that names its decoder, where ffmpeg's choice would lose something: its own decoders of
// VP8 and VP9 do not see transparency.
func decoder(in job.Input) []job.Option {
	if in.Media == nil || in.Media.PixelFormat != "yuva420p" {
		return nil
	}
	switch in.Media.VideoCodec {
	case "vp8":
		return list("-c:v", "libvpx")
	case "vp9":
		return list("-c:v", "libvpx-vp9")
	}
	return nil
}

// joinable reports whether the inputs are clips to be joined: two or more, all with a picture of a known size.
func joinable(inputs []job.Input) bool {
	return len(inputs) >= 2 && !slices.ContainsFunc(inputs, func(in job.Input) bool {
		return in.Media == nil || !in.Media.HasVideo || in.Media.Width == 0 || in.Media.Height == 0
	})
}

// longest is the length of the longest input; 0 where none is known.
func longest(inputs []job.Input) float64 {
	var d float64
	for _, in := range inputs {
		d = max(d, clipSeconds(in))
	}
	return d
}

// total is the length of all inputs one after the other; a still picture's is not known and counts as nothing.
func total(inputs []job.Input) float64 {
	var d float64
	for _, in := range inputs {
		d += clipSeconds(in)
	}
	return d
}
