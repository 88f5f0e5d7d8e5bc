package job

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ErrNoObject is what a bucket answers for a key that it does not hold.
var ErrNoObject = errors.New("no such object")

// ObjectInfo is what a bucket knows of an object.
type ObjectInfo struct {
	Key         string
	Bytes       int64
	ContentType string
	ETag        string // with its quotes, as HTTP writes it
	Modified    time.Time
}

// Prefixes of our bucket. Lifecycle rules and the sweeper go by them.
const (
	UploadPrefix = "uploads/" // uploads/<owner>/<file>
	OutputPrefix = "jobs/"    // jobs/<job id>/<attempt>/<file>
	InboxPrefix  = "inbox/"   // inbox/<owner>/…/<file>: becomes a job of the owner
	OutboxPrefix = "outbox/"  // outbox/<owner>/…/<file>: what became of it
	TempPrefix   = "tmp/"     // tmp/<id>: a temporary file, of whoever has its link
)

// What holds of temporary files.
const (
	TempLife = 24 * time.Hour // after the upload; longer while a job needs the file, where somebody can tell
	TempMax  = 2 << 30        // bytes
	// TempName is the name in a download link's token that makes its id that of a temporary file. No output has a
	// slash in its name.
	TempName = "tmp/"
)

// TempKey is where a temporary file lies.
func TempKey(id string) string { return TempPrefix + id }

// UploadKey is where an owner's uploaded file lies.
func UploadKey(owner, file string) string { return UploadPrefix + owner + "/" + file }

// OutputKey is where an attempt keeps a file. The attempt is in it so that two of them never write the same object,
// and nothing of a lost attempt is ever named in the job.
func OutputKey(id string, attempt int, file string) string {
	return OutputPrefix + id + "/" + strconv.Itoa(attempt) + "/" + file
}

// Download says how the answer to a presigned GET or HEAD describes itself.
type Download struct {
	FileName    string // not empty: the browser saves the object under this name instead of showing it
	ContentType string // not empty: instead of the stored one
}

// Object is an object of some bucket, as the caller names it.
type Object struct{ Bucket, Key string }

// ParseObject reads gs://bucket/key and s3://bucket/key. ok is false for any other text.
func ParseObject(url string) (o Object, ok bool) {
	scheme, rest, found := strings.Cut(url, "://")
	if !found || (!strings.EqualFold(scheme, "gs") && !strings.EqualFold(scheme, "s3")) {
		return Object{}, false
	}
	bucket, key, _ := strings.Cut(rest, "/")
	if bucket == "" || key == "" {
		return Object{}, false
	}
	return Object{Bucket: bucket, Key: key}, true
}

// URL is the name that the transcodes API gives to the object. It is a name, not a link.
func (o Object) URL() string { return fmt.Sprintf("gs://%s/%s", o.Bucket, o.Key) }

// UploadOwner says whose upload the key is.
func (o Object) UploadOwner() (owner string, ok bool) {
	rest, ok := strings.CutPrefix(o.Key, UploadPrefix)
	if !ok {
		return "", false
	}
	owner, file, ok := strings.Cut(rest, "/")
	return owner, ok && owner != "" && file != ""
}

// JobID says which job's output the key is.
func (o Object) JobID() (id string, ok bool) {
	rest, ok := strings.CutPrefix(o.Key, OutputPrefix)
	if !ok {
		return "", false
	}
	id, file, ok := strings.Cut(rest, "/")
	return id, ok && IsID(id) && file != ""
}
