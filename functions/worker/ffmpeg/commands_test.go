package ffmpeg_test

import (
	"os"
	"slices"
	"testing"
)

// kind is one kind of command that people send: it has to end with 0, and what it leaves has to pass the looks.
type kind struct {
	name string
	run  []string // as box.run has them, in a folder of its own; ../in has the inputs
	look []look
}

// inputs are made once, by the binary under test. They are as small as the encoders allow.
var inputs = []string{
	"ffmpeg -v error -f lavfi -i testsrc2=size=192x108:rate=25:duration=1 -f lavfi -i sine=duration=1 -c:v libx264 -preset ultrafast -g 5 -pix_fmt yuv420p -c:a aac clip.mp4",
	"ffmpeg -v error -f lavfi -i color=black:size=320x96:rate=10:duration=1 -c:v libx264 -preset ultrafast -pix_fmt yuv420p black.mp4",
	"ffmpeg -v error -f lavfi -i testsrc2=size=128x128:rate=10:duration=0.5 still%d.png",
	"ffmpeg -v error -f lavfi -i sine=frequency=440:sample_rate=44100:duration=2 -ac 2 tone.wav",
	"ffmpeg -v error -i black.mp4 -frames:v 1 -pix_fmt gray -f rawvideo black.gray",
}

// TestCommands runs every kind.
func TestCommands(t *testing.T) {
	t.Parallel()
	b := newBox(t, built(t))
	in := b.folder(t, "in")
	for name, text := range texts {
		if err := os.WriteFile(in.path(name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, line := range inputs {
		in.must(t, line)
	}
	for _, k := range slices.Concat(video, picture, text, audio, stream, filter) {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			here, out := b.folder(t, k.name), ""
			for _, line := range k.run {
				out = here.must(t, line)
			}
			for _, look := range k.look {
				look(t, here, out)
			}
		})
	}
}
