package ffmpeg

import (
	"fmt"
	"sync"
	"testing"

	"github.com/fflambda/fflambda/shared/job"
)

// clip is black and silent, but for a flash and a beep that begin in the same moment.
type clip struct {
	file    string
	picture string       // of lavfi's color: size, rate, length
	filters string       // behind the flash
	sound   string       // of lavfi's aevalsrc: channels, rate, length; "": none
	offset  [2]float64   // seconds at which the file's picture and its sound begin
	at      float64      // seconds from the file's begin to the flash: on a frame, so that the clip itself has no error
	coding  []string     // options of the file
	options []job.Option // the job's for this input
	skips   float64      // seconds that these take away before the flash
	lasts   float64      // seconds in the join
}

// clips differ in all that clips differ in.
var clips = []clip{
	{file: "hd.mp4", picture: "s=96x64:r=25:d=1", sound: "c=stereo:s=44100:d=1", at: 0.4, coding: words(x264), lasts: 1},
	{file: "ntsc.mkv", picture: "s=64x96:r=30000/1001:d=1.001", sound: "c=mono:s=48000:d=1", at: 18 * 1.001 / 30, coding: coded("mpeg4", "flac"), lasts: 1.001},
	{file: "film.mov", picture: "s=97x65:r=24000/1001:d=1.001", sound: "c=5.1:s=48000:d=1.001", at: 12 * 1.001 / 24, coding: coded("mjpeg", "pcm_s16le"), lasts: 1.001},
	{file: "vp8.webm", picture: "s=64x64:r=30:d=0.9", sound: "c=mono:s=48000:d=0.9", at: 0.5, coding: coded("libvpx", "libopus", "-deadline", "realtime", "-cpu-used", "8"), lasts: 0.9},
	{file: "old.avi", picture: "s=80x60:r=15:d=1", sound: "c=mono:s=8000:d=1", at: 0.6, coding: coded("mpeg4", "pcm_s16le", "-bf", "0"), lasts: 1},
	{file: "tv.ts", picture: "s=72x64:r=50:d=0.8", filters: ",setsar=4/3", sound: "c=stereo:s=48000:d=0.816", at: 0.3, coding: coded("mpeg2video", "mp2"), lasts: 0.816},
	{file: "silent.mp4", picture: "s=128x48:r=60:d=0.7", at: 0.5, coding: words(x264), lasts: 0.7},
	{file: "animated.gif", picture: "s=64x48:r=10:d=0.8", at: 0.3, lasts: 0.8},
	{file: "photo.png", picture: "s=90x90:r=25:d=0.04", coding: []string{"-frames:v", "1"}, options: list("-loop", "1", "-t", "0.5"), lasts: 0.5},
	{file: "shortsound.mp4", picture: "s=96x64:r=25:d=1", sound: "c=mono:s=22050:d=0.5", at: 0.32, coding: words(x264), lasts: 1},
	{file: "longsound.mp4", picture: "s=96x64:r=25:d=0.6", sound: "c=stereo:s=32000:d=1.1", at: 0.32, coding: words(x264), lasts: 1.1},
	{file: "cut.mp4", picture: "s=96x64:r=25:d=2", sound: "c=stereo:s=48000:d=2", at: 1, coding: words(x264), options: list("-ss", "0.72", "-to", "1.53"), skips: 0.72, lasts: 0.81},
	{file: "latesound.mkv", picture: "s=96x64:r=25:d=1", sound: "c=mono:s=48000:d=0.5", offset: [2]float64{0, 0.3}, at: 0.6, coding: coded("mpeg4", "aac"), lasts: 1},
	{file: "latepicture.mp4", picture: "s=96x64:r=25:d=0.6", sound: "c=mono:s=48000:d=1", offset: [2]float64{0.4, 0}, at: 0.8, coding: words(x264), lasts: 1},
	{file: "varying.mp4", picture: "s=96x64:r=50:d=1", filters: ",select='mod(n,7)-3'", sound: "c=mono:s=48000:d=1", at: 0.5, coding: append([]string{"-fps_mode", "vfr"}, words(x264)...), lasts: 1},
}

func coded(picture, sound string, more ...string) []string {
	return append([]string{"-c:v", picture, "-c:a", sound}, more...)
}

// make makes the clip's file in the folder.
func (c clip) make(t *testing.T, dir string) job.Input {
	t.Helper()
	pictureAt, soundAt := c.at-c.offset[0], c.at-c.offset[1]
	args := []string{
		"-itsoffset", number(c.offset[0]), "-f", "lavfi", "-i",
		fmt.Sprintf("color=black:%s,drawbox=c=white:t=fill:enable='between(t,%f,%f)'%s", c.picture, pictureAt-0.001, pictureAt+0.065, c.filters),
	}
	if c.sound != "" {
		args = append(args, "-itsoffset", number(c.offset[1]), "-f", "lavfi", "-i",
			fmt.Sprintf("aevalsrc='0.5*sin(2*PI*1000*t)*between(t,%f,%f)':%s", soundAt, soundAt+0.05, c.sound))
	}
	in := generate(t, dir, c.file, append(args, c.coding...)...)
	in.Options = c.options
	return in
}

// In every join the flash and the beep of every clip come together, and where they are expected; it is as long as its clips.
func TestJoints(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	inputs := make([]job.Input, len(clips))
	var making sync.WaitGroup
	for i, c := range clips {
		making.Go(func() { inputs[i] = c.make(t, dir) })
	}
	making.Wait()
	if t.Failed() {
		return
	}
	for _, tt := range []struct {
		name, format string
		order        []int
	}{
		{"ten clips", "mp4", []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}},
		{"upright first", "mkv", []int{1, 10, 11, 12, 13, 14, 0}},
		{"silent first", "webm", []int{6, 3, 5}},
		{"picture first", "mov", []int{8, 11, 7, 2}},
		{"one clip ten times", "mp4", []int{2, 2, 2, 2, 2, 2, 2, 2, 2, 2}},
		{"no sound", "mp4", []int{6, 8, 7}},
		{"as sound", "wav", []int{9, 6, 10, 12}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var joined []job.Input
			for _, i := range tt.order {
				joined = append(joined, inputs[i])
			}
			file, err := produce(t.Context(), t, dir, job.Transcode{Format: tt.format}, joined...)
			if err != nil {
				t.Fatal(err, tail20(err))
			}
			film := watch(t, file)
			start := 0.0
			for n, i := range tt.order {
				c := clips[i]
				film.expect(t, fmt.Sprintf("%d: %s", n, c.file), start+c.at-c.skips, c.sound != "")
				start += c.lasts
			}
			film.ends(t, start)
		})
	}
}
