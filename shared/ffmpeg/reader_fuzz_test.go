package ffmpeg

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// reading is all that a reader of progress makes of r.
func reading(r io.Reader) (updates []Update, moves []bool) {
	var all reports
	for line := range lines(r) {
		if u, moved, complete := all.take(line); complete {
			updates, moves = append(updates, u), append(moves, moved)
		}
	}
	return updates, moves
}

// FuzzProgress: however ffmpeg's reports come in, they are read alike, and what they say stays within bounds.
func FuzzProgress(f *testing.F) {
	f.Add("frame=1\nout_time_us=40000\nspeed=1.5x\nprogress=continue\nframe=2\nprogress=end\n", uint16(0))
	f.Add("out_time_us=N/A\nspeed=N/A\nprogress=continue\r\nout_time_us=-5\nprogress=end", uint16(1))
	f.Add("out_time_us=9223372036854775807\nspeed=1e999x\nframe=99999999999999999999\nprogress=\n", uint16(7))
	f.Add("x", uint16(2000))
	f.Add("progress=\xff\x00=\n=\nspeed=NaN\nspeed=-Infx\nprogress=continue\n", uint16(3))
	f.Fuzz(func(t *testing.T, text string, long uint16) {
		text = strings.Repeat("a", int(long)) + text // a line that is too long is left out, and nothing else
		updates, moves := reading(strings.NewReader(text))
		for _, r := range []io.Reader{
			iotest.OneByteReader(strings.NewReader(text)), iotest.HalfReader(strings.NewReader(text)), iotest.DataErrReader(strings.NewReader(text)),
		} {
			others, otherMoves := reading(r)
			if diff := cmp.Diff(updates, others) + cmp.Diff(moves, otherMoves); diff != "" {
				t.Fatalf("%q in other pieces (-want +got):\n%s", text, diff)
			}
		}
		last := 0.0
		for _, u := range updates {
			if u.Seconds < last || u.Seconds > maxClock/1e6 || u.Speed-u.Speed != 0 { // the odd form finds NaN and infinities
				t.Errorf("%q: %+v", text, u)
			}
			last = u.Seconds
		}
		for line := range lines(strings.NewReader(text)) {
			if len(line) > 1024 || strings.ContainsAny(line, "\n") {
				t.Errorf("a line of %d bytes", len(line))
			}
		}
	})
}

// FuzzTail: in whatever pieces stderr comes, its end is kept, and no more than that.
func FuzzTail(f *testing.F) {
	f.Add([]byte("one\ntwo\r\nthree\rfour"), uint16(1), uint32(0))
	f.Add([]byte("\n\n\r"), uint16(3), uint32(tailSize))
	f.Add([]byte("a\n"), uint16(700), uint32(tailSize-2))
	f.Add([]byte("a"), uint16(9), uint32(tailSize-1))
	f.Add([]byte("last"), uint16(4), uint32(2*tailSize+5))
	f.Fuzz(func(t *testing.T, data []byte, piece uint16, before uint32) {
		data = append(bytes.Repeat([]byte("0123456789abcde\n"), int(before%(3*tailSize))/16), data...)
		data = append(bytes.Repeat([]byte("x"), int(before%16)), data...)
		var whole, pieces tail
		_, _ = whole.Write(data)
		for part := range bytes.SplitAfterSeq(data, []byte("c")) {
			for size := int(piece) + 1; len(part) > 0; part = part[min(size, len(part)):] {
				if n, err := pieces.Write(part[:min(size, len(part))]); n != min(size, len(part)) || err != nil {
					t.Fatal(n, err)
				}
			}
		}
		// What is kept, said in another way: the last bytes, from the first line that is whole.
		kept := data[max(0, len(data)-tailSize):]
		if i := bytes.IndexAny(kept, "\r\n"); len(kept) < len(data) && i >= 0 {
			kept = kept[i:]
		}
		want := strings.FieldsFunc(string(kept), func(r rune) bool { return r == '\n' || r == '\r' })
		for name, got := range map[string][]string{"whole": whole.Lines(), "in pieces": pieces.Lines()} {
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%d bytes %s (-want +got):\n%.600s", len(data), name, diff)
			}
		}
		if len(whole.ring) > tailSize || len(pieces.ring) > tailSize {
			t.Errorf("it has grown to %d bytes", len(whole.ring))
		}
	})
}

// FuzzTelling: whatever ffmpeg writes, what is told of it is one line of it at most, and a few lines behind it, without the folder.
func FuzzTelling(f *testing.F) {
	f.Add("[error] /tmp/job-1/inputs/a.mp4: Invalid data\n[libx264 @ 0x1] [error] x\r[fatal] y")
	f.Add("[info] Error opening input: No such file\nError opening input file /tmp/job-1/a.\n\xff\x00")
	f.Add(strings.Repeat("/tmp/job-1/", 50))
	f.Fuzz(func(t *testing.T, said string) {
		const dir = "/tmp/job-1"
		var end tail
		_, _ = io.WriteString(&end, said)
		told, shown := telling(end.Lines(), dir), last20(end.Lines(), dir)
		if len(shown) > tailLines || strings.ContainsAny(told, "\r\n") {
			t.Errorf("%q: %q, %q", said, told, shown)
		}
		if text := told + "\n" + strings.Join(shown, "\n"); strings.Contains(text, dir+"/") && strings.Count(said, "job-1") == 1 {
			t.Errorf("%q tells the folder: %s", said, text)
		}
	})
}
