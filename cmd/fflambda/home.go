package main

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"

	"github.com/gofrs/flock"
	"golang.org/x/sync/errgroup"

	"github.com/fflambda/fflambda/shared/api"
	"github.com/fflambda/fflambda/shared/bell"
	"github.com/fflambda/fflambda/shared/config"
	"github.com/fflambda/fflambda/shared/ffmpeg"
	"github.com/fflambda/fflambda/shared/ingest"
	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/notify"
	"github.com/fflambda/fflambda/shared/worker"
)

// home is the whole service in one process, put together.
type home struct {
	config config.Serve
	log    *slog.Logger
	lock   *flock.Flock
	tools  ffmpeg.Tools
	parts  *parts
	keys   *keyring
	api    *api.Server
	pool   *worker.Pool
	rescue *worker.Rescue
	inbox  *ingest.Inbox
	ended  bell.Bell // rings for every job that this process ends

	stopping chan struct{} // closed when the server is about to stop
}

// open puts the service together on the data folder. What a server that was killed left there is cleared up first.
func open(ctx context.Context, c config.Serve, log *slog.Logger) (*home, error) {
	h := &home{config: c, log: log, stopping: make(chan struct{})}
	if err := h.assemble(ctx); err != nil {
		h.close(ctx)
		return nil, err
	}
	return h, nil
}

func (h *home) assemble(ctx context.Context) (err error) {
	if err := makeData(h.config.Data); err != nil {
		return err
	}
	if h.lock, err = lockData(h.config.Data); err != nil {
		return err
	}
	if err := h.openParts(ctx); err != nil {
		return err
	}
	if err := h.disturb(); err != nil {
		return err
	}
	h.parts.Jobs = ringing{h.parts.Jobs, &h.ended}
	h.keys = newKeyring(h.config.APIKeys, h.parts.keys)
	h.parts.Config, h.parts.Log, h.parts.UserAgent = h.config, h.log, "fflambda/"+version
	h.parts.Turns, h.parts.Ended = notify.NewTurns(), h.ended.Listen
	if h.pool, err = h.parts.Pool(h.tools, workPath(h.config.Data), false); err != nil {
		return err
	}
	h.rescue, h.inbox = h.parts.Rescue(), h.parts.Inbox()
	h.api = h.newAPI()
	return h.recover(ctx)
}

// openParts starts what does not depend on each other at the same time: the start is what a newcomer waits for.
func (h *home) openParts(ctx context.Context) error {
	opened := h.openLocal
	if h.config.InAWS() {
		opened = h.openAWS
	}
	var g errgroup.Group
	g.Go(func() error { return h.findTools(ctx) })
	g.Go(func() (err error) {
		h.parts, err = opened(ctx)
		return err
	})
	return g.Wait()
}

// findTools looks for ffmpeg and has it run in the sandbox. What may be wrong with its version is told, and is no reason
// not to start: the machine is the operator's.
func (h *home) findTools(ctx context.Context) error {
	found, err := ffmpeg.Locate(h.config.FFmpeg)
	if err != nil {
		return err
	}
	h.tools, err = found.Contain(ctx, h.config.Sandbox, h.log)
	if err != nil || !h.config.Sandbox {
		version, bare := found.AskVersion(ctx)
		if err := cmp.Or(bare, err); err != nil { // what is no ffmpeg cannot be contained either
			return err
		}
		h.tools.Version = version
	}
	if risk := h.tools.Vulnerable(); risk != nil {
		h.log.Warn(risk.Error())
	}
	return nil
}

func (h *home) newAPI() *api.Server {
	return api.New(api.Config{
		Jobs:       h.parts.Jobs,
		Queue:      h.parts.Queue,
		Notices:    h.parts.Notices,
		Keys:       h.keys,
		Bucket:     h.parts.Files,
		BucketName: h.parts.Files.Name(),
		Links:      h.parts.Links,
		Describe: func(ctx context.Context, object job.ObjectInfo) (*job.Media, error) {
			return h.parts.describe(ctx, h.tools, object)
		},
		Open:       h.parts.open,
		Checks:     h.parts.Checks,
		Base:       func(*http.Request) string { return h.config.PublicURL },
		Stopping:   h.stopping,
		Ended:      h.ended.Listen,
		Poll:       h.parts.poll,
		Version:    version,
		Timeout:    h.config.Timeout,
		Retention:  h.config.Retention,
		Rate:       h.config.RateLimit,
		RateV1:     h.config.RateLimitV1,
		Rates:      h.parts.rates,
		HideQueued: !h.config.StatusQueued,
		Now:        h.parts.Time(),
		Log:        h.log,
	})
}

// ServeHTTP is the one port: our own S3 under /<bucket>/, the APIs everywhere else.
func (h *home) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if h.parts.s3 != nil && h.parts.match(r.URL.Path) {
		h.parts.s3.ServeHTTP(w, r)
		return
	}
	h.api.ServeHTTP(w, r)
}
