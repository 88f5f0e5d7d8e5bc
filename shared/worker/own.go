package worker

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/link"
)

type finder interface {
	Find(ctx context.Context, id string) (job.Job, error)
}

// Own knows the download links of this service, wherever it runs.
type Own struct {
	Links  func(context.Context) (*link.Signer, error)
	Jobs   finder
	Bucket string // its name
}

// Resolve turns a link of ours into the object behind it, and leaves every other URL as it is. The signature makes it
// ours, whatever host it names. It counts as of the moment when the job was created: a job may wait longer than its links live.
func (o Own) Resolve(ctx context.Context, j job.Job, raw string) (string, error) {
	token, ok := linkToken(raw)
	if !ok {
		return raw, nil
	}
	links, err := o.Links(ctx)
	if err != nil {
		return "", err
	}
	id, name, err := links.Verify(token, j.CreatedAt)
	switch {
	case errors.Is(err, link.ErrExpired):
		return "", job.Failf(job.InputForbidden, "An input is a link of this server that had expired when the job was created.")
	case errors.Is(err, link.ErrBad):
		return raw, nil // somebody else's /d/
	case err != nil:
		return "", err
	}
	source, err := o.Jobs.Find(ctx, id)
	if err != nil && !errors.Is(err, job.ErrNotFound) {
		return "", err
	}
	i := slices.IndexFunc(source.Outputs, func(out job.Output) bool { return out.Name == name })
	if i < 0 {
		return "", job.Failf(job.InputUnreachable, "An input is a link of this server to a file that is no longer kept.")
	}
	return job.Object{Bucket: o.Bucket, Key: source.Outputs[i].Key}.URL(), nil
}

// linkToken is what comes after /d/, at the end of whatever path the service is reached at.
func linkToken(raw string) (string, bool) {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return "", false // the fetcher says what is wrong with it
	}
	i := strings.LastIndex(u.Path, "/")
	if i < 0 || !strings.HasSuffix(strings.TrimRight(u.Path[:i], "/"), "/d") {
		return "", false
	}
	return u.Path[i+1:], u.Path[i+1:] != ""
}
