package bucket

import (
	"context"
	"fmt"
	"mime"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/fflambda/fflambda/shared/job"
)

// A presigned URL dies with the credentials that signed it, however far away its expiry: those of a Lambda's
// role last hours. Sign late, and hand out links of our own where they must last.

// PresignGet returns a URL that anybody may GET key with, until ttl has passed. A Range header is free to use.
// Whether the object exists is not checked. At most 7 days, S3's limit.
func (b *Bucket) PresignGet(ctx context.Context, key string, ttl time.Duration, d job.Download) (string, error) {
	signed, err := b.presign.PresignGetObject(ctx, &s3.GetObjectInput{
		Bucket: &b.config.Name, Key: &key,
		ResponseContentDisposition: optional(Attachment(d.FileName)),
		ResponseContentType:        optional(d.ContentType),
	}, s3.WithPresignExpires(ttl))
	if err != nil {
		return "", fmt.Errorf("presign get %s: %w", key, err)
	}
	return signed.URL, nil
}

// PresignHead is PresignGet for HEAD. S3 signs the method too: the URL of a GET is refused for a HEAD.
func (b *Bucket) PresignHead(ctx context.Context, key string, ttl time.Duration, d job.Download) (string, error) {
	signed, err := b.presign.PresignHeadObject(ctx, &s3.HeadObjectInput{
		Bucket: &b.config.Name, Key: &key,
		ResponseContentDisposition: optional(Attachment(d.FileName)),
		ResponseContentType:        optional(d.ContentType),
	}, s3.WithPresignExpires(ttl))
	if err != nil {
		return "", fmt.Errorf("presign head %s: %w", key, err)
	}
	return signed.URL, nil
}

// PresignPut returns a URL that anybody may PUT one body to, until ttl has passed. The body must come with exactly
// this Content-Type and this Content-Length; anything else is refused with 403. An empty contentType with a size of -1
// leaves both free: any type or none, and any length that S3 takes (AWS: 5 GB in "Uploading objects", and no chunks).
func (b *Bucket) PresignPut(ctx context.Context, key string, ttl time.Duration, contentType string, size int64) (string, error) {
	in := &s3.PutObjectInput{Bucket: &b.config.Name, Key: &key}
	switch { // what is not given is not signed, and then anything is accepted: that must be meant
	case contentType != "" && size > 0:
		in.ContentType, in.ContentLength = &contentType, &size
	case contentType != "" || size != -1:
		return "", fmt.Errorf("presign put %s: content type and size are needed, or neither", key)
	}
	signed, err := b.presign.PresignPutObject(ctx, in, s3.WithPresignExpires(ttl))
	if err != nil {
		return "", fmt.Errorf("presign put %s: %w", key, err)
	}
	return signed.URL, nil
}

// Attachment is the Content-Disposition that saves an answer as fileName (its last path element), as RFC 6266
// wants it: an ASCII name for old clients and, where that is not the whole truth, the real one in UTF-8 (RFC 5987).
// Empty for an empty name.
func Attachment(fileName string) string {
	if fileName == "" {
		return ""
	}
	name := strings.ToValidUTF8(path.Base(fileName), "_")
	plain := strings.Map(func(r rune) rune {
		// Clients disagree on quotes, on backslashes, and on whether % is an escape.
		if r < ' ' || r > '~' || strings.ContainsRune(`"\%`, r) {
			return '_'
		}
		return r
	}, name)
	value := mime.FormatMediaType("attachment", map[string]string{"filename": plain})
	if plain != name {
		value += "; filename*=UTF-8''" + strings.ReplaceAll(url.QueryEscape(name), "+", "%20")
	}
	return value
}
