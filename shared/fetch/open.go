package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"

	"github.com/fflambda/fflambda/shared/address"
	"github.com/fflambda/fflambda/shared/job"
)

// source is an input that has been opened and not yet read.
type source struct {
	site        string // how texts call the place
	body        io.Reader
	close       func() error
	bytes       int64 // -1: not declared
	contentType string
}

func (f *Fetcher) open(ctx context.Context, dog *watchdog, rawURL string) (*source, error) {
	if object, ok := job.ParseObject(rawURL); ok {
		return f.openObject(ctx, dog, object)
	}
	u, err := url.Parse(rawURL) // refuses control characters, so CR LF never gets near a header
	if err != nil {
		return nil, job.Failf(job.InputForbidden, "the input's URL cannot be read: it has to look like https://host/path")
	}
	if u.Scheme == "gs" || u.Scheme == "s3" {
		return nil, job.Failf(job.InputForbidden, "the input's URL names no object: it has to look like %s://bucket/key", u.Scheme)
	}
	return f.openWeb(ctx, dog, u)
}

// openObject opens an object of our own bucket. That the job's owner may read it was checked when the job was made.
func (f *Fetcher) openObject(ctx context.Context, dog *watchdog, object job.Object) (*source, error) {
	site := clip("gs://" + object.Bucket)
	if f.c.Bucket == "" || object.Bucket != f.c.Bucket {
		return nil, job.Failf(job.InputForbidden, "%s is not this service's bucket: upload the file first, or give an https URL", site)
	}
	dog.arm(f.c.FirstByte, "did not answer")
	body, info, err := f.c.Objects.Get(ctx, object.Key)
	if errors.Is(err, job.ErrNoObject) {
		return nil, job.Failf(job.InputUnreachable, "%s has no such file: it was not uploaded, or its retention is over", site)
	}
	if err != nil {
		return nil, fmt.Errorf("open an object of %s: %w", site, err)
	}
	src := &source{site: site, body: body, close: body.Close, bytes: info.Bytes}
	if _, local := body.(*os.File); local {
		dog.rest()
		return src, nil
	}
	src.body = f.meter(ctx, dog, site, body)
	return src, nil
}

// openWeb follows u to an answer of 200.
func (f *Fetcher) openWeb(ctx context.Context, dog *watchdog, u *url.URL) (*source, error) {
	u.RawQuery = address.Query(u.RawQuery)
	request := (&http.Request{Method: http.MethodGet, URL: u, Header: http.Header{
		"User-Agent":      {f.c.UserAgent},
		"Accept":          {"*/*"},
		"Accept-Encoding": {"identity"},
	}}).WithContext(ctx)
	way := &hop{f: f, dog: dog, site: siteOf(u)}
	client := http.Client{Transport: way, CheckRedirect: checkRedirect}
	response, err := client.Do(request)
	site := way.site
	if err != nil {
		return nil, explain(ctx, site, err)
	}
	if failure := refusal(site, response); failure != nil {
		response.Body.Close()
		return nil, failure
	}
	return &source{
		site:        site,
		body:        f.meter(ctx, dog, site, response.Body),
		close:       response.Body.Close,
		bytes:       response.ContentLength,
		contentType: response.Header.Get("Content-Type"),
	}, nil
}
