package main

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/gofrs/flock"
	"golang.org/x/sync/errgroup"

	"github.com/fflambda/fflambda/shared/api"
	"github.com/fflambda/fflambda/shared/config"
	"github.com/fflambda/fflambda/shared/fetch"
	"github.com/fflambda/fflambda/shared/ffmpeg"
	"github.com/fflambda/fflambda/shared/link"
	"github.com/fflambda/fflambda/shared/localbucket"
	"github.com/fflambda/fflambda/shared/sqlite"
	"github.com/fflambda/fflambda/shared/worker"
)

const (
	bucketName = "fflambda"
	maxReceive = 5 // deliveries of a message; then it is a dead letter, and rescue fails its job
)

// home is the whole service on one machine, put together.
type home struct {
	config config.Serve
	log    *slog.Logger
	lock   *flock.Flock
	tools  ffmpeg.Tools
	db     *sqlite.DB
	queue  *sqlite.Queue
	store  *localbucket.Store
	links  *link.Signer
	keys   *keyring
	api    *api.Server
	pool   *worker.Pool
	rescue *worker.Rescue
}

// open puts the service together on the data folder. What a server that was killed left there is cleared up first.
func open(ctx context.Context, c config.Serve, log *slog.Logger) (*home, error) {
	h := &home{config: c, log: log}
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
	if h.pool, err = h.newPool(); err != nil {
		return err
	}
	h.rescue = &worker.Rescue{Jobs: h.db.Jobs(), Queue: h.queue, MaxAttempts: h.config.MaxAttempts, Now: time.Now, Log: h.log}
	h.api = h.newAPI()
	return h.recover(ctx)
}

// openParts starts what does not depend on each other at the same time: the start is what a newcomer waits for.
func (h *home) openParts(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		h.tools, err = ffmpeg.Find(ctx, h.config.FFmpeg)
		return err
	})
	g.Go(func() (err error) {
		if h.db, err = sqlite.Open(ctx, databasePath(h.config.Data)); err != nil {
			return err
		}
		h.queue = h.db.Queue("jobs", sqlite.QueueConfig{Visibility: worker.Visibility(), MaxReceive: maxReceive})
		h.keys = newKeyring(h.config.APIKeys, h.db.Keys())
		return nil
	})
	g.Go(func() error {
		key, err := link.KeyFile(linkKeyPath(h.config.Data))
		if err != nil {
			return err
		}
		h.links, err = link.New(key)
		return err
	})
	g.Go(func() (err error) {
		h.store, err = localbucket.Open(ctx, localbucket.Config{
			Dir:        filesPath(h.config.Data),
			Bucket:     bucketName,
			PublicURL:  h.config.PublicURL,
			SecretFile: s3KeyPath(h.config.Data),
			Log:        h.log,
		})
		return err
	})
	return g.Wait()
}

func (h *home) newPool() (*worker.Pool, error) {
	return worker.New(worker.Config{
		Jobs:   h.db.Jobs(),
		Queue:  h.queue,
		Bucket: h.store,
		Fetch: fetch.New(fetch.Config{
			Objects:      localObjects{h.store},
			Bucket:       bucketName,
			Own:          h.ownTransport,
			AllowPrivate: h.config.AllowPrivate,
			MaxBytes:     h.config.MaxInputBytes,
			FirstByte:    h.config.InputStall,
			Stall:        h.config.InputStall,
		}),
		Tools:     h.tools,
		Resolve:   h.resolve,
		Dir:       workPath(h.config.Data),
		Workers:   h.config.Workers,
		Grace:     h.config.Grace,
		MaxOutput: h.config.MaxOutputBytes,
		Now:       time.Now,
		Log:       h.log,
	})
}

func (h *home) newAPI() *api.Server {
	return api.New(api.Config{
		Jobs:     h.db.Jobs(),
		Queue:    h.queue,
		Keys:     h.keys,
		Bucket:   h.store,
		Links:    h.links,
		Describe: h.describe,
		Open:     h.store.Open,
		Checks: map[string]func(context.Context) error{
			"table and queue": h.db.Check,
			"bucket":          h.store.Check,
		},
		PublicURL:  h.config.PublicURL,
		Version:    version,
		Timeout:    h.config.Timeout,
		Retention:  h.config.Retention,
		Rate:       h.config.RateLimit,
		RateV1:     h.config.RateLimitV1,
		HideQueued: !h.config.StatusQueued,
		Now:        time.Now,
		Log:        h.log,
	})
}

// ServeHTTP is the one port: our own S3 under /<bucket>/, the APIs everywhere else.
func (h *home) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if h.store.Match(r.URL.Path) {
		h.store.Handler().ServeHTTP(w, r)
		return
	}
	h.api.ServeHTTP(w, r)
}
