package ffmpeg

import "slices"

// maxPixels is the largest picture that is decoded: 8192x8192. A few bytes of PNG can claim far more.
const maxPixels = "67108864"

var (
	// first stands before the caller's words. Without -nostdin ffmpeg would wait for a key.
	first = []string{"-nostdin", "-y", "-hide_banner"}

	// last stands behind them, as the last one of an option wins. "level" marks each line, so that errors can be told
	// from chatter; the progress goes to a descriptor of ours, the first of cmd.ExtraFiles.
	last = []string{"-loglevel", "level+info", "-nostats", "-progress", "pipe:3"}

	// perInput stands right before each -i. Inputs are files in the job's folder; crypto is only ever a layer over one
	// (an encrypted HLS playlist with its key beside it).
	perInput = []string{"-protocol_whitelist", "file,crypto", "-max_pixels", maxPixels}
)

// wrap adds our own options to a command. It takes every word -i for the option: one that is another option's argument
// would make ffmpeg fail, not open anything that it should not.
func wrap(args []string) []string {
	wrapped := slices.Clone(first)
	for _, arg := range args {
		if arg == "-i" {
			wrapped = append(wrapped, perInput...)
		}
		wrapped = append(wrapped, arg)
	}
	return append(wrapped, last...)
}
