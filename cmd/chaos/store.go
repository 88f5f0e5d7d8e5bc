package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/queue"
	"github.com/fflambda/fflambda/shared/sqlite"
	"github.com/fflambda/fflambda/shared/table"
)

// Where things lie in the folder of a server on one machine.
const (
	bucketFolder = "files/fflambda"
	partsFolder  = "files/fflambda/.sgwtmp" // of the S3: what is being received
	databaseFile = "fflambda.db"
)

// localStore looks into the folder of a server on one machine.
type localStore struct {
	*sqlite.Jobs
	db     *sqlite.DB
	bucket string
	parts  string
}

func openLocal(ctx context.Context, data string) (store, error) {
	db, err := sqlite.Open(ctx, filepath.Join(data, databaseFile))
	if err != nil {
		return nil, err
	}
	return &localStore{db.Jobs(), db, filepath.Join(data, bucketFolder), filepath.Join(data, partsFolder)}, nil
}

func (s *localStore) Objects(context.Context) ([]string, error) {
	return files(s.bucket, filepath.Join(s.bucket, job.OutputPrefix))
}

func (s *localStore) Parts(context.Context) (int, error) {
	left, err := files(s.parts, s.parts)
	return len(left), err
}

func (s *localStore) Messages(ctx context.Context) (waiting, held int, err error) {
	for _, name := range []string{"jobs", "notices"} {
		c, err := s.db.Queue(name, sqlite.QueueConfig{}).Count(ctx)
		if err != nil {
			return 0, 0, err
		}
		waiting, held = waiting+c.Waiting+c.Dead, held+c.InFlight
	}
	return waiting, held, nil
}

func (s *localStore) Close() error { return s.db.Close() }

// files are the plain files under a folder, by their paths below base. There need not be such a folder.
func files(base, folder string) (names []string, err error) {
	err = filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		name, err := filepath.Rel(base, path)
		names = append(names, filepath.ToSlash(name))
		return err
	})
	return names, err
}

// workFolders are the working folders of jobs that a server has left.
func workFolders(data string) (names []string, err error) {
	entries, err := os.ReadDir(filepath.Join(data, "work"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, err
}

// awsStore looks into the stand-ins for AWS.
type awsStore struct {
	*table.Jobs
	s3     *s3.Client
	bucket string
	queues []*queue.Queue
}

func (s *awsStore) Objects(ctx context.Context) (keys []string, err error) {
	prefix := job.OutputPrefix
	pages := s3.NewListObjectsV2Paginator(s.s3, &s3.ListObjectsV2Input{Bucket: &s.bucket, Prefix: &prefix})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, o := range page.Contents {
			keys = append(keys, *o.Key)
		}
	}
	return keys, nil
}

func (s *awsStore) Parts(ctx context.Context) (int, error) {
	out, err := s.s3.ListMultipartUploads(ctx, &s3.ListMultipartUploadsInput{Bucket: &s.bucket})
	if err != nil {
		return 0, err
	}
	return len(out.Uploads), nil
}

func (s *awsStore) Messages(ctx context.Context) (waiting, held int, err error) {
	for _, q := range s.queues {
		c, err := q.Count(ctx)
		if err != nil {
			return 0, 0, err
		}
		waiting, held = waiting+c.Waiting+c.Dead, held+c.InFlight
	}
	return waiting, held, nil
}

func (s *awsStore) Close() error { return nil }
