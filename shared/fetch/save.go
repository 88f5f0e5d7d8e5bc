package fetch

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// sniffed is how much of a file tells an HTML page; what http.DetectContentType looks at.
const sniffed = 512

// chunk is how much is copied between two looks at the context: a copy inside the kernel does not look itself.
const chunk = 64 << 20

// save writes src to the new file dst. What can be known before the first byte is written is refused before.
func (f *Fetcher) save(ctx context.Context, src *source, dst string) (n int64, err error) {
	if err := f.checkRoom(src, filepath.Dir(dst)); err != nil {
		return 0, err
	}
	if err := src.checkHead(); err != nil {
		return 0, err
	}
	file, err := os.OpenFile(dst, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, diskError(src.site, err)
	}
	defer func() {
		if closing := file.Close(); err == nil && closing != nil {
			err = diskError(src.site, closing)
		}
		if err != nil {
			n = 0
			os.Remove(dst)
		}
	}()
	n, err = f.copy(ctx, file, src)
	switch {
	case err != nil:
		return n, diskError(src.site, err)
	case n > f.c.MaxBytes:
		return n, f.tooLarge(src.site)
	case src.bytes >= 0 && n != src.bytes:
		return n, cutShort(src.site)
	}
	return n, nil
}

// checkRoom refuses by the declared length: over the limit, or more than half of what the disk has room for
// (the output needs room as well).
func (f *Fetcher) checkRoom(src *source, dir string) error {
	if src.bytes > f.c.MaxBytes {
		return f.tooLarge(src.site)
	}
	if src.bytes <= 0 {
		return nil
	}
	free, err := f.c.FreeSpace(dir)
	if err != nil {
		return fmt.Errorf("ask for free disk space: %w", withoutPath(err))
	}
	if free/2 < src.bytes {
		return noRoom(src.site)
	}
	return nil
}

// checkHead refuses an empty body and an HTML page by its first bytes, and leaves them to be read.
func (s *source) checkHead() error {
	var head []byte
	var err error
	if file, local := s.body.(*os.File); local {
		head = make([]byte, sniffed)
		var n int
		n, err = file.ReadAt(head, 0)
		head = head[:n]
	} else {
		ahead := bufio.NewReaderSize(s.body, sniffed)
		s.body = ahead
		head, err = ahead.Peek(sniffed)
	}
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return withoutPath(err)
	case len(head) == 0 && s.bytes > 0:
		return cutShort(s.site)
	case len(head) == 0:
		return empty(s.site)
	case strings.HasPrefix(http.DetectContentType(head), "text/html"):
		return notMedia(s.site)
	}
	return nil
}

// copy copies until the end, or one byte past the limit. Where both are files, the kernel copies (copy_file_range).
func (f *Fetcher) copy(ctx context.Context, dst *os.File, src *source) (n int64, err error) {
	for n <= f.c.MaxBytes {
		m, err := io.CopyN(dst, src.body, min(chunk, f.c.MaxBytes+1-n))
		n += m
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return n, err
		}
		if ctx.Err() != nil {
			return n, explain(ctx, src.site, ctx.Err())
		}
	}
	return n, nil
}

// diskError explains an error of a file of ours, and lets any other through: those of the source are explained already.
func diskError(site string, err error) error {
	at, ok := errors.AsType[*fs.PathError](err)
	switch {
	case !ok:
		return err
	case errors.Is(at, syscall.ENOSPC), errors.Is(at, syscall.EDQUOT):
		return noRoom(site)
	default:
		return fmt.Errorf("write the input from %s: %w", site, at.Err)
	}
}

// withoutPath takes the local path out of a file's error.
func withoutPath(err error) error {
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		return at.Err
	}
	return err
}

// freeSpace is what an ordinary user may still write to dir's file system.
func freeSpace(dir string) (int64, error) {
	var stat unix.Statfs_t
	if err := unix.Statfs(dir, &stat); err != nil {
		return 0, err
	}
	return int64(stat.Bavail * uint64(stat.Bsize)), nil // Bsize is positive; a disk is below 8 EiB
}
