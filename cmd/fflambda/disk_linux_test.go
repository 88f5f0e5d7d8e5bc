package main

import (
	"strings"
	"syscall"
	"testing"
)

// TestDiskFull: the disk of the data folder really is full. The job says so, the server goes on.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	requireFFmpeg(t)
	data := t.TempDir()
	if err := syscall.Mount("tmpfs", data, "tmpfs", 0, "size=32m"); err != nil {
		t.Skipf("cannot mount a small disk: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(data, syscall.MNT_DETACH) })
	if err := syscall.Setxattr(data, "user.test", []byte("x"), 0); err != nil {
		t.Skipf("a small disk of this kernel cannot hold objects: %v", err) // tmpfs has attributes since Linux 6.6
	}
	s := start(t, options{data: data})
	done := s.run(t, object{"input_files": object{}, "output_files": []string{"o.avi"},
		"ffmpeg_commands": []string{"-f lavfi -i testsrc2=size=1280x720:rate=25:duration=60 -c:v rawvideo {{o.avi}}"}})
	if done.text("data", "error_code") != "internal" || !strings.Contains(done.text("data", "error_message"), "disk") {
		t.Errorf("%s", done.body)
	}
	if next := s.run(t, anyJob); next.text("data", "status") != "succeeded" {
		t.Errorf("the next job: %s", next.body)
	}
	nothingLeft(t, s)
}

// TestReadOnlyData: a data folder that cannot be written is said at the start.
func TestReadOnlyData(t *testing.T) {
	t.Parallel()
	requireFFmpeg(t)
	data := t.TempDir()
	if err := syscall.Mount("tmpfs", data, "tmpfs", syscall.MS_RDONLY, ""); err != nil {
		t.Skipf("cannot mount a read-only disk: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(data, syscall.MNT_DETACH) })
	out, err := command(nil, "serve", "--listen", "127.0.0.1:0", "--data", data).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "cannot be written") {
		t.Errorf("%v\n%s", err, out)
	}
}
