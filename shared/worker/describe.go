package worker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"time"

	"github.com/fflambda/fflambda/shared/fetch"
	"github.com/fflambda/fflambda/shared/ffmpeg"
	"github.com/fflambda/fflambda/shared/job"
)

const (
	describeTime = 20 * time.Second // of one look; API Gateway waits for 29 s
	maxWhole     = 512 << 20        // bytes of an object that is fetched whole where looking at parts does not do
)

// extension is one that ffprobe may go by.
var extension = regexp.MustCompile(`^\.[A-Za-z0-9]{1,8}$`)

// Remote looks into objects that are no files here: it brings what ffprobe needs of one, and not the whole.
type Remote struct {
	Bucket interface {
		Head(ctx context.Context, key string) (job.ObjectInfo, error)
		Get(ctx context.Context, key string) (io.ReadCloser, job.ObjectInfo, error)
		GetRange(ctx context.Context, object job.ObjectInfo, from, n int64) (io.ReadCloser, error)
	}
	Tools ffmpeg.Tools
	Dir   string // for files that live as long as a call; made if it is not there
}

// Describe says what is in an object; nil where that is no media, or could not be told.
func (r Remote) Describe(ctx context.Context, object job.ObjectInfo) (*job.Media, error) {
	ctx, stop := context.WithTimeout(ctx, describeTime)
	defer stop()
	if err := os.MkdirAll(r.Dir, 0o700); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(r.Dir, "probe-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // swept with the folder
	name := "object"
	if ext := path.Ext(object.Key); extension.MatchString(ext) {
		name += ext
	}
	file := filepath.Join(dir, name)
	err = fetch.Peek{Objects: r.Bucket}.FetchObject(ctx, object, file)
	if errors.Is(err, fetch.ErrScattered) {
		err = r.whole(ctx, object, file)
	}
	switch {
	case errors.Is(err, errHuge):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("probe %s: %w", object.Key, err)
	}
	return r.Tools.Describe(ctx, file)
}

// errHuge is what whole answers for an object that would take too long to fetch.
var errHuge = errors.New("too large to be fetched whole")

// whole fetches the object. Only those come here whose index lies in pieces all over them.
func (r Remote) whole(ctx context.Context, object job.ObjectInfo, file string) error {
	if object.Bytes > maxWhole {
		return errHuge
	}
	body, _, err := r.Bucket.Get(ctx, object.Key)
	if err != nil {
		return err
	}
	defer body.Close() //nolint:errcheck // only read
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, body)
	return errors.Join(err, f.Close())
}
