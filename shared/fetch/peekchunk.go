package fetch

import (
	"bytes"
	"context"
	"encoding/binary"
	"math/bits"
)

// walkRIFF walks the chunks of an AVI or WAV (RIFF; RF64 and BW64, which are longer than 4 GiB, by EBU Tech 3306). ffprobe
// goes from one to the next and searches a hole for them; the index of an AVI (idx1) it reads whole.
func (f *sparse) walkRIFF(ctx context.Context) error {
	at, long := int64(0), int64(-1)
	for range maxSteps {
		head, err := f.look(ctx, at, 36)
		if err != nil || len(head) < 12 {
			return err
		}
		size := int64(binary.LittleEndian.Uint32(head[4:]))
		switch string(head[:4]) {
		case "RIFF", "RF64", "BW64":
			at += 12
			continue
		case "ds64":
			if len(head) >= 24 {
				long = int64(binary.LittleEndian.Uint64(head[16:]))
			}
		case "data":
			if size == 1<<32-1 && long >= 0 {
				size = long
			}
		case "idx1":
			if err := f.need(ctx, span{at, at + 8 + size}); err != nil {
				return err
			}
		}
		next := at + 8 + size + size&1
		if next <= at || next > f.object.Bytes {
			return nil
		}
		at = next
	}
	return ErrScattered
}

// start is where the media of a file begin that opens with what may be long: pictures of a cover, fonts.
func (f *sparse) start(ctx context.Context, magic []byte) (int64, error) {
	switch {
	case bytes.HasPrefix(magic, []byte("ID3")) && len(magic) >= 10: // ID3v2: four times seven bits
		return 10 + int64(magic[6]&127)<<21 + int64(magic[7]&127)<<14 + int64(magic[8]&127)<<7 + int64(magic[9]&127), nil
	case bytes.HasPrefix(magic, []byte("fLaC")): // RFC 9639, 8.1: blocks of metadata, the last is marked
		at := int64(4)
		for range maxSteps {
			head, err := f.look(ctx, at, 4)
			if err != nil || len(head) < 4 {
				return at, err
			}
			at += 4 + int64(binary.BigEndian.Uint32(head)&(1<<24-1))
			if head[0]&(1<<7) != 0 {
				return at, nil
			}
		}
		return 0, ErrScattered
	case bytes.HasPrefix(magic, []byte{0x1a, 0x45, 0xdf, 0xa3}):
		return f.startMatroska(ctx)
	}
	return 0, nil
}

// Elements of Matroska and WebM (RFC 9559), by their ID with its length marker.
const (
	segment = 0x18538067
	cluster = 0x1f43b675
)

// startMatroska is where the first cluster begins, or 0 where none follows what can be skipped.
func (f *sparse) startMatroska(ctx context.Context) (int64, error) {
	at := int64(0)
	for range maxSteps {
		head, err := f.look(ctx, at, 12)
		if err != nil {
			return 0, err
		}
		id, n := vint(head, 4)
		size, m := vint(head[n:], 8)
		switch {
		case n == 0 || m == 0:
			return 0, nil
		case id == cluster:
			return at, nil
		case id == segment:
			at += int64(n + m)
			continue
		}
		size &^= 1 << (7 * m) // the marker
		if size > uint64(f.object.Bytes-at) {
			return 0, nil
		}
		at += int64(n+m) + int64(size)
	}
	return 0, ErrScattered
}

// vint reads an EBML integer (RFC 8794, 4) of at most so many bytes, with its length marker. n is how long it is; 0: there is none.
func vint(text []byte, most int) (value uint64, n int) {
	if len(text) == 0 {
		return 0, 0
	}
	n = bits.LeadingZeros8(text[0]) + 1
	if n > most || n > len(text) {
		return 0, 0
	}
	for _, b := range text[:n] {
		value = value<<8 | uint64(b)
	}
	return value, n
}
