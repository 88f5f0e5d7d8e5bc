package client

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	readyWithin = 30 * time.Second // how long a server may take to answer
	stopWithin  = 40 * time.Second // its own --grace is 30 s
)

// ServerOptions says how to run a server. The zero values of Workers and Env mean none.
type ServerOptions struct {
	Binary  string
	Data    string    // its folder
	Owner   string    // who Key belongs to
	Key     string    // the one API key
	Workers int       // 0: the API only, -1: the program's default
	Env     []string  // more FFLAMBDA_… settings
	Log     io.Writer // takes its standard error; nil: nowhere
}

// Server is a running `fflambda serve` on a free port of 127.0.0.1.
type Server struct {
	URL   string
	Ready time.Duration // from exec to its ready line

	cmd  *exec.Cmd
	term sync.Once  // a second SIGTERM would end it at once
	done chan error // the result of Wait, once its output was read to the end
}

// StartServer returns when the server answers. The caller stops it; the end of ctx stops it too.
func StartServer(ctx context.Context, o ServerOptions) (*Server, error) {
	cmd := exec.CommandContext(ctx, o.Binary, serveArgs(o)...)
	cmd.Env = serveEnv(o)
	cmd.Stderr = o.Log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a Ctrl-C in the terminal reaches it through us only
	s := &Server{cmd: cmd, done: make(chan error, 1)}
	cmd.Cancel = s.terminate
	cmd.WaitDelay = stopWithin
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the server: %w", err)
	}
	ready := make(chan string, 1)
	go func() {
		awaitReady(stdout, ready)
		s.done <- cmd.Wait()
	}()
	select {
	case s.URL = <-ready:
		s.Ready = time.Since(start)
		return s, nil
	case err := <-s.done:
		return nil, fmt.Errorf("the server ended before it was ready: %w", orClosed(err))
	case <-time.After(readyWithin):
		_ = cmd.Process.Kill()
		return nil, fmt.Errorf("the server was not ready after %s", readyWithin)
	}
}

// PID is the server's process id.
func (s *Server) PID() int { return s.cmd.Process.Pid }

// Stop sends SIGTERM and waits. An exit code other than 0 is an error.
func (s *Server) Stop() error {
	if err := s.terminate(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop the server: %w", err)
	}
	select {
	case err := <-s.done:
		if err != nil {
			return fmt.Errorf("the server did not end well: %w", err)
		}
		return nil
	case <-time.After(stopWithin):
		_ = s.cmd.Process.Kill()
		return fmt.Errorf("the server did not end within %s of SIGTERM", stopWithin)
	}
}

// terminate sends SIGTERM the first time that it is called.
func (s *Server) terminate() (err error) {
	s.term.Do(func() { err = s.cmd.Process.Signal(syscall.SIGTERM) })
	return err
}

func serveArgs(o ServerOptions) []string {
	args := []string{"serve", "--listen", "127.0.0.1:0", "--data", o.Data}
	if o.Workers >= 0 {
		args = append(args, "--workers", strconv.Itoa(o.Workers))
	}
	return args
}

// serveEnv is our environment without its FFLAMBDA_ settings: only those of o count.
func serveEnv(o ServerOptions) []string {
	env := []string{"FFLAMBDA_API_KEYS=" + o.Owner + ":" + o.Key}
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "FFLAMBDA_") {
			env = append(env, v)
		}
	}
	return append(env, o.Env...)
}

// awaitReady reads the server's output to the end, and sends the URL of its ready line.
func awaitReady(stdout io.Reader, ready chan<- string) {
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		if url, ok := strings.CutPrefix(lines.Text(), "ready "); ok {
			select {
			case ready <- url:
			default: // said before
			}
		}
	}
	_, _ = io.Copy(io.Discard, stdout) // after a line too long to scan
}

// orClosed names the odd case of a server that ends with exit code 0.
func orClosed(err error) error {
	if err == nil {
		return errors.New("exit status 0")
	}
	return err
}
