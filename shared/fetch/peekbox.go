package fetch

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"
)

// maxSteps is how many boxes or chunks of a file are looked at. Those within what was fetched cost no read, but time.
const maxSteps = 10_000

// topBoxes are the types that a file of the ISO base media format (ISO/IEC 14496-12) or QuickTime's may begin with.
var topBoxes = []string{"ftyp", "styp", "moov", "mdat", "free", "skip", "wide", "pnot", "uuid", "moof", "sidx"}

// isBox reports whether a file that begins with magic is made of boxes.
func isBox(magic []byte) bool {
	return len(magic) >= 8 && slices.Contains(topBoxes, string(magic[4:8]))
}

// box is the header of one of a file's boxes.
type box struct {
	kind string
	span       // the whole box; to may lie beyond the file's end
	body int64 // offset of the content
}

// boxes walks the boxes at a file's top level, as ffprobe does: MP4, MOV, M4A, 3GP, HEIF, whole or in fragments.
type boxes struct {
	*sparse
	lead int64 // bytes of the media that ffprobe reads

	movie   bool // moov is there
	media   bool // the beginning of mdat is there
	parts   bool // there are fragments
	indexed bool // sidx lists all fragments: ffprobe then looks at the first one only
}

// walk fetches every box that ffprobe reads. Without a complete sidx it reads all fragments, to learn how long they
// are; it has no use for mfra. A box that cannot be is where it ends, and so does this.
func (w *boxes) walk(ctx context.Context) error {
	at := int64(0)
	for range maxSteps {
		if at >= w.object.Bytes || w.indexed && w.movie && w.media {
			return nil
		}
		b, err := w.box(ctx, at)
		if err == nil && b.kind != "" {
			err = w.take(ctx, b)
		}
		if errors.Is(err, ErrScattered) {
			return w.giveUp()
		}
		if err != nil || b.kind == "" {
			return err
		}
		at = b.to
	}
	return w.giveUp()
}

// giveUp is no failure where only boxes without a meaning for us can follow.
func (w *boxes) giveUp() error {
	if w.movie && w.media && !w.parts {
		return nil
	}
	return ErrScattered
}

// box reads the header at an offset. Its kind is empty where there is none.
func (w *boxes) box(ctx context.Context, at int64) (box, error) {
	head, err := w.look(ctx, at, 16)
	if err != nil || len(head) < 8 {
		return box{}, err
	}
	b := box{kind: string(head[4:8]), body: at + 8}
	size := int64(binary.BigEndian.Uint32(head))
	switch {
	case size == 0:
		size = w.object.Bytes - at // to the end
	case size == 1 && len(head) == 16:
		size = int64(binary.BigEndian.Uint64(head[8:])) // negative: fails below
		b.body += 8
	}
	b.span = span{at, at + size}
	if b.to < b.body { // also where at + size is more than there can be
		return box{}, nil
	}
	return b, nil
}

// take fetches what is needed of a box.
func (w *boxes) take(ctx context.Context, b box) error {
	switch b.kind {
	case "moov":
		err := w.need(ctx, b.span)
		w.movie = w.movie || err == nil
		return err
	case "moof":
		w.parts = true
		return w.need(ctx, b.span)
	case "meta":
		return w.need(ctx, b.span)
	case "sidx":
		if err := w.need(ctx, b.span); err != nil {
			return err
		}
		return w.index(ctx, b)
	case "mdat":
		if w.media || b.to == b.body {
			return nil
		}
		w.media = true
		if b.body < w.lead/2 {
			return nil // enough of it is there
		}
		return w.need(ctx, span{b.body, min(b.body+w.lead, b.to)})
	}
	return nil
}

// index reads a sidx (ISO/IEC 14496-12, 8.16.3), and notes whether its segments reach to the end of the file, or to an
// mfra there: how long that is stands in its last four bytes.
func (w *boxes) index(ctx context.Context, b box) error {
	text := make([]byte, max(0, min(b.to, w.object.Bytes)-b.body))
	if _, err := w.file.ReadAt(text, b.body); err != nil {
		return err
	}
	fixed := 24 // bytes before the list
	if len(text) > 0 && text[0] > 0 {
		fixed = 32 // times and offsets have 8 bytes since version 1
	}
	if len(text) < fixed {
		return nil
	}
	end := b.to
	if fixed == 24 {
		end += int64(binary.BigEndian.Uint32(text[16:]))
	} else {
		end += int64(binary.BigEndian.Uint64(text[20:]))
	}
	for rest := text[fixed:]; len(rest) >= 12; rest = rest[12:] {
		end += int64(binary.BigEndian.Uint32(rest) &^ (1 << 31)) // the highest bit says that it is an index again
	}
	last, err := w.look(ctx, w.object.Bytes-4, 4)
	if err != nil {
		return err
	}
	w.indexed = w.indexed || end == w.object.Bytes || end+int64(binary.BigEndian.Uint32(last)) == w.object.Bytes
	return nil
}
