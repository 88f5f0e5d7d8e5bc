package bucket

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"github.com/fflambda/fflambda/shared/job"
)

const (
	maxSingleCopy = 5 << 30 // bytes; S3's limit for one CopyObject, and for one part
	copyPart      = 1 << 30 // bytes; 5 TiB, the longest object, are 5120 parts of it, and 10,000 may be
)

// PutBytes stores body under key. It is for what is small enough to be held in memory.
func (b *Bucket) PutBytes(ctx context.Context, key string, body []byte, contentType string) error {
	_, err := b.client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &b.config.Name, Key: &key, Body: bytes.NewReader(body), ContentType: optional(contentType),
	})
	if err != nil {
		return fmt.Errorf("put %s: %w", key, err)
	}
	return nil
}

// Copy makes to a copy of from, which is size bytes long, inside the bucket: the bytes do not pass through here,
// and the Content-Type goes with them. job.ErrNoObject: from does not exist. Copying again does no harm.
func (b *Bucket) Copy(ctx context.Context, from, to string, size int64) error {
	copying := b.copyOnce
	if size > maxSingleCopy {
		copying = b.copyParts
	}
	if err := copying(ctx, from, to); err != nil {
		return fmt.Errorf("copy %s to %s: %w", from, to, err)
	}
	return nil
}

func (b *Bucket) copyOnce(ctx context.Context, from, to string) error {
	_, err := b.client.CopyObject(ctx, &s3.CopyObjectInput{Bucket: &b.config.Name, Key: &to, CopySource: b.source(from)})
	return missingSource(err)
}

// copyParts copies in parts, one after the other: it is S3 that moves the bytes. An upload that fails is given up,
// so that its parts are not kept; the lifecycle rule ends what even that did not reach.
func (b *Bucket) copyParts(ctx context.Context, from, to string) error {
	info, err := b.Head(ctx, from)
	if err != nil {
		return err
	}
	upload, err := b.client.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{
		Bucket: &b.config.Name, Key: &to, ContentType: optional(info.ContentType),
	})
	if err != nil {
		return err
	}
	var parts []types.CompletedPart
	for start := int64(0); start < info.Bytes; start += copyPart {
		number := aws.Int32(int32(len(parts) + 1)) //nolint:gosec // at most 5120
		part, err := b.client.UploadPartCopy(ctx, &s3.UploadPartCopyInput{
			Bucket: &b.config.Name, Key: &to, UploadId: upload.UploadId, PartNumber: number,
			CopySource: b.source(from), CopySourceIfMatch: optional(info.ETag),
			CopySourceRange: aws.String(fmt.Sprintf("bytes=%d-%d", start, min(start+copyPart, info.Bytes)-1)),
		})
		if err != nil {
			return errors.Join(missingSource(err), b.abort(ctx, to, upload.UploadId))
		}
		parts = append(parts, types.CompletedPart{PartNumber: number, ETag: part.CopyPartResult.ETag})
	}
	_, err = b.client.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{
		Bucket: &b.config.Name, Key: &to, UploadId: upload.UploadId,
		MultipartUpload: &types.CompletedMultipartUpload{Parts: parts},
	})
	if err != nil {
		return errors.Join(err, b.abort(ctx, to, upload.UploadId))
	}
	return nil
}

func (b *Bucket) abort(ctx context.Context, key string, upload *string) error {
	_, err := b.client.AbortMultipartUpload(context.WithoutCancel(ctx), &s3.AbortMultipartUploadInput{
		Bucket: &b.config.Name, Key: &key, UploadId: upload,
	})
	return err
}

// source names an object of the bucket as x-amz-copy-source wants it: URL-encoded, but for the slashes.
func (b *Bucket) source(key string) *string {
	encoded := strings.NewReplacer("+", "%20", "%2F", "/").Replace(url.QueryEscape(key))
	return aws.String(b.config.Name + "/" + encoded)
}

// missingSource is missing for an operation whose model does not list NoSuchKey.
func missingSource(err error) error {
	if api, ok := errors.AsType[smithy.APIError](err); ok && api.ErrorCode() == "NoSuchKey" {
		return job.ErrNoObject
	}
	return err
}
