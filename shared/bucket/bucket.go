// Package bucket keeps the service's files in S3. It is the one adapter for AWS and for the S3 of a single
// machine (package localbucket): they differ in the client and the Config only.
//
// Bodies are streamed; no method holds a whole object in memory.
package bucket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/fflambda/fflambda/shared/job"
)

// maxSinglePut is S3's limit for the body of one PutObject.
const maxSinglePut = 5 << 30

// deleteBatch is S3's limit of keys for one DeleteObjects.
const deleteBatch = 1000

// Config says which bucket, and how it is reached.
type Config struct {
	Name string

	// PublicURL is the base of presigned URLs, where clients reach the bucket by another address than we do
	// ("https://media.example.org"). Empty: the client's own endpoint. It has no path: the path is signed.
	PublicURL string

	// LocalEndpoint says that the endpoint is a socket of this machine. Put then neither signs nor sums up the
	// body: nothing lies between that could damage it, and the sums cost about 2 s of CPU for each GiB.
	LocalEndpoint bool

	// MultipartAbove is the size in bytes above which Put sends a file in parts. 0: 5 GiB, S3's limit for one
	// PutObject. A single put is kinder to memory: parts are held while they are sent, five at a time.
	MultipartAbove int64
}

// Bucket is one S3 bucket. It is safe for concurrent use.
type Bucket struct {
	client  *s3.Client
	presign *s3.PresignClient
	config  Config
}

// New returns the bucket c.Name as client sees it. It does not call S3; Check does.
func New(client *s3.Client, c Config) *Bucket {
	if c.MultipartAbove <= 0 || c.MultipartAbove > maxSinglePut {
		c.MultipartAbove = maxSinglePut
	}
	presign := s3.NewPresignClient(client, s3.WithPresignClientFromClientOptions(func(o *s3.Options) {
		if c.PublicURL != "" {
			o.BaseEndpoint = aws.String(c.PublicURL)
		}
		// Otherwise the checksum of the empty body that is at hand when signing becomes part of every PUT's URL.
		o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
	}))
	return &Bucket{client: client, presign: presign, config: c}
}

// Name is the bucket's name.
func (b *Bucket) Name() string { return b.config.Name }

// Check reports whether the bucket is there and ours.
func (b *Bucket) Check(ctx context.Context) error {
	if _, err := b.client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &b.config.Name}); err != nil {
		return fmt.Errorf("bucket %s: %w", b.config.Name, err)
	}
	return nil
}

// Get opens the object for reading, or answers job.ErrNoObject. The caller closes the reader.
func (b *Bucket) Get(ctx context.Context, key string) (io.ReadCloser, job.ObjectInfo, error) {
	out, err := b.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.config.Name, Key: &key})
	if err != nil {
		return nil, job.ObjectInfo{}, fmt.Errorf("get %s: %w", key, missing(err))
	}
	return out.Body, job.ObjectInfo{
		Key: key, Bytes: aws.ToInt64(out.ContentLength), ContentType: aws.ToString(out.ContentType),
		ETag: aws.ToString(out.ETag), Modified: aws.ToTime(out.LastModified),
	}, nil
}

// Head describes the object, or answers job.ErrNoObject. In AWS that answer needs s3:ListBucket; without it a
// missing key is a 403 like any other.
func (b *Bucket) Head(ctx context.Context, key string) (job.ObjectInfo, error) {
	out, err := b.client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &b.config.Name, Key: &key})
	if err != nil {
		return job.ObjectInfo{}, fmt.Errorf("head %s: %w", key, missing(err))
	}
	return job.ObjectInfo{
		Key: key, Bytes: aws.ToInt64(out.ContentLength), ContentType: aws.ToString(out.ContentType),
		ETag: aws.ToString(out.ETag), Modified: aws.ToTime(out.LastModified),
	}, nil
}

// Delete removes the objects. A key that does not exist is no error. It goes on after a key that fails
// and answers with all such keys.
func (b *Bucket) Delete(ctx context.Context, keys ...string) error {
	var failed []error
	for batch := range slices.Chunk(keys, deleteBatch) {
		objects := make([]types.ObjectIdentifier, len(batch))
		for i, key := range batch {
			objects[i] = types.ObjectIdentifier{Key: aws.String(key)}
		}
		out, err := b.client.DeleteObjects(ctx, &s3.DeleteObjectsInput{
			Bucket: &b.config.Name, Delete: &types.Delete{Objects: objects, Quiet: aws.Bool(true)},
		})
		if err != nil {
			return errors.Join(append(failed, fmt.Errorf("delete %d objects: %w", len(batch), err))...)
		}
		for _, e := range out.Errors {
			if aws.ToString(e.Code) != "NoSuchKey" {
				failed = append(failed, fmt.Errorf("delete %s: %s: %s", aws.ToString(e.Key), aws.ToString(e.Code), aws.ToString(e.Message)))
			}
		}
	}
	return errors.Join(failed...)
}

// List yields the objects whose key begins with prefix, in the order of their keys. ContentType is empty:
// S3's lists do not have it. After an error it ends.
func (b *Bucket) List(ctx context.Context, prefix string) iter.Seq2[job.ObjectInfo, error] {
	return func(yield func(job.ObjectInfo, error) bool) {
		pages := s3.NewListObjectsV2Paginator(b.client, &s3.ListObjectsV2Input{Bucket: &b.config.Name, Prefix: &prefix})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(job.ObjectInfo{}, fmt.Errorf("list %s: %w", prefix, err))
				return
			}
			for _, o := range page.Contents {
				info := job.ObjectInfo{
					Key: aws.ToString(o.Key), Bytes: aws.ToInt64(o.Size),
					ETag: aws.ToString(o.ETag), Modified: aws.ToTime(o.LastModified),
				}
				if !yield(info, nil) {
					return
				}
			}
		}
	}
}

// missing turns S3's two words for a key that does not exist into job.ErrNoObject.
func missing(err error) error {
	var noKey *types.NoSuchKey
	var notFound *types.NotFound
	if errors.As(err, &noKey) || errors.As(err, &notFound) {
		return job.ErrNoObject
	}
	return err
}

// optional is nil for an empty text: S3 then chooses its default.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
