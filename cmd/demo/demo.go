package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/fflambda/fflambda/cmd/internal/client"
)

// pollEvery is short, so that the progress bar moves.
const pollEvery = 300 * time.Millisecond

// Names of the results in the demo's folder.
const (
	smallFile  = "video-720p.mp4"
	posterFile = "poster.jpg"
	clipFile   = "clip.mp4"
)

// demo is what the steps hand on to each other.
type demo struct {
	binary string
	folder string // of the results
	video  string // the source on disk
	data   string // the server's temporary folder
	log    *os.File
	server *client.Server
	client *client.Client

	sourceURL string            // gs:// name of the upload
	smallURL  string            // link to the 720p file
	transID   string            // the first job
	made      map[string]string // links to the second job's files
}

func newDemo(binary, folder, video string) (*demo, error) {
	if _, err := os.Stat(binary); err != nil {
		return nil, fmt.Errorf("%s is not built: run `make demo`, or `make build` first", binary)
	}
	binary, err := filepath.Abs(binary)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return nil, err
	}
	data, err := os.MkdirTemp("", "fflambda-demo-")
	if err != nil {
		return nil, err
	}
	return &demo{binary: binary, folder: folder, video: video, data: data}, nil
}

// clean stops a server that a failed step left running and removes its folder.
func (d *demo) clean() {
	if d.server != nil {
		_ = d.server.Stop() // the failed step is the error that counts
	}
	if d.log != nil {
		_ = d.log.Close()
	}
	_ = os.RemoveAll(d.data)
}

// out is the path of a file in the demo's folder.
func (d *demo) out(name string) string { return filepath.Join(d.folder, name) }

// save downloads a link into the demo's folder.
func (d *demo) save(ctx context.Context, link, name string) error {
	f, err := os.Create(d.out(name))
	if err != nil {
		return err
	}
	n, err := d.client.Download(ctx, link, f)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	note("%s, %s", d.out(name), size(n))
	return nil
}

// note prints one indented line under a step.
func note(format string, args ...any) { fmt.Printf("      "+format+"\n", args...) }
