// Package history is the record that a server built with the tag chaos keeps of what it asks of its table, and of the
// faults that it met: lines of JSON, which processes append to one file. A call is two lines, so that one whose process
// was killed in the middle is seen to have begun.
package history

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"

	"github.com/fflambda/fflambda/shared/job"
)

// Kinds of calls.
const (
	Create = "create"
	Find   = "find"
	Move   = "move"
)

// Results of calls. What has none, or Unknown, may have been written or not, and may still be.
const (
	OK       = "ok"
	Taken    = "taken"    // a create that found its id there
	Conflict = "conflict" // a move whose conditions do not hold
	Missing  = "missing"
	Unknown  = "unknown"
)

// Line is one line of the file: the begin or the end of a call, a fault, or a sample.
type Line struct {
	Process int    `json:"process"` // its id
	Call    int64  `json:"call,omitempty"`
	At      int64  `json:"at"` // nanoseconds of a clock that all processes of the machine share; it is never set back while they run
	Begin   *Begin `json:"begin,omitempty"`
	End     *End   `json:"end,omitempty"`
	Fault   *Fault `json:"fault,omitempty"`

	Goroutines int `json:"goroutines,omitempty"` // of the process, now and then
}

// Begin is what was asked.
type Begin struct {
	Kind       string      `json:"kind"`
	Job        string      `json:"job"`
	Name       string      `json:"name,omitempty"` // of a move
	From       []job.State `json:"from,omitempty"`
	To         job.State   `json:"to,omitempty"`
	Attempt    int         `json:"attempt,omitempty"` // that the job must be at; 0: any
	NewAttempt bool        `json:"new_attempt,omitempty"`
}

// End is what was answered: with OK, Taken and Conflict also how the job stands.
type End struct {
	Result  string    `json:"result"`
	State   job.State `json:"state,omitempty"`
	Attempt int       `json:"attempt,omitempty"`
	Error   string    `json:"error,omitempty"` // with Unknown
}

// Fault is a call that was made to fail.
type Fault struct {
	Kind string `json:"kind"`
	Call string `json:"call"`
}

// Writer appends to a file that other processes append to as well. It is safe for concurrent use.
type Writer struct {
	mu    sync.Mutex
	file  *os.File
	now   func() int64
	calls atomic.Int64
}

// Append opens the file, or makes it. now is the clock of Line.At.
func Append(path string, now func() int64) (*Writer, error) {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	return &Writer{file: f, now: now}, nil
}

// Begin writes down a call before it is made. The number is for End.
func (w *Writer) Begin(b Begin) (call int64) {
	call = w.calls.Add(1)
	w.write(Line{Call: call, Begin: &b})
	return call
}

// End writes down what a call was answered.
func (w *Writer) End(call int64, e End) { w.write(Line{Call: call, End: &e}) }

// Fault writes down that a call was made to fail.
func (w *Writer) Fault(kind, call string) { w.write(Line{Fault: &Fault{kind, call}}) }

// Sample writes down how many goroutines the process has.
func (w *Writer) Sample(goroutines int) { w.write(Line{Goroutines: goroutines}) }

// write takes one write(2) for a line, which a killed process has made or not. A line that cannot be written leaves a
// call without an end, and that is one of which nothing is known.
func (w *Writer) write(l Line) {
	l.Process = os.Getpid()
	w.mu.Lock()
	defer w.mu.Unlock()
	l.At = w.now() // within the lock: the lines of a process are in the order of their times
	b, err := json.Marshal(l)
	if err != nil {
		return
	}
	_, _ = w.file.Write(append(b, '\n'))
}

// Read gives all lines of the file. There need not be one.
func Read(path string) ([]Line, error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // only read
	var lines []Line
	for in := bufio.NewReader(f); ; {
		text, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return lines, nil
		}
		if err != nil {
			return nil, err
		}
		var l Line
		if err := json.Unmarshal(text, &l); err != nil {
			return nil, fmt.Errorf("line %d: %w", len(lines)+1, err)
		}
		lines = append(lines, l)
	}
}

// Call is a call as it was: both its lines together.
type Call struct {
	Asked        Begin
	Answer       End
	Began, Ended int64 // Line.At; Ended is 0 where it never did
}

// Calls puts the lines of calls together, in the order in which they began.
func Calls(lines []Line) []Call {
	type key struct {
		process int
		call    int64
	}
	open := map[key]int{}
	var calls []Call
	for _, l := range lines {
		k := key{l.Process, l.Call}
		switch {
		case l.Begin != nil:
			open[k] = len(calls)
			calls = append(calls, Call{Asked: *l.Begin, Answer: End{Result: Unknown}, Began: l.At})
		case l.End != nil:
			if i, ok := open[k]; ok {
				calls[i].Answer, calls[i].Ended = *l.End, l.At
				delete(open, k)
			}
		}
	}
	return calls
}
