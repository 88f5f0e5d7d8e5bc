package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/fflambda/fflambda/cmd/internal/client"
)

const barWidth = 40

// bar shows a job's progress: a moving bar on a terminal, elsewhere a line whenever the status changes.
type bar struct {
	out      *os.File
	terminal bool
	status   string // the last one shown
	drawn    bool   // a bar stands in the last line
}

func newBar(out *os.File) *bar {
	info, err := out.Stat()
	return &bar{out: out, terminal: err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"}
}

// show takes each reading of the job.
func (b *bar) show(j client.Job) {
	percent := 0.0
	if j.Progress != nil {
		percent = min(max(*j.Progress, 0), 100)
	}
	if !b.terminal {
		if j.Status != b.status {
			note("%s", j.Status)
		}
		b.status = j.Status
		return
	}
	full := int(percent / 100 * barWidth)
	fmt.Fprintf(b.out, "\r\x1b[K      \x1b[32m%s\x1b[2m%s\x1b[0m %3.0f %% %s",
		strings.Repeat("━", full), strings.Repeat("━", barWidth-full), percent, j.Status)
	b.drawn = true
}

// end moves on from the bar's line.
func (b *bar) end() {
	if b.drawn {
		fmt.Fprintln(b.out)
	}
}
