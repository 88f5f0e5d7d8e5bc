package bucket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/fflambda/fflambda/shared/job"
)

// ErrChanged is what GetRange answers where the key holds another object than the one that was described:
// somebody has put a new one since. Whoever wants it begins again with Head.
var ErrChanged = errors.New("the object was replaced in the meantime")

// GetRange opens n bytes of the object for reading, from the byte at offset from on. The object is one that Head or Get
// described: its ETag ties all ranges that are read of it to the same content. Errors: job.ErrNoObject, ErrChanged.
// The caller closes the reader; an io.ErrUnexpectedEOF while reading says that the answer was cut off.
func (b *Bucket) GetRange(ctx context.Context, object job.ObjectInfo, from, n int64) (io.ReadCloser, error) {
	last := from + n - 1
	if from < 0 || n <= 0 || n > object.Bytes-from {
		return nil, fmt.Errorf("get %s: bytes %d-%d are not all within its %d", object.Key, from, last, object.Bytes)
	}
	out, err := b.client.GetObject(ctx, &s3.GetObjectInput{
		Bucket: &b.config.Name, Key: &object.Key, IfMatch: optional(object.ETag),
		Range: aws.String(fmt.Sprintf("bytes=%d-%d", from, last)),
	})
	if err != nil {
		return nil, fmt.Errorf("get bytes %d-%d of %s: %w", from, last, object.Key, changed(missing(err)))
	}
	if err := sent(aws.ToString(out.ContentRange), from, last, object.Bytes); err != nil {
		_ = out.Body.Close() // the bytes are of no use
		return nil, fmt.Errorf("get bytes %d-%d of %s: %w", from, last, object.Key, err)
	}
	return out.Body, nil
}

// sent checks the Content-Range of an answer. Another length is another object, where no ETag could tell.
func sent(got string, from, last, size int64) error {
	var first, end, total int64
	switch _, err := fmt.Sscanf(got, "bytes %d-%d/%d", &first, &end, &total); {
	case err == nil && total != size:
		return ErrChanged
	case err != nil || first != from || end != last:
		return fmt.Errorf("S3 sent the range %q", got)
	}
	return nil
}

// changed turns the two refusals that an object which is still the same cannot bring about into ErrChanged:
// 412 for its ETag, and 416 for a range that lay within it.
func changed(err error) error {
	if answer, ok := errors.AsType[*awshttp.ResponseError](err); ok {
		switch answer.HTTPStatusCode() {
		case http.StatusPreconditionFailed, http.StatusRequestedRangeNotSatisfiable:
			return ErrChanged
		}
	}
	return err
}
