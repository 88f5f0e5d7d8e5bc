package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	readyTime = time.Minute      // for a server to start
	stopTime  = 45 * time.Second // for one to stop by itself
)

// server is one fflambda, which is killed and started again under the same address and on the same folder.
type server struct {
	url  string
	data string
	args []string
	env  []string // without CHAOS
	log  string   // a file that takes what it says
	main string   // the program

	starts int

	mu     sync.Mutex
	cmd    *exec.Cmd
	exited chan struct{} // closed when the process has ended
}

// start runs the program with so many faults, and returns when it answers.
func (s *server) start(ctx context.Context, chaos string) error {
	log, err := os.OpenFile(s.log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()                      //nolint:errcheck // the process has its own copy
	cmd := exec.Command(s.main, s.args...) //nolint:noctx // its end is what is tested
	cmd.Env = append(bare(), append(s.env, "CHAOS="+chaos)...)
	cmd.Stderr = log
	cmd.SysProcAttr = withUs()
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	ready, exited := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(exited)
		awaitReady(out, ready)
		_ = cmd.Wait()
	}()
	s.mu.Lock()
	s.cmd, s.exited = cmd, exited
	s.starts++
	s.mu.Unlock()
	late := time.NewTimer(readyTime)
	defer late.Stop()
	select {
	case <-ready:
		return nil
	case <-exited:
		return fmt.Errorf("a server did not start; it says: %s", tail(s.log))
	case <-late.C:
		return fmt.Errorf("a server was not ready after %s", readyTime)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// bare is our environment without what is set for fflambda or for AWS.
func bare() []string {
	var env []string
	for _, pair := range os.Environ() {
		if !strings.HasPrefix(pair, "FFLAMBDA_") && !strings.HasPrefix(pair, "AWS_") && !strings.HasPrefix(pair, "CHAOS") {
			env = append(env, pair)
		}
	}
	return env
}

// awaitReady reads what a server says to the end, and closes ready at its ready line.
func awaitReady(out io.Reader, ready chan<- struct{}) {
	said := false
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if !said && strings.HasPrefix(lines.Text(), "ready ") {
			said = true
			close(ready)
		}
	}
}

func (s *server) pid() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cmd.Process.Pid
}

// alive says whether the process runs, or stands still.
func (s *server) alive() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.exited:
		return false
	default:
		return s.cmd != nil
	}
}

// signal sends one to the server alone, never to its children: what becomes of them is its own business.
func (s *server) signal(sig syscall.Signal) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.cmd.Process.Signal(sig)
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}

// kill ends it as a power cut would.
func (s *server) kill() error { return s.stop(syscall.SIGKILL) }

// stop ends it by a signal and waits for that.
func (s *server) stop(sig syscall.Signal) error {
	if s.cmd == nil {
		return nil
	}
	if err := s.signal(sig); err != nil {
		return err
	}
	late := time.NewTimer(stopTime)
	defer late.Stop()
	select {
	case <-s.exited:
		return nil
	case <-late.C:
		_ = s.signal(syscall.SIGKILL)
		<-s.exited
		return fmt.Errorf("a server did not end within %s of %s", stopTime, sig)
	}
}

// tail is the end of a file.
func tail(path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	return string(b[max(0, len(b)-2000):])
}

// build makes the program with the faults in it.
func build(ctx context.Context, root, dir string) (string, error) {
	program := filepath.Join(dir, "fflambda-chaos")
	cmd := exec.CommandContext(ctx, "go", "build", "-tags", "chaos", "-buildvcs=false", "-o", program, "./cmd/fflambda")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w: %s", err, out)
	}
	return program, nil
}
