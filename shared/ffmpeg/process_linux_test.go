package ffmpeg

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// kill -9 of the worker takes ffmpeg with it.
func TestDiesWithUs(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	worker := exec.CommandContext(t.Context(), self, "fake:worker")
	worker.Dir = dir
	if err := worker.Start(); err != nil {
		t.Fatal(err)
	}
	for held := filepath.Join(dir, "held"); ; {
		if _, err := os.Stat(held); err == nil {
			break
		}
		select {
		case <-t.Context().Done():
			t.Fatal("the fake ffmpeg never started")
		case <-time.After(5 * time.Millisecond):
		}
	}
	if err := worker.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = worker.Wait() // killed
	lock, err := os.Open(filepath.Join(dir, "held"))
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil { // waits for as long as ffmpeg lives: an hour
		t.Fatal(err)
	}
}
