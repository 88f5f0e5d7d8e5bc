// Command samlocal keeps up what `sam local` needs on this machine: `samlocal up` starts moto in AWS's place, `sam local
// start-lambda`, and a pump between the queues and the functions, in the background; `samlocal down` ends them.
// `make sam-up` and `make sam-down` are what people type.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/fflambda/fflambda/cmd/internal/samlocal"
)

const (
	dir        = ".sam" // beside template.yaml
	visibility = 2 * time.Minute
	maxReceive = 3
	upTime     = 2 * time.Minute
	downTime   = 40 * time.Second
	poll       = 100 * time.Millisecond
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	verb := strings.Join(os.Args[1:], " ")
	do, ok := map[string]func(context.Context) error{"up": up, "down": down, "run": run}[verb]
	if !ok {
		fmt.Fprintln(os.Stderr, "usage: samlocal up | down")
		os.Exit(2)
	}
	if err := do(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "samlocal:", err)
		os.Exit(1)
	}
}

// run is what stays in the background. It says "ready" when all of it is.
func run(ctx context.Context) error {
	root, err := os.Getwd()
	if err != nil {
		return err
	}
	w, err := samlocal.Start(ctx, samlocal.Config{Root: root, Dir: filepath.Join(root, dir), Visibility: visibility, MaxReceive: maxReceive})
	if err != nil {
		return err
	}
	defer func() { _ = w.Stop(context.WithoutCancel(ctx)) }()
	lambda, err := w.Lambda(ctx)
	if err != nil {
		return err
	}
	defer lambda.Stop()
	fmt.Printf("ready %s\n", w.Endpoint)
	pump := samlocal.Pump{World: w, SAM: lambda, Log: slog.New(slog.NewTextHandler(os.Stderr, nil)), Every: time.Minute}
	pump.Run(ctx)
	return nil
}

// up starts run as a process of its own and waits until it is ready.
func up(ctx context.Context) error {
	if _, alive := running(); alive {
		return errors.New("it runs already: `make sam-down` ends it")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	log, err := os.Create(logPath())
	if err != nil {
		return err
	}
	defer log.Close() //nolint:errcheck // the process has its own copy
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(self, "run") //nolint:gosec,noctx // it outlives us
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return err
	}
	if err := os.WriteFile(pidPath(), []byte(strconv.Itoa(cmd.Process.Pid)), 0o600); err != nil {
		return err
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	ctx, stop := context.WithTimeout(ctx, upTime)
	defer stop()
	for tick := time.NewTicker(poll); ; {
		said, err := os.ReadFile(logPath())
		if err != nil {
			return err
		}
		if strings.Contains(string(said), "ready ") {
			return hello(os.Stdout)
		}
		select {
		case <-ended:
			_ = os.Remove(pidPath())
			return fmt.Errorf("it did not start: %s", strings.TrimSpace(string(said)))
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("it is not ready: see %s", logPath()), down(context.WithoutCancel(ctx)))
		case <-tick.C:
		}
	}
}

func hello(out io.Writer) error {
	arch := samlocal.Architecture()
	_, err := fmt.Fprintf(out, `The stand-ins run: jobs that are queued are worked off, and what ends is told. The key is %[1]s

  sam local invoke Create -e events/create.json --parameter-overrides Architecture=%[2]s
  sam local start-api --parameter-overrides Architecture=%[2]s        then, in another terminal:
  curl -H 'Authorization: Bearer %[1]s' http://127.0.0.1:3000/v1/transcodes

make sam-down ends them. What they say is in %[3]s/*.log
`, samlocal.Secret, arch, dir)
	return err
}

// down ends run, which ends what it started.
func down(ctx context.Context) error {
	pid, alive := running()
	if !alive {
		fmt.Println("it does not run")
		return nil
	}
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		return err
	}
	ctx, stop := context.WithTimeout(ctx, downTime)
	defer stop()
	for tick := time.NewTicker(poll); ; {
		if _, alive := running(); !alive {
			return os.Remove(pidPath())
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("process %d does not end: see %s", pid, logPath())
		case <-tick.C:
		}
	}
}

// running is the process that up has started, if it is still there.
func running() (pid int, alive bool) {
	b, err := os.ReadFile(pidPath())
	if err != nil {
		return 0, false
	}
	pid, err = strconv.Atoi(strings.TrimSpace(string(b)))
	return pid, err == nil && syscall.Kill(pid, 0) == nil
}

func pidPath() string { return filepath.Join(dir, "samlocal.pid") }
func logPath() string { return filepath.Join(dir, "samlocal.log") }
