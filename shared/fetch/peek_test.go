package fetch

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fflambda/fflambda/shared/ffmpeg"
	"github.com/fflambda/fflambda/shared/job"
)

// remote is a bucket of one object that counts what is read of it.
type remote struct {
	content      io.ReaderAt
	size         int64
	reads, bytes atomic.Int64
	broken       func(read int64) (io.ReadCloser, error) // answers instead, where it answers anything
}

func (s *remote) Head(_ context.Context, key string) (job.ObjectInfo, error) {
	if s.content == nil {
		return job.ObjectInfo{}, job.ErrNoObject
	}
	return job.ObjectInfo{Key: key, Bytes: s.size}, nil
}

func (s *remote) GetRange(_ context.Context, o job.ObjectInfo, from, n int64) (io.ReadCloser, error) {
	if from < 0 || n <= 0 || from+n > o.Bytes {
		return nil, errors.New("a range outside of the object")
	}
	read := s.reads.Add(1)
	s.bytes.Add(n)
	if s.broken != nil {
		if body, err := s.broken(read); body != nil || err != nil {
			return body, err
		}
	}
	return io.NopCloser(io.NewSectionReader(s.content, from, n)), nil
}

func remoteOf(t *testing.T, path string) *remote {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	return &remote{content: file, size: info.Size()}
}

var installed = sync.OnceValues(func() (ffmpeg.Tools, error) { return ffmpeg.Find(context.Background(), "") })

// tools is the real ffmpeg.
func tools(tb testing.TB) ffmpeg.Tools {
	tb.Helper()
	found, err := installed()
	switch {
	case err == nil:
	case slices.Contains(strings.Split(os.Getenv("FFLAMBDA_REQUIRE"), ","), "ffmpeg"):
		tb.Fatal(err)
	default:
		tb.Skip(err)
	}
	return found
}

// generate runs ffmpeg in dir and returns the path of the last argument.
func generate(tb testing.TB, dir string, args ...string) string {
	tb.Helper()
	cmd := exec.CommandContext(tb.Context(), tools(tb).FFmpeg, append([]string{"-loglevel", "fatal", "-nostdin"}, args...)...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		tb.Fatalf("%v: %v\n%s", args, err, out)
	}
	return filepath.Join(dir, args[len(args)-1])
}

// film is 19 MB of film in 2 seconds.
func film(tb testing.TB, dir string, args ...string) string {
	tb.Helper()
	return generate(tb, dir, append(strings.Fields("-f lavfi -i testsrc2=s=640x360:r=25:d=2,noise=alls=60:allf=t -f lavfi -i sine=d=2 -c:v libx264 -preset ultrafast -qp 8 -pix_fmt yuv420p -c:a aac"), args...)...)
}

// compare peeks at a file and fails where ffprobe says another thing of it than of the whole. It returns what was read.
func compare(t *testing.T, p Peek, path string) *remote {
	t.Helper()
	s := remoteOf(t, path)
	p.Objects = s
	peeked := filepath.Join(t.TempDir(), filepath.Base(path))
	if err := p.Fetch(t.Context(), "uploads/al/file", peeked); err != nil {
		t.Fatal(err)
	}
	want, err := tools(t).Describe(t.Context(), path)
	if err != nil || want == nil {
		t.Fatalf("the whole file: %v, %v", want, err)
	}
	got, err := tools(t).Describe(t.Context(), peeked)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	return s
}

func TestPeekSeesWhatTheWholeShows(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	film(t, dir, "clip.mp4")
	const (
		copied = "-i ../clip.mp4 -c copy "
		noise  = "-f lavfi -i anoisesrc=d="
		still  = "-f lavfi -i testsrc2=s=1000x800,noise=alls=100:allf=t -frames:v 1 "
	)
	small := Peek{Head: 256 << 10, Tail: 64 << 10, Whole: 1}
	tiny := Peek{Head: 64 << 10, Tail: 66 << 10, Whole: 1} // a page of Ogg has up to 64 KiB
	half := Peek{Head: 512 << 10, Tail: 64 << 10, Whole: 1}
	for name, c := range map[string]struct {
		args  string
		peek  Peek
		reads int64 // 0: all of it
	}{
		"last.mp4":    {copied, Peek{}, 2},
		"first.mp4":   {copied + "-movflags faststart", Peek{}, 2},
		"sidx.mp4":    {copied + "-movflags dash+global_sidx -frag_duration 100000", Peek{}, 2},
		"parts.mp4":   {copied + "-movflags empty_moov -frag_duration 500000", Peek{}, 4},
		"film.mov":    {copied, Peek{}, 2},
		"film.mkv":    {copied, Peek{}, 2},
		"film.avi":    {copied, Peek{}, 2},
		"film.ts":     {copied, Peek{}, 2},
		"film.flv":    {copied, Peek{}, 2},
		"film.mpg":    {"-i ../clip.mp4 -t 1 -c:v mpeg2video -q:v 1 -an", Peek{Head: 3 << 20, Tail: 512 << 10, Whole: 1}, 2},
		"film.webm":   {"-f lavfi -i testsrc2=s=320x180:d=1,noise=alls=60:allf=t -c:v libvpx -b:v 20M -deadline realtime -cpu-used 8", half, 2},
		"sound.wav":   {noise + "10", half, 2},
		"sound.flac":  {noise + "10", half, 2},
		"sound.m4a":   {noise + "10 -c:a aac -b:a 320k", tiny, 2},
		"cbr.mp3":     {noise + "10 -c:a libmp3lame -b:a 320k", tiny, 2},
		"vbr.mp3":     {noise + "20 -c:a libmp3lame -q:a 0", tiny, 2},
		"plain.mp3":   {noise + "10 -c:a libmp3lame -b:a 320k -write_xing 0", tiny, 2},
		"sound.ogg":   {noise + "10 -c:a libvorbis -q:a 8", tiny, 2},
		"sound.opus":  {noise + "10 -c:a libopus -b:a 200k", tiny, 2},
		"picture.png": {still, small, 2},
		"picture.jpg": {still + "-q:v 1", small, 2},
		"picture.webp": {still + "-lossless 1 -compression_level 0",
			small, 2},
		"moving.gif": {"-f lavfi -i testsrc2=s=320x240:d=4,noise=alls=60:allf=t", small, 0},
		"few.mp3":    {noise + "2 -c:a libmp3lame", Peek{}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			own := filepath.Join(dir, "of-"+name)
			if err := os.Mkdir(own, 0o700); err != nil {
				t.Fatal(err)
			}
			s := compare(t, c.peek, generate(t, own, append(strings.Fields(c.args), name)...))
			switch read := s.bytes.Load(); {
			case c.reads == 0 && read != s.size:
				t.Errorf("%d of %d bytes were read, want all", read, s.size)
			case c.reads != 0 && (s.reads.Load() != c.reads || read > s.size*9/10):
				t.Errorf("%d reads, %d of %d bytes; want %d reads and a hole", s.reads.Load(), read, s.size, c.reads)
			}
		})
	}
}
