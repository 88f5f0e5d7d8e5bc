package bucket

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Put stores the whole of f, from its first byte, under key. The object is seen complete or not at all.
func (b *Bucket) Put(ctx context.Context, key string, f *os.File, contentType string) error {
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("put %s: %w", key, err)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("put %s: %w", key, err)
	}
	if info.Size() > b.config.MultipartAbove {
		err = b.putParts(ctx, key, f, contentType, info.Size())
	} else {
		err = b.putOnce(ctx, key, f, contentType, info.Size())
	}
	if err != nil {
		return fmt.Errorf("put %s: %w", key, err)
	}
	return nil
}

func (b *Bucket) putOnce(ctx context.Context, key string, f *os.File, contentType string, size int64) error {
	_, err := b.client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &b.config.Name, Key: &key, Body: f, ContentLength: &size, ContentType: optional(contentType),
	}, func(o *s3.Options) {
		if b.config.LocalEndpoint {
			o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
			o.APIOptions = append(slices.Clip(o.APIOptions), v4.SwapComputePayloadSHA256ForUnsignedPayloadMiddleware)
		}
	})
	return err
}

func (b *Bucket) putParts(ctx context.Context, key string, f *os.File, contentType string, size int64) error {
	manager := transfermanager.New(b.client, func(o *transfermanager.Options) {
		o.MultipartUploadThreshold = b.config.MultipartAbove
		if b.config.LocalEndpoint {
			o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
		}
	})
	_, err := manager.UploadObject(ctx, &transfermanager.UploadObjectInput{
		Bucket: &b.config.Name, Key: &key, Body: f, ContentLength: &size, ContentType: optional(contentType),
	})
	return err
}
