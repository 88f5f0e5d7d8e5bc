// Package fetch brings a job's inputs to disk: over HTTP from the public internet, and from our own bucket.
//
// New makes a Fetcher, FetchAll brings all inputs of a job. A URL comes from a stranger, so what it may reach is decided
// here: each host is resolved once, every address it has is checked, and the checked address is the one that is dialled;
// a redirect starts again from the first step. Sizes and times are limited, and an answer that cannot be the file that
// was meant (an error page, a part, a cut-off body) is a failure with its reason.
package fetch

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/fflambda/fflambda/shared/address"
	"github.com/fflambda/fflambda/shared/job"
)

// Limits where a Config names none.
const (
	defaultMaxBytes  = 2 << 30
	defaultConnect   = 10 * time.Second
	defaultFirstByte = 30 * time.Second
	defaultStall     = 30 * time.Second
)

// atOnce is how many inputs of a job are fetched at the same time.
const atOnce = 8

type objects interface {
	// Get opens an object of our bucket; job.ErrNoObject if there is none. An *os.File is copied inside the kernel.
	Get(ctx context.Context, key string) (io.ReadCloser, job.ObjectInfo, error)
}

type resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// Config is what a Fetcher works with. Every zero field but Objects, Bucket and Own has a default.
type Config struct {
	Objects objects // our bucket; may be nil where Bucket is empty
	Bucket  string  // its name: gs:// and s3:// reach no other

	// Own gives the way to URLs that are our own (presigned ones), whatever their host resolves to; nil for any other.
	Own func(u *url.URL) http.RoundTripper

	AllowPrivate []netip.Prefix // private or special ranges that inputs may come from
	MaxBytes     int64          // of one input; 2 GiB

	Connect   time.Duration // for name look-up, TCP and TLS together, at each redirect anew; 10 s
	FirstByte time.Duration // from the request to the first line of its answer; 30 s
	Stall     time.Duration // the longest pause between two reads of a body; 30 s

	FreeSpace func(dir string) (int64, error) // bytes that dir has room for; asks the file system
	Resolver  resolver                        // net.DefaultResolver
	UserAgent string                          // "fflambda"
}

// Fetcher fetches inputs. It is safe for concurrent use.
type Fetcher struct {
	c       Config
	guard   *address.Guard
	network http.RoundTripper
}

// New makes a Fetcher. It opens nothing; there is nothing to close.
func New(c Config) *Fetcher {
	if c.Own == nil {
		c.Own = func(*url.URL) http.RoundTripper { return nil }
	}
	c.MaxBytes = or(c.MaxBytes, defaultMaxBytes)
	c.Connect = or(c.Connect, defaultConnect)
	c.FirstByte = or(c.FirstByte, defaultFirstByte)
	c.Stall = or(c.Stall, defaultStall)
	c.UserAgent = or(c.UserAgent, "fflambda")
	if c.FreeSpace == nil {
		c.FreeSpace = freeSpace
	}
	if c.Resolver == nil {
		c.Resolver = net.DefaultResolver
	}
	f := &Fetcher{c: c, guard: address.New(c.AllowPrivate, c.Connect)}
	f.guard.Resolver = c.Resolver
	f.network = f.newTransport()
	return f
}

// Fetch writes what rawURL names to the new file dst and says how long it is. On failure there is no file.
//
// A failure that the caller of the job can do something about is a *job.Failure with an input_* code; its text names
// the URL's scheme and host only. Any other error is ctx's, or ours: the disk's or the bucket's.
func (f *Fetcher) Fetch(ctx context.Context, rawURL, dst string) (int64, error) {
	ctx, dog := watch(ctx)
	defer dog.end()
	src, err := f.open(ctx, dog, rawURL)
	if err != nil {
		return 0, err
	}
	defer src.close() //nolint:errcheck // only read from
	return f.save(ctx, src, dst)
}

// Item is one input of a job: where it is, where it goes, and what the caller calls it.
type Item struct {
	Name string // put before a failure's text
	URL  string
	Path string // must not exist yet
}

// FetchAll fetches items at the same time, and says how long each is. The first failure ends the others and is returned;
// files that were complete by then stay.
func (f *Fetcher) FetchAll(ctx context.Context, items []Item) ([]int64, error) {
	sizes := make([]int64, len(items))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for i, item := range items {
		group.Go(func() (err error) {
			sizes[i], err = f.Fetch(ctx, item.URL, item.Path)
			return named(item.Name, err)
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return sizes, nil
}

// named says in a failure's text which input it is about.
func named(name string, err error) error {
	failure, ok := errors.AsType[*job.Failure](err)
	if !ok || name == "" {
		return err
	}
	told := *failure
	told.Message = name + ": " + failure.Message
	return &told
}

// or is value, or standard where value is zero or below.
func or[T int64 | time.Duration | string](value, standard T) T {
	var zero T
	if value > zero {
		return value
	}
	return standard
}
