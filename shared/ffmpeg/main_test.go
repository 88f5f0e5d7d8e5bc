package ffmpeg

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// TestMain lets the test binary play ffmpeg and ffprobe: a word "fake:<part>", or a file of that name, says which part.
func TestMain(m *testing.M) {
	Main()
	for _, arg := range os.Args[1:] {
		if part, ok := strings.CutPrefix(filepath.Base(arg), "fake:"); ok {
			os.Exit(play(part))
		}
	}
	os.Exit(m.Run())
}

// play is what the fake does, and its exit code. The environment is scrubbed, so it only knows its words and its folder.
func play(part string) int {
	progress := os.NewFile(3, "progress")
	switch part {
	case "silent":
	case "exit255":
		fmt.Fprintln(os.Stderr, "[error] Unknown encoder 'nope'")
		fmt.Fprintln(os.Stderr, "[error] Conversion failed!")
		return 255
	case "polite": // ends at SIGINT
		interrupted := make(chan os.Signal, 1)
		signal.Notify(interrupted, os.Interrupt)
		report(progress, 1)
		<-interrupted
		return 255
	case "deaf", "grandchild":
		signal.Ignore(os.Interrupt)
		hold("held")
		report(progress, 1)
		<-time.After(time.Hour)
	case "parent": // leaves a process behind that keeps stderr open
		child := exec.Command(os.Args[0], "fake:grandchild")
		child.Stderr, child.ExtraFiles = os.Stderr, []*os.File{childProgress()}
		if err := child.Start(); err != nil {
			return 9
		}
		waitFor("held")
		fmt.Fprintln(os.Stderr, "[fatal] the parent gave up")
		return 1
	case "stuck": // reports, but always the same
		for {
			report(progress, 1)
			<-time.After(10 * time.Millisecond)
		}
	case "worker": // runs ffmpeg, as the real one does
		self, err := os.Executable()
		if err != nil {
			return 9
		}
		dir, err := os.Getwd()
		if err != nil {
			return 9
		}
		if err := (Tools{FFmpeg: self}).Run(context.Background(), Task{Dir: dir, Args: []string{"fake:deaf"}}); err != nil {
			return 1
		}
	default:
		return write(part, progress)
	}
	return 0
}

// write is the parts that are about what ffmpeg writes.
func write(part string, progress *os.File) int {
	switch part {
	case "reports":
		_, _ = io.WriteString(progress, strings.Repeat("x", 5<<20)+"\n") // a line without end
		for _, us := range []string{"N/A", "500000", "250000", "1000000", "9000000", "9223372036852781000"} {
			fmt.Fprintf(progress, "frame=7\nout_time_us=%s\nspeed=1.5x\nprogress=continue\n", us)
			<-time.After(20 * time.Millisecond) // as ffmpeg does: reports that come together are merged
		}
	case "flood":
		block := []byte(strings.Repeat("spam and spam and spam ", 4000))
		for range 100 << 20 / len(block) {
			_, _ = os.Stderr.Write(block)
		}
		fmt.Fprint(os.Stderr, "\r[error] the end\r")
		return 1
	case "killed":
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	case "crash":
		signal.Reset()
		_ = syscall.Kill(os.Getpid(), syscall.SIGTERM)
		<-time.After(time.Minute)
	case "greedy":
		_ = os.WriteFile("outputs/big", make([]byte, 3<<20), 0o600)
		report(progress, 1)
		<-time.After(time.Hour)
	case "many files":
		for i := range 300 {
			_ = os.WriteFile(fmt.Sprintf("outputs/%d", i), nil, 0o600)
		}
		report(progress, 1)
		<-time.After(time.Hour)
	case "too large a file": // and does not mind
		fd, err := syscall.Open("outputs/big", syscall.O_CREAT|syscall.O_WRONLY, 0o600) // in the sandbox package os has no poller
		if err != nil {
			return 1
		}
		for range 5 {
			_, _ = syscall.Write(fd, make([]byte, 1<<20))
		}
	case "busy": // until its processor time is over, about which it says what ffmpeg does
		over := make(chan os.Signal, 1)
		signal.Notify(over, syscall.SIGXCPU)
		go func() {
			fmt.Fprintf(os.Stderr, "[info] Exiting normally, received signal %d.\n", <-over)
			os.Exit(255)
		}()
		report(progress, 1)
		for began := time.Now(); time.Since(began) < time.Minute; {
			continue
		}
	case "greedy and quick":
		_ = os.WriteFile("outputs/big", make([]byte, 3<<20), 0o600)
	case "environment":
		_ = os.WriteFile("environment", []byte(strings.Join(os.Environ(), "\n")), 0o600)
	case "disk":
		fmt.Fprintln(os.Stderr, "[error] av_interleaved_write_frame(): No space left on device")
		return 1
	case "endless probe":
		for {
			if _, err := os.Stdout.Write(make([]byte, 1<<16)); err != nil {
				return 1
			}
		}
	}
	return 0
}

func report(w io.Writer, frame int) {
	fmt.Fprintf(w, "frame=%d\nout_time_us=40000\nprogress=continue\n", frame)
}

// childProgress is a descriptor 3 for the grandchild that nobody reads.
func childProgress() *os.File {
	f, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		panic(err)
	}
	return f
}

// hold locks a file for as long as this process lives.
func hold(name string) {
	f, err := os.Create(name + ".tmp")
	if err != nil {
		panic(err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		panic(err)
	}
	if err := os.Rename(name+".tmp", name); err != nil {
		panic(err)
	}
	held = f
}

var held *os.File // keeps the lock's file from being collected

func waitFor(name string) {
	for {
		if _, err := os.Stat(name); err == nil {
			return
		}
		<-time.After(time.Millisecond)
	}
}

// fake is the tools played by the test binary.
func fake(t *testing.T) Tools {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return Tools{FFmpeg: self, FFprobe: self}
}

var installed = sync.OnceValues(func() (Tools, error) { return Find(context.Background(), "") })

// tools is the real ffmpeg.
func tools(t *testing.T) Tools {
	t.Helper()
	found, err := installed()
	if err == nil {
		return found
	}
	if slices.Contains(strings.Split(os.Getenv("FFLAMBDA_REQUIRE"), ","), "ffmpeg") {
		t.Fatal(err)
	}
	t.Skip(err)
	return Tools{}
}

// folder is a job's working folder.
func folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, sub := range []string{"inputs", "outputs"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
