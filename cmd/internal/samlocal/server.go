package samlocal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

const (
	startTime = time.Minute
	stopTime  = 20 * time.Second // SAM removes its containers in it
	pollTime  = 50 * time.Millisecond
)

// server is a process that answers HTTP.
type server struct {
	URL    string
	cmd    *exec.Cmd
	exited chan struct{}
}

// run starts a program, with its output in a file of c.Dir, and waits until url answers.
func run(ctx context.Context, c Config, name, url, program string, args ...string) (*server, error) {
	path := filepath.Join(c.Dir, name+".log")
	log, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	defer log.Close()                     //nolint:errcheck // the process has its own copy
	cmd := exec.Command(program, args...) //nolint:gosec,noctx // ours; stop ends it, by SIGTERM first
	cmd.Dir, cmd.Stdout, cmd.Stderr = c.Root, log, log
	cmd.Env = Environment()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for us, who stop it in order
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &server{URL: url, cmd: cmd, exited: make(chan struct{})}
	go func() {
		_ = cmd.Wait()
		close(s.exited)
	}()
	if err := s.ready(ctx); err != nil {
		s.stop()
		said, _ := os.ReadFile(path)
		return nil, fmt.Errorf("start %s: %w; it said: %s", name, err, bytes.TrimSpace(said))
	}
	return s, nil
}

// ready waits until the server speaks HTTP, whatever it says.
func (s *server) ready(ctx context.Context) error {
	ctx, stop := context.WithTimeout(ctx, startTime)
	defer stop()
	poll := time.NewTicker(pollTime)
	defer poll.Stop()
	for {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL, nil)
		if err != nil {
			return err
		}
		if answer, err := http.DefaultClient.Do(r); err == nil {
			return answer.Body.Close()
		}
		select {
		case <-s.exited:
			return errors.New("it ended")
		case <-ctx.Done():
			return fmt.Errorf("it does not answer: %w", ctx.Err())
		case <-poll.C:
		}
	}
}

// stop asks the process to end, and kills it where it does not.
func (s *server) stop() {
	if s == nil {
		return
	}
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	late := time.NewTimer(stopTime)
	defer late.Stop()
	select {
	case <-s.exited:
	case <-late.C:
		_ = syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL)
		<-s.exited
	}
}

// Environment is this process's without credentials: with them SAM would ask AWS whose they are, at every command.
func Environment() []string {
	env := []string{"SAM_CLI_TELEMETRY=0", "AWS_EC2_METADATA_DISABLED=true", "AWS_DEFAULT_REGION=us-east-1"}
	for _, pair := range os.Environ() {
		if !strings.HasPrefix(pair, "AWS_") && !strings.HasPrefix(pair, "FFLAMBDA_") {
			env = append(env, pair)
		}
	}
	return env
}

// SAM is one of SAM's own servers.
type SAM struct{ *server }

// Lambda starts `sam local start-lambda`: Lambda's Invoke API for all functions of the template that was built.
func (w *World) Lambda(ctx context.Context) (*SAM, error) { return w.sam(ctx, "start-lambda") }

// API starts `sam local start-api`: API Gateway for them.
func (w *World) API(ctx context.Context) (*SAM, error) { return w.sam(ctx, "start-api") }

func (w *World) sam(ctx context.Context, command string) (*SAM, error) {
	program, err := Tool(w.Root, "sam")
	if err != nil {
		return nil, err
	}
	port, err := freePort(ctx, "127.0.0.1")
	if err != nil {
		return nil, err
	}
	url := "http://127.0.0.1:" + port
	s, err := run(ctx, w.Config, command, url, program, append([]string{"local", command, "-p", port}, w.Options()...)...)
	if err != nil {
		return nil, err
	}
	return &SAM{s}, nil
}

// Stop ends the server and, with it, its containers.
func (s *SAM) Stop() { s.stop() }

// Options are what every `sam local` command is told: they do not depend on samconfig.toml, which is for people.
func (w *World) Options() []string {
	return []string{"--skip-pull-image", "--env-vars", w.envPath(), "--parameter-overrides", "Architecture=" + Architecture()}
}
