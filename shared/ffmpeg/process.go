package ffmpeg

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/fflambda/fflambda/shared/sandbox"
)

// drainLimit bounds the wait for what is left in the pipes when the group is dead: a process that left the group
// may hold them open.
const drainLimit = time.Second

// process is a started ffmpeg with the goroutines that read from it.
type process struct {
	cmd    *exec.Cmd
	exited chan struct{} // closed when the process is reaped and its group killed
	err    error         // of Wait; read it after exited

	moved   chan struct{} // a value for every progress that moved; one is kept
	updates chan Update   // the newest report; one is kept
	stderr  tail

	pipes   []*os.File // our ends
	readers sync.WaitGroup
	caller  sync.WaitGroup // the goroutine that calls OnProgress
}

// start starts ffmpeg in a process group of its own.
func (t Tools) start(task Task) (*process, error) {
	progress, progressEnd, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer progressEnd.Close() //nolint:errcheck // ffmpeg has its own copy
	stderr, stderrEnd, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, progress.Close())
	}
	defer stderrEnd.Close() //nolint:errcheck // the same

	cmd := exec.Command(t.FFmpeg, wrap(task.Args)...) //nolint:gosec,noctx // no shell; watch ends it with the context, by SIGINT first
	cmd.Dir = task.Dir
	cmd.Stderr, cmd.ExtraFiles = stderrEnd, []*os.File{progressEnd}
	cmd.SysProcAttr = ownGroup()
	if err := t.confine(cmd, sandbox.Config{Folder: task.Dir, Limits: t.limits(task)}); err != nil {
		return nil, errors.Join(err, progress.Close(), stderr.Close())
	}
	p := &process{
		cmd: cmd, exited: make(chan struct{}),
		moved: make(chan struct{}, 1), updates: make(chan Update, 1),
		pipes: []*os.File{progress, stderr},
	}
	if err := p.launch(t); err != nil {
		return nil, errors.Join(err, progress.Close(), stderr.Close())
	}
	p.readers.Go(func() { _, _ = io.Copy(&p.stderr, stderr) }) // it ends with the pipe, or at drain's deadline
	p.readers.Go(func() { p.follow(progress) })
	p.caller.Go(func() {
		for u := range p.updates {
			if task.OnProgress != nil {
				task.OnProgress(u)
			}
		}
	})
	return p, nil
}

// launch starts the process and leaves a goroutine that waits for it. Both happen on one thread that is kept until the
// process has ended: on Linux the process is killed when the thread that started it ends, which must not be before ours does.
func (p *process) launch(t Tools) error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		restore, err := limitCPUs(t.CPUs)
		if err == nil {
			err = p.cmd.Start()
			restore()
		}
		if err == nil && !t.Sandbox {
			sandbox.Volunteer(strconv.Itoa(p.cmd.Process.Pid))
		}
		started <- err
		if err != nil {
			return
		}
		p.err = p.cmd.Wait()
		p.signal(syscall.SIGKILL) // what it may have left behind
		close(p.exited)
	}()
	return <-started
}

// stop asks the process to end, and kills its group where it does not within the grace, or at once where there is none.
// It reports false where the process had ended before.
func (p *process) stop(grace time.Duration) bool {
	select {
	case <-p.exited:
		return false
	default:
	}
	if grace > 0 {
		p.signal(syscall.SIGINT)
	}
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-p.exited:
	case <-timer.C:
		p.signal(syscall.SIGKILL)
		<-p.exited
	}
	return true
}

// signal reaches every process of the group. That none is left is not an error.
func (p *process) signal(s syscall.Signal) { _ = syscall.Kill(-p.cmd.Process.Pid, s) }

// drain waits until everything that the process wrote is read, and the last report delivered.
func (p *process) drain() {
	for _, pipe := range p.pipes {
		_ = pipe.SetReadDeadline(time.Now().Add(drainLimit)) // pipes take deadlines
	}
	p.readers.Wait()
	close(p.updates)
	p.caller.Wait()
	for _, pipe := range p.pipes {
		_ = pipe.Close() // only read from
	}
}

// follow reads the progress reports until ffmpeg closes the pipe.
func (p *process) follow(r io.Reader) {
	var reports reports
	for line := range lines(r) {
		u, moved, complete := reports.take(line)
		if !complete {
			continue
		}
		if moved {
			keep(p.moved, struct{}{})
		}
		keep(p.updates, u)
	}
}

// keep puts v into a channel with room for one, in place of what is there. It never blocks: there is one sender.
func keep[T any](ch chan T, v T) {
	for {
		select {
		case ch <- v:
			return
		default:
		}
		select {
		case <-ch:
		default:
		}
	}
}

// ending is how a process ended, and what it had said by then.
type ending struct {
	err      error // Wait's
	lines    []string
	cpu      time.Duration // that it took
	resident int64         // bytes of memory that it had at its largest
}

// ending is for after the drain.
func (p *process) ending() ending {
	e := ending{err: p.err, lines: p.stderr.Lines()}
	if state := p.cmd.ProcessState; state != nil {
		e.cpu = state.UserTime() + state.SystemTime()
		if used, ok := state.SysUsage().(*syscall.Rusage); ok {
			e.resident = used.Maxrss * maxrssUnit
		}
	}
	return e
}

// crash names the signal that ended a process, or says false.
func crash(err error) (syscall.Signal, bool) {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return 0, false
	}
	status, ok := exit.Sys().(syscall.WaitStatus)
	if !ok || !status.Signaled() {
		return 0, false
	}
	return status.Signal(), true
}

// notConfined is the error of a sandbox that could not be set up, so that the program never ran.
func (t Tools) notConfined(err error, lines []string) error {
	var exit *exec.ExitError
	if !t.Sandbox || !errors.As(err, &exit) || exit.ExitCode() != sandbox.ExitCode || len(lines) == 0 || !strings.HasPrefix(lines[len(lines)-1], "sandbox: ") {
		return nil
	}
	return errors.New(lines[len(lines)-1])
}

// exitText is how the process ended, for people.
func exitText(err error) string {
	if s, ok := crash(err); ok {
		return fmt.Sprintf("ffmpeg was ended by a signal (%s)", s)
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return fmt.Sprintf("ffmpeg exited with code %d", exit.ExitCode())
	}
	return "ffmpeg did not end properly"
}
