package fetch

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fflambda/fflambda/shared/job"
)

// atom is a box with a 32-bit size.
func atom(kind string, body ...byte) []byte {
	return append(append(binary.BigEndian.AppendUint32(nil, uint32(8+len(body))), kind...), body...)
}

// claim is a box's header with a 64-bit size, whatever follows.
func claim(kind string, size uint64) []byte {
	return binary.BigEndian.AppendUint64(append([]byte{0, 0, 0, 1}, kind...), size)
}

// riff is a chunk of a RIFF.
func riff(kind string, body ...byte) []byte {
	return append(binary.LittleEndian.AppendUint32([]byte(kind), uint32(len(body))), body...)
}

// element is one of Matroska, with its size in eight bytes.
func element(id string, body ...byte) []byte {
	return append(binary.BigEndian.AppendUint64([]byte(id), uint64(len(body))|1<<56), body...)
}

// filled is n bytes that are not zero.
func filled(n int) []byte { return bytes.Repeat([]byte{0xa5}, n) }

// long is an object that begins with head and goes on with zeros.
type long struct {
	head []byte
	size int64
}

func (l long) ReadAt(p []byte, at int64) (int, error) {
	clear(p)
	if at < int64(len(l.head)) {
		copy(p, l.head[at:])
	}
	return len(p), nil
}

