package ffmpeg

import (
	"bufio"
	"errors"
	"io"
	"iter"
	"math"
	"strconv"
	"strings"
)

// Update is one report of a run's progress.
type Update struct {
	Seconds float64 // of output written; it only grows
	Speed   float64 // seconds of output a second; 0: not known
	Frame   int64   // of video
}

// maxClock is 30 years in microseconds. With -copyts, ffmpeg 7 begins with a time near the largest integer.
const maxClock = 1e15

// reports puts ffmpeg's progress together: lines of key=value, of which "progress" ends a report.
type reports struct {
	now   Update
	state [5]string // the values of moving, in this report
	seen  [5]string // and in the last one
}

// moving are the keys that stand still when ffmpeg does. Speed and bit rate change with the clock alone.
var moving = [5]string{"frame", "out_time_us", "total_size", "dup_frames", "drop_frames"}

// take reads one line. When it completes a report, u is that report and moved says whether anything went on since the last.
func (r *reports) take(line string) (u Update, moved, complete bool) {
	key, value, _ := strings.Cut(line, "=")
	value = strings.TrimSpace(value)
	for i, name := range moving {
		if name == key {
			r.state[i] = value
		}
	}
	switch key {
	case "frame":
		if n, err := strconv.ParseInt(value, 10, 64); err == nil {
			r.now.Frame = n
		}
	case "out_time_us":
		if n, err := strconv.ParseInt(value, 10, 64); err == nil && n < maxClock { // "N/A" at first; negative with some -itsoffset
			r.now.Seconds = max(r.now.Seconds, float64(n)/1e6)
		}
	case "speed":
		n, err := strconv.ParseFloat(strings.TrimSuffix(value, "x"), 64)
		if err != nil || math.IsInf(n, 0) || math.IsNaN(n) {
			n = 0
		}
		r.now.Speed = n
	case "progress":
		moved = r.state != r.seen
		r.seen = r.state
		return r.now, moved, true
	}
	return Update{}, false, false
}

// lines yields the lines of r, without their ends. One that is longer than any that ffmpeg's progress has is left out.
func lines(r io.Reader) iter.Seq[string] {
	return func(yield func(string) bool) {
		in := bufio.NewReaderSize(r, 1024)
		for long := false; ; {
			line, err := in.ReadSlice('\n')
			if errors.Is(err, bufio.ErrBufferFull) {
				long = true
				continue
			}
			if err != nil {
				return
			}
			if !long && !yield(strings.TrimRight(string(line), "\r\n")) {
				return
			}
			long = false
		}
	}
}
