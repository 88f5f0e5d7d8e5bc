//go:build linux

package attack

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"golang.org/x/sys/unix"
)

// watch has the kernel report who opens, changes, makes or removes what in some folders (inotify). It sees an open that
// succeeds, not one that is denied.
type watch struct {
	file *os.File
	dirs map[int32]string
}

func newWatch(tb testing.TB, dirs ...string) *watch {
	tb.Helper()
	fd, err := unix.InotifyInit1(unix.IN_NONBLOCK | unix.IN_CLOEXEC)
	if err != nil {
		tb.Fatal(err)
	}
	w := &watch{file: os.NewFile(uintptr(fd), "inotify"), dirs: map[int32]string{}}
	tb.Cleanup(func() { _ = w.file.Close() })
	for _, dir := range dirs {
		d, err := unix.InotifyAddWatch(fd, dir, unix.IN_OPEN|unix.IN_ACCESS|unix.IN_MODIFY|unix.IN_ATTRIB|
			unix.IN_CREATE|unix.IN_DELETE|unix.IN_MOVED_FROM|unix.IN_MOVED_TO)
		if err != nil {
			tb.Fatal(err)
		}
		w.dirs[int32(d)] = filepath.Base(dir)
	}
	return w
}

// events are what happened so far, each kind once: "opened outside/secret.txt".
func (w *watch) events(tb testing.TB) []string {
	tb.Helper()
	var found []string
	raw, err := w.file.SyscallConn()
	if err != nil {
		tb.Fatal(err)
	}
	buffer := make([]byte, 1<<16)
	n := 0
	if err := raw.Control(func(fd uintptr) { n, _ = unix.Read(int(fd), buffer) }); err != nil {
		tb.Fatal(err)
	}
	for b := buffer[:max(n, 0)]; len(b) >= unix.SizeofInotifyEvent; {
		length := binary.NativeEndian.Uint32(b[12:])
		name, _, _ := bytes.Cut(b[unix.SizeofInotifyEvent:unix.SizeofInotifyEvent+length], []byte{0})
		what := fmt.Sprintf("%s %s", verb(binary.NativeEndian.Uint32(b[4:])),
			filepath.Join(w.dirs[int32(binary.NativeEndian.Uint32(b))], string(name)))
		if !slices.Contains(found, what) {
			found = append(found, what)
		}
		b = b[unix.SizeofInotifyEvent+length:]
	}
	return found
}

func verb(mask uint32) string {
	switch {
	case mask&(unix.IN_OPEN|unix.IN_ACCESS) != 0:
		return "opened"
	case mask&(unix.IN_CREATE|unix.IN_MOVED_TO) != 0:
		return "made"
	case mask&(unix.IN_DELETE|unix.IN_MOVED_FROM) != 0:
		return "removed"
	}
	return "changed"
}
