package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"unicode/utf8"
)

// event is what S3 sends: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
// Of the test event that S3 sends when notifications are set up, the only member that is looked at is Event.
type event struct {
	Event   string
	Records []record
}

type record struct {
	Source string `json:"eventSource"` // "aws:s3"
	Name   string `json:"eventName"`   // "ObjectCreated:Put"; some put "s3:" before it
	S3     struct {
		Bucket struct {
			Name string `json:"name"`
		} `json:"bucket"`
		Object struct {
			Key string `json:"key"` // URL-encoded: "+" is a blank
		} `json:"object"`
	} `json:"s3"`
}

// Event handles an S3 event notification, object after object. What is no such thing, or tells of something else than
// an object that was put into our bucket, is logged and not an error: it would not get better by coming again.
// After an error the whole event may come again.
func (in *Inbox) Event(ctx context.Context, raw []byte) error {
	var e event
	if err := json.Unmarshal(raw, &e); err != nil {
		in.c.Log.Error("not an S3 event", "bytes", len(raw), "err", err)
		return nil
	}
	if len(e.Records) == 0 {
		in.c.Log.Info("an event without records", "event", e.Event)
	}
	var errs []error
	for _, r := range e.Records {
		key, why := in.key(r)
		if why != "" {
			in.c.Log.Warn("event passed over", "why", why, "source", r.Source, "event", r.Name, "bucket", r.S3.Bucket.Name, "key", r.S3.Object.Key)
			continue
		}
		errs = append(errs, in.Handle(ctx, key))
	}
	return errors.Join(errs...)
}

// key is the key of the object that was put, or why r tells of none.
func (in *Inbox) key(r record) (key, why string) {
	switch {
	case r.Source != "aws:s3":
		return "", "not from S3"
	case !strings.HasPrefix(strings.TrimPrefix(r.Name, "s3:"), "ObjectCreated:"):
		return "", "no object was created"
	case r.S3.Bucket.Name != in.c.Bucket.Name():
		return "", "another bucket"
	}
	key, err := url.QueryUnescape(r.S3.Object.Key)
	if err != nil || !utf8.ValidString(key) {
		return "", "the key cannot be decoded"
	}
	return key, ""
}
