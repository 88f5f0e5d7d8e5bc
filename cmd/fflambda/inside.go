package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/link"
	"github.com/fflambda/fflambda/shared/localbucket"
)

// localObjects reads objects straight from their files: no copy through a socket.
type localObjects struct{ store *localbucket.Store }

func (o localObjects) Get(ctx context.Context, key string) (io.ReadCloser, job.ObjectInfo, error) {
	f, info, err := o.store.Open(ctx, key)
	if err != nil {
		return nil, info, err // and no nil *os.File in an interface
	}
	return f, info, nil
}

// describe looks into an object on the disk.
func (h *home) describe(ctx context.Context, key string) (*job.Media, error) {
	f, _, err := h.store.Open(ctx, key) // refuses what is no plain file in the bucket
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // only read
	return h.tools.Describe(ctx, f.Name())
}

// ownTransport reaches URLs that were presigned here without leaving the process, whatever their host resolves to.
// The signature is checked all the same.
func (h *home) ownTransport(u *url.URL) http.RoundTripper {
	public, err := url.Parse(h.config.PublicURL)
	if err != nil || !strings.EqualFold(u.Host, public.Host) || !h.store.Match(u.Path) {
		return nil
	}
	return h.store.Transport()
}

// resolve turns a link of ours into the object behind it. The signature makes it ours, whatever host it names.
// It counts as of the moment when the job was created: a job may wait longer than its links live.
func (h *home) resolve(ctx context.Context, j job.Job, raw string) (string, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return raw, nil //nolint:nilerr // the fetcher says what is wrong with it
	}
	token, found := strings.CutPrefix(strings.TrimLeft(u.Path, "/"), "d/")
	if !found {
		return raw, nil
	}
	id, name, err := h.links.Verify(token, j.CreatedAt)
	if errors.Is(err, link.ErrExpired) {
		return "", job.Failf(job.InputForbidden, "An input is a link of this server that had expired when the job was created.")
	}
	if err != nil {
		return raw, nil //nolint:nilerr // somebody else's /d/
	}
	source, err := h.db.Jobs().Find(ctx, id)
	if err != nil && !errors.Is(err, job.ErrNotFound) {
		return "", err
	}
	i := slices.IndexFunc(source.Outputs, func(o job.Output) bool { return o.Name == name })
	if i < 0 {
		return "", job.Failf(job.InputUnreachable, "An input is a link of this server to a file that is no longer kept.")
	}
	return job.Object{Bucket: bucketName, Key: source.Outputs[i].Key}.URL(), nil
}

// clearFolder removes what is in a folder, and makes it where it is not there.
func clearFolder(dir string) error {
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	return os.MkdirAll(filepath.Clean(dir), 0o700)
}
