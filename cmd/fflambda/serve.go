package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/fflambda/fflambda/shared/config"
)

const (
	headerTime = 10 * time.Second // for a request's header to arrive; bodies have limits of their own, uploads none
	idleTime   = 2 * time.Minute  // of a kept-alive connection
	closeTime  = 5 * time.Second  // for answers under way when the server stops
)

// serve runs the service until ctx ends, then stops it gracefully.
func (p *program) serve(ctx context.Context, args []string) error {
	c, err := config.Parse(args, p.environ, p.out)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	log := p.logger(c)

	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w. Choose another address with --listen", c.Listen, err)
	}
	defer listener.Close() //nolint:errcheck // the server closes it too
	c.PublicURL = c.URL(listener.Addr().String())
	h, err := open(ctx, c, log)
	if err != nil {
		return err
	}
	defer h.close(ctx)
	if !c.InAWS() { // there it would be as many keys as containers start at once
		if err := h.keys.first(ctx, p.out, c.PublicURL); err != nil {
			return err
		}
	}

	log.Info("serving", "version", version, "data", c.Data, "url", c.PublicURL, "workers", c.Workers, "ffmpeg", h.tools.Version)
	return h.serve(ctx, listener, p.out)
}

// serve answers on the listener and works until ctx ends, and says on out when it is ready.
func (h *home) serve(ctx context.Context, listener net.Listener, out io.Writer) error {
	server := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: headerTime,
		IdleTimeout:       idleTime,
		ErrorLog:          slog.NewLogLogger(h.log.Handler(), slog.LevelDebug),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	fmt.Fprintf(out, "ready http://%s\n", listener.Addr())

	working, stop := context.WithCancel(ctx)
	defer stop()
	done := h.start(working)
	var err error
	select {
	case err = <-failed:
		stop()
	case <-ctx.Done():
		h.log.Info("stopping", "grace", h.config.Grace)
	}
	// Clients can go on asking while running jobs get their grace; the listener closes after that. Those that wait are
	// answered then too: most of them with a job that has ended in the meantime.
	<-done
	close(h.stopping)
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTime)
	defer cancel()
	if errors.Is(server.Shutdown(closing), context.DeadlineExceeded) {
		return errors.Join(err, server.Close())
	}
	return err
}

func (p *program) logger(c config.Serve) *slog.Logger {
	options := &slog.HandlerOptions{Level: c.LogLevel}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(p.errOut, options))
	}
	return slog.New(slog.NewTextHandler(p.errOut, options))
}
