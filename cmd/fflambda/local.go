package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/fflambda/fflambda/shared/config"
	"github.com/fflambda/fflambda/shared/ffmpeg"
	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/link"
	"github.com/fflambda/fflambda/shared/localbucket"
	"github.com/fflambda/fflambda/shared/notify"
	"github.com/fflambda/fflambda/shared/service"
	"github.com/fflambda/fflambda/shared/sqlite"
	"github.com/fflambda/fflambda/shared/transcodes"
	"github.com/fflambda/fflambda/shared/worker"
)

const (
	bucketName = "fflambda"
	inboxTime  = time.Minute     // that making a job of an object may take
	pollEvery  = 5 * time.Second // of a job that a client waits for: its end is heard, this is for what should not happen
)

// local is the parts that lie in one folder.
type local struct {
	config  config.Serve
	db      *sqlite.DB
	queue   *sqlite.Queue
	notices *sqlite.Queue
	store   *localbucket.Store
	inbox   *sqlite.Queue // of keys of objects
	log     *slog.Logger
}

// openLocal opens the database and the bucket of the data folder, at the same time.
func (h *home) openLocal(ctx context.Context) (*parts, error) {
	l := &local{config: h.config, log: h.log}
	g, opening := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		if l.db, err = sqlite.Open(opening, databasePath(l.config.Data)); err != nil {
			return err
		}
		l.queue = l.db.Queue("jobs", sqlite.QueueConfig{
			Visibility: worker.Visibility(), MaxReceive: service.MaxReceive, MaxHeld: l.config.Limits.RunningOwner,
		})
		l.notices = l.db.Queue("notices", sqlite.QueueConfig{Visibility: notify.Visibility})
		l.inbox = l.db.Queue("inbox", sqlite.QueueConfig{Visibility: inboxTime})
		return nil
	})
	g.Go(func() (err error) {
		l.store, err = localbucket.Open(opening, localbucket.Config{
			Dir:        filesPath(l.config.Data),
			Bucket:     bucketName,
			PublicURL:  l.config.PublicURL,
			SecretFile: s3KeyPath(l.config.Data),
			OnPut:      func(key string) { l.put(context.WithoutCancel(ctx), key) },
			Log:        h.log,
		})
		return err
	})
	if err := g.Wait(); err != nil {
		return nil, errors.Join(err, l.close(ctx))
	}
	p, err := l.parts()
	if err != nil {
		return nil, errors.Join(err, l.close(ctx))
	}
	return p, nil
}

func (l *local) parts() (*parts, error) {
	if _, err := link.KeyFile(linkKeyPath(l.config.Data)); err != nil {
		return nil, err // now, and not with the first link
	}
	links := link.Lazy(func(context.Context) ([]byte, error) {
		key, err := link.KeyFile(linkKeyPath(l.config.Data))
		return key, job.DiskFault(err)
	})
	secret, err := link.KeyFile(webhookKeyPath(l.config.Data))
	if err != nil {
		return nil, err
	}
	return &parts{
		Parts: service.Parts{
			Jobs:     l.db.Jobs().Metered(job.Meter{Quotas: l.config.Quotas, Length: transcodes.Billable}).Limited(l.config.Limits),
			Queue:    l.queue,
			Notices:  l.notices,
			Files:    localFiles{l.store},
			Links:    links,
			Secret:   func(context.Context) ([]byte, error) { return secret, nil },
			Rotation: l.db.Keys().Rotation,
			Clock:    l.db.Clock,
			Lost: func(ctx context.Context, _ service.Jobs, _ time.Time, limit int) ([]job.Job, error) {
				return l.db.Jobs().Lost(ctx, l.queue, limit)
			},
			Untold: func(ctx context.Context, before time.Time, limit int) ([]job.Job, error) {
				return l.db.Jobs().Untold(ctx, l.notices, before, limit)
			},
			Checks: map[string]func(context.Context) error{"table and queue": l.db.Check, "bucket": l.store.Check},
			Own:    l.transport,
		},
		keys:     l.db.Keys(),
		inbox:    l.inbox,
		describe: l.describe,
		poll:     pollEvery,
		open:     l.store.Open,
		s3:       l.store.Handler(),
		match:    l.store.Match,
		recover:  l.recover,
		sweep:    l.sweeper(links),
		close:    l.close,
	}, nil
}

// localFiles reads objects straight from their files, and makes a worker's files objects where they lie: no copy through a socket.
type localFiles struct{ *localbucket.Store }

// Put is the worker's, which is done with the file.
func (f localFiles) Put(ctx context.Context, key string, file *os.File, contentType string) error {
	return f.Take(ctx, key, file, contentType)
}

func (f localFiles) Get(ctx context.Context, key string) (io.ReadCloser, job.ObjectInfo, error) {
	file, info, err := f.Open(ctx, key)
	if err != nil {
		return nil, info, err // and no nil *os.File in an interface
	}
	return file, info, nil
}

// describe looks into an object on the disk.
func (l *local) describe(ctx context.Context, tools ffmpeg.Tools, object job.ObjectInfo) (*job.Media, error) {
	f, _, err := l.store.Open(ctx, object.Key) // refuses what is no plain file in the bucket
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // only read
	return tools.Describe(ctx, f.Name())
}

// transport reaches URLs that were presigned here without leaving the process, whatever their host resolves to.
// The signature is checked all the same.
func (l *local) transport(u *url.URL) http.RoundTripper {
	public, err := url.Parse(l.config.PublicURL)
	if err != nil || !strings.EqualFold(u.Host, public.Host) || !l.store.Match(u.Path) {
		return nil
	}
	return l.store.Transport()
}

// recover clears up after a server that did not stop by itself: this process holds the lock, so whatever
// looks as if it were being handled is not.
func (l *local) recover(ctx context.Context) error {
	for _, q := range []*sqlite.Queue{l.queue, l.notices, l.inbox} {
		if _, err := q.Recover(ctx); err != nil {
			return fmt.Errorf("recover the queues: %w", err)
		}
	}
	return nil
}

// put notes an object of the inbox, before the client that put it is answered. Nothing else may be told to that client.
func (l *local) put(ctx context.Context, key string) {
	if !strings.HasPrefix(key, job.InboxPrefix) {
		return
	}
	ctx, stop := context.WithTimeout(ctx, inboxTime)
	defer stop()
	if err := l.inbox.Send(ctx, key, "", 0); err != nil {
		l.log.Error("no job is made of an object in the inbox: put it again", "key", key, "err", err)
	}
}

func (l *local) close(ctx context.Context) (err error) {
	if l.store != nil {
		err = l.store.Close(ctx)
	}
	if l.db != nil {
		err = errors.Join(err, l.db.Close())
	}
	return err
}
