package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"

	"github.com/fflambda/fflambda/cmd/internal/client"
)

func (d *demo) start(ctx context.Context) error {
	log, err := os.Create(d.out("server.log"))
	if err != nil {
		return err
	}
	d.log = log
	key := rand.Text()
	d.server, err = client.StartServer(ctx, client.ServerOptions{
		Binary: d.binary, Data: d.data, Owner: "demo", Key: key, Workers: -1, Log: log,
	})
	if err != nil {
		return err
	}
	d.client = client.New(d.server.URL, key)
	note("%s, ready after %d ms", d.server.URL, d.server.Ready.Milliseconds())
	return nil
}

// source takes the user's video, or makes one.
func (d *demo) source(ctx context.Context) error {
	if d.video == "" {
		d.video = d.out("source.mp4")
		note("VIDEO is not set: making 30 s of 1080p with sound")
		if err := makeClip(ctx, d.video); err != nil {
			return err
		}
	}
	m, err := probe(ctx, d.video)
	if err != nil {
		return err
	}
	note("%s: %s", d.video, m)
	return nil
}

func (d *demo) upload(ctx context.Context) error {
	name, err := d.client.Upload(ctx, d.video)
	if err != nil {
		return err
	}
	d.sourceURL = name
	note("%s", name)
	return nil
}

func (d *demo) transcode(ctx context.Context) error {
	j, err := d.client.CreateTranscode(ctx, client.Transcode{
		Inputs:       []client.Input{{URL: d.sourceURL}},
		OutputFormat: "mp4",
		Preset:       &client.Preset{Quality: "medium", Resolution: "720p"},
	})
	if err != nil {
		return err
	}
	note("job %s", j.ID)
	d.transID = j.ID
	bar := newBar(os.Stdout)
	_, err = d.client.FollowTranscode(ctx, j.ID, pollEvery, bar.show)
	bar.end()
	return err
}

func (d *demo) download(ctx context.Context) error {
	link, err := d.client.TranscodeURL(ctx, d.transID)
	if err != nil {
		return err
	}
	d.smallURL = link
	return d.save(ctx, link, smallFile)
}

// commands gives one job both kinds of input: the download link of the first job's result, and the upload's gs:// name.
func (d *demo) commands(ctx context.Context) error {
	j, err := d.client.CreateCommands(ctx, client.Commands{
		InputFiles:  map[string]string{"small": d.smallURL, "source": d.sourceURL},
		OutputFiles: []string{posterFile, clipFile},
		FFmpegCommands: []string{
			"-i {{small}} -vf thumbnail -frames:v 1 -update 1 {{" + posterFile + "}}",
			"-i {{source}} -t 5 -c:v libx264 -preset veryfast -pix_fmt yuv420p -c:a aac {{" + clipFile + "}}",
		},
	})
	if err != nil {
		return err
	}
	note("job %s", j.ID)
	bar := newBar(os.Stdout)
	j, err = d.client.FollowCommands(ctx, j.ID, pollEvery, bar.show)
	bar.end()
	d.made = j.OutputFiles
	return err
}

func (d *demo) links(ctx context.Context) error {
	for _, name := range []string{posterFile, clipFile} {
		link, ok := d.made[name]
		if !ok {
			return fmt.Errorf("the job has no link for %s", name)
		}
		if err := d.save(ctx, link, name); err != nil {
			return err
		}
	}
	return nil
}

// show prints what was made, and fails if it is not what was asked for.
func (d *demo) show(ctx context.Context) error {
	for _, name := range []string{smallFile, posterFile, clipFile} {
		m, err := probe(ctx, d.out(name))
		if err != nil {
			return err
		}
		note("%-15s %s", name, m)
		if m.Width == 0 {
			return fmt.Errorf("%s has no picture", name)
		}
		if name == clipFile && m.Duration > 5.5 {
			return fmt.Errorf("%s lasts %.1f s, not 5", name, m.Duration)
		}
		if name == smallFile && min(m.Width, m.Height) > 720 {
			return fmt.Errorf("%s is %dx%d, not 720p", name, m.Width, m.Height)
		}
	}
	return nil
}

func (d *demo) stop(context.Context) error {
	server := d.server
	d.server = nil
	if err := server.Stop(); err != nil {
		return err
	}
	note("exit code 0")
	return nil
}
