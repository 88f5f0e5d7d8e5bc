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
	token, asked, ok := linkParts(raw)
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
	name, ok = link.File(name, asked)
	switch {
	case !ok:
		return "", job.Failf(job.InputForbidden, "An input is a link of this server whose token is not for the file that it names.")
	case name == job.TempName:
		return job.Object{Bucket: o.Bucket, Key: job.TempKey(id)}.URL(), nil
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

// linkParts is what comes after /d/, at the end of whatever path the service is reached at: a token, or a token and a
// file's name. Segments are decoded one by one, and a run of slashes counts as one, as the server does it.
func linkParts(raw string) (token, name string, ok bool) {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return "", "", false // the fetcher says what is wrong with it
	}
	segments := strings.FieldsFunc(u.EscapedPath(), func(c rune) bool { return c == '/' })
	n := len(segments)
	for i := range segments {
		if segments[i], err = url.PathUnescape(segments[i]); err != nil {
			return "", "", false
		}
	}
	switch {
	case n >= 2 && segments[n-2] == "d":
		return segments[n-1], "", true
	case n >= 3 && segments[n-3] == "d":
		return segments[n-2], segments[n-1], true
	}
	return "", "", false
}