// peek fetches content and returns the file.
func peek(t *testing.T, p Peek, s *remote) ([]byte, error) {
	t.Helper()
	p.Objects = s
	path := filepath.Join(t.TempDir(), "x")
	if err := p.Fetch(t.Context(), "uploads/al/x", path); err != nil {
		if _, missing := os.Stat(path); !errors.Is(missing, os.ErrNotExist) {
			t.Errorf("a failure left its file: %v", missing)
		}
		return nil, err
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 || info.Size() != s.size {
		t.Fatalf("%+v, %v; want 0600 and %d bytes", info, err, s.size)
	}
	if s.size > 64<<20 {
		return nil, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text, nil
}

func TestPeekFillsInWhatLiesBetween(t *testing.T) {
	t.Parallel()
	const head, tail = 4 << 10, 1 << 10
	gap := filled(200 << 10)
	ebml := element("\x1a\x45\xdf\xa3", filled(20)...)
	for name, c := range map[string]struct {
		parts [][]byte
		want  []int // numbers of the parts that must be there
		reads int64
	}{
		"moov before a gap":   {[][]byte{atom("ftyp"), atom("mdat", gap...), atom("moov", filled(50<<10)...), atom("free", gap...)}, []int{0, 2}, 5},
		"a small one":         {[][]byte{atom("ftyp"), atom("mdat", gap...), atom("moov", filled(500)...), atom("free", gap...)}, []int{0, 2}, 3},
		"a size of 64 bits":   {[][]byte{atom("ftyp"), claim("mdat", 16+200<<10), gap, atom("moov", filled(500)...), atom("free", gap...)}, []int{0, 3}, 3},
		"a moov to the end":   {[][]byte{atom("wide"), atom("mdat", gap...), {0, 0, 0, 0, 'm', 'o', 'o', 'v'}, filled(20 << 10)}, []int{0, 2, 3}, 4},
		"a moov cut off":      {[][]byte{atom("ftyp"), atom("mdat", gap...), claim("moov", 1<<40), filled(20 << 10)}, []int{0, 2, 3}, 4},
		"mdat after moov":     {[][]byte{atom("ftyp"), atom("moov", filled(9<<10)...), {0, 3, 0x20, 8, 'm', 'd', 'a', 't'}, filled(head), gap[head:], atom("free", gap...)}, []int{1, 2, 3}, 5},
		"an old index":        {[][]byte{append([]byte("RIFF    AVI "), riff("LIST", gap...)...), riff("idx1", filled(30<<10)...), riff("JUNK", gap...)}, []int{1}, 5},
		"two RIFFs":           {[][]byte{append([]byte("RIFF    AVI "), riff("LIST", gap...)...), append([]byte("RIFF    AVIX"), riff("idx1", filled(300)...)...), riff("JUNK", gap...)}, []int{1}, 3},
		"fonts in Matroska":   {[][]byte{ebml, []byte("\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff"), element("\x19\x41\xa4\x69", gap...), []byte("\x1f\x43\xb6\x75\x01\xff\xff\xff\xff\xff\xff\xff"), filled(head - 12), gap}, []int{2, 3, 4}, 4},
		"a cover in FLAC":     {[][]byte{[]byte("fLaC\x00\x00\x00\x04abcd\x86\x03\x20\x00"), gap, filled(head), gap}, []int{0, 1, 2}, 3},
		"a cover in an MP3":   {[][]byte{[]byte("ID3\x04\x00\x00\x00\x0c\x40\x00"), gap, filled(head), gap}, []int{0, 1, 2}, 3},
		"fragments":           {[][]byte{atom("ftyp"), atom("moov", filled(50)...), atom("moof", filled(50)...), atom("mdat", gap...), atom("moof", filled(80)...), atom("mdat", gap...)}, []int{1, 2, 4}, 3},
		"neither size":        {[][]byte{atom("ftyp"), {0, 0, 0, 7}, []byte("free"), gap}, []int{0, 1, 2}, 2},
		"a size out of range": {[][]byte{atom("ftyp"), claim("free", 1<<63+5), gap}, []int{0, 1}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			content := slices.Concat(c.parts...)
			s := &remote{content: bytes.NewReader(content), size: int64(len(content))}
			got, err := peek(t, Peek{Head: head, Tail: tail, Whole: 1}, s)
			if err != nil {
				t.Fatal(err)
			}
			if s.reads.Load() != c.reads {
				t.Errorf("%d reads, want %d", s.reads.Load(), c.reads)
			}
			at := 0
			for i, part := range c.parts {
				if slices.Contains(c.want, i) && !bytes.Equal(got[at:at+len(part)], part) {
					t.Errorf("part %d is not all there", i)
				}
				at += len(part)
			}
			if !bytes.Equal(got[len(got)-tail:], content[len(content)-tail:]) {
				t.Error("the end is not there")
			}
			if s.bytes.Load() >= s.size {
				t.Error("all of it was read")
			}
		})
	}
}

// What was made to keep us busy costs no more than the limits, and so does what merely is that large.
func TestPeekKeepsItsLimits(t *testing.T) {
	t.Parallel()
	const size = 2 << 30
	tiny := bytes.Repeat(atom("free"), 1<<20)
	gap := filled(200 << 10)
	parts := bytes.Repeat(slices.Concat(atom("moof", filled(10)...), atom("mdat", gap...)), 120)
	for name, head := range map[string][]byte{
		"tiny boxes":       tiny,
		"a huge moov":      slices.Concat(atom("ftyp"), claim("moov", size-100)),
		"fragments":        slices.Concat(atom("ftyp"), atom("moov"), parts),
		"boxes far apart":  bytes.Repeat(atom("wide", gap...), 120),
		"a long picture":   bytes.Repeat([]byte("GIF89a"), 10),
		"a long ID3":       []byte("ID3\x04\x00\x00\x7f\x7f\x7f\x7f\x00\x00"),
		"blocks of FLAC":   append([]byte("fLaC"), make([]byte, 1<<20)...),
		"chunks far apart": slices.Concat([]byte("RIFF    AVI "), bytes.Repeat(riff("JUNK", gap...), 120)),
		"a huge idx1":      []byte("RIFF    AVI idx1\x00\x00\x00\x7f"),
		"RIFF after RIFF":  bytes.Repeat([]byte("RIFF    AVI "), 1<<20),
		"tiny elements":    append([]byte("\x1a\x45\xdf\xa3\x80"), bytes.Repeat([]byte{0xec, 0x80}, 1<<20)...),
	} {
		t.Run(name, func(t *testing.T) {
			s := &remote{content: long{head, size}, size: size}
			if _, err := peek(t, Peek{}, s); !errors.Is(err, ErrScattered) {
				t.Errorf("%v, want ErrScattered", err)
			}
			if s.reads.Load() > 64 || s.bytes.Load() > 96<<20 {
				t.Errorf("%d reads, %d bytes", s.reads.Load(), s.bytes.Load())
			}
		})
	}
	t.Run("what is known suffices", func(t *testing.T) {
		t.Parallel()
		s := &remote{content: long{slices.Concat(atom("ftyp"), atom("moov"), atom("mdat", 1), tiny), size}, size: size}
		if _, err := peek(t, Peek{}, s); err != nil || s.reads.Load() != 2 {
			t.Errorf("%d reads, %v", s.reads.Load(), err)
		}
	})
}

func TestPeekFailures(t *testing.T) {
	t.Parallel()
	broken := errors.New("the bucket is on fire")
	content := filled(100)
	for name, c := range map[string]struct {
		answer func(int64) (io.ReadCloser, error)
		want   error
	}{
		"an error":         {func(int64) (io.ReadCloser, error) { return nil, broken }, broken},
		"a later error":    {func(read int64) (io.ReadCloser, error) { return nil, map[bool]error{true: broken}[read == 2] }, broken},
		"a cut-off answer": {func(int64) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("short")), nil }, io.ErrUnexpectedEOF},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &remote{content: bytes.NewReader(content), size: int64(len(content)), broken: c.answer}
			if _, err := peek(t, Peek{Head: 10, Tail: 10, Whole: 1}, s); !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
		})
	}
	if _, err := peek(t, Peek{}, &remote{}); !errors.Is(err, job.ErrNoObject) {
		t.Errorf("no object: %v", err)
	}
	empty := &remote{content: bytes.NewReader(nil)}
	if _, err := peek(t, Peek{}, empty); err != nil || empty.reads.Load() != 0 {
		t.Errorf("an empty object: %d reads, %v", empty.reads.Load(), err)
	}
	path := filepath.Join(t.TempDir(), "ours")
	if err := os.WriteFile(path, []byte("ours"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := Peek{Objects: &remote{content: bytes.NewReader(content), size: 100}}.Fetch(t.Context(), "k", path)
	if text, _ := os.ReadFile(path); err == nil || string(text) != "ours" || strings.Contains(err.Error(), path) {
		t.Errorf("over another file: %v, now %q", err, text)
	}
}

// FuzzPeek: whatever the content, the limits hold, and every byte of the file is the object's or zero.
func FuzzPeek(f *testing.F) {
	for _, seed := range [][]byte{
		slices.Concat(atom("ftyp"), atom("mdat", filled(900)...), atom("moov", filled(40)...), atom("moof"), atom("sidx", filled(44)...), filled(99)),
		slices.Concat([]byte("RIFF    AVI "), riff("LIST", filled(900)...), riff("idx1", filled(40)...)),
		slices.Concat([]byte("RF64    WAVE"), riff("ds64", filled(28)...), []byte("data\xff\xff\xff\xff")),
		slices.Concat(element("\x1a\x45\xdf\xa3"), element("\x18\x53\x80\x67"), element("\xec", filled(700)...), element("\x1f\x43\xb6\x75")),
		[]byte("fLaC\x00\x00\x00\x04abcd\x86\x00\x20\x00"), []byte("ID3\x04\x00\x00\x00\x00\x40\x00\x00"), []byte("GIF89a"),
	} {
		f.Add(seed)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, content []byte) {
		s := &remote{content: bytes.NewReader(content), size: int64(len(content))}
		p := Peek{Objects: s, Head: 64, Tail: 32, Whole: 1, Reads: 8, Bytes: 20 << 10}
		path := filepath.Join(dir, "x")
		defer os.Remove(path) //nolint:errcheck // it may not be there
		err := p.Fetch(context.WithoutCancel(t.Context()), "k", path)
		if s.reads.Load() > p.Reads || s.bytes.Load() > p.Bytes {
			t.Fatalf("%d reads, %d bytes", s.reads.Load(), s.bytes.Load())
		}
		if errors.Is(err, ErrScattered) {
			return
		}
		got, readErr := os.ReadFile(path)
		if err != nil || readErr != nil || len(got) != len(content) {
			t.Fatal(err, readErr, len(got), len(content))
		}
		for i, b := range got {
			if b != 0 && b != content[i] {
				t.Fatalf("byte %d is %x, want %x", i, b, content[i])
			}
		}
	})
}
