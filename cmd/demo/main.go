// Command demo shows fflambda at work on this machine, as one of its users would see it. `make demo` runs it.
//
// It starts bin/fflambda on a temporary folder and sends a video (the file that VIDEO names, else a clip that it makes)
// through both APIs: upload, transcode to 720p and download through /v1; then a poster and a 5 s clip through /api/ffmpeg.
// The results stay in demo-out/. It exits 0 if every step did what it should, and else says which one did not.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

// wholeDemo bounds everything: a long VIDEO on a slow machine may take a while.
const wholeDemo = time.Hour

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	ctx, cancel := context.WithTimeout(ctx, wholeDemo)
	err := run(ctx)
	cancel()
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "\ndemo: failed:", err)
		os.Exit(1)
	}
}

// run does the steps in order and stops at the first that fails. The server is stopped whatever happens.
func run(ctx context.Context) error {
	d, err := newDemo("bin/fflambda", "demo-out", os.Getenv("VIDEO"))
	if err != nil {
		return err
	}
	defer d.clean()
	steps := []struct {
		title string
		do    func(context.Context) error
	}{
		{"start the server", d.start},
		{"get a video", d.source},
		{"/v1: upload it", d.upload},
		{"/v1: transcode it to 720p", d.transcode},
		{"/v1: download the result", d.download},
		{"/api/ffmpeg: make a poster and a 5 s clip", d.commands},
		{"/api/ffmpeg: download both", d.links},
		{"look at the results with ffprobe", d.show},
		{"stop the server", d.stop},
	}
	for i, s := range steps {
		fmt.Printf("[%d/%d] %s\n", i+1, len(steps), s.title)
		if err := s.do(ctx); err != nil {
			return fmt.Errorf("step %d, %s: %w (the server's log: %s)", i+1, s.title, err, d.out("server.log"))
		}
	}
	fmt.Printf("\nAll done. The files are in %s/\n", filepath.Clean(d.folder))
	return nil
}
